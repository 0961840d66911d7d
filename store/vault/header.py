"""The clear header of a vault, `vault.json`: its format, its id, and the slots that hold its wrapped key.

A slot is a JSON object. Of type `passphrase` it holds `id`, `type`, `kdf` (`name` = `argon2id`, `memory_kib`,
`iterations`, `lanes`, `salt`), `nonce` and `wrapped`; bytes are base64. The wrapped key is AES-256-GCM over the
256-bit vault key; its associated data is the slot without `nonce` and `wrapped`, with `vault_id` and `format`
beside it, as canonical JSON (sorted keys, no spaces, ASCII).
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from store.errors import VaultDamaged, VaultNewer, WrongPassphrase
from store.vault import files, keys

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
_MAX_HEADER_BYTES = 64 * 1024
_MAX_SLOTS = 4  # each costs a whole derivation to try


@dataclass(frozen=True)
class PassphraseSlot:
    """A slot that a passphrase opens."""

    id: str
    cost: keys.KdfCost
    salt: bytes
    key: keys.WrappedKey = field(repr=False)


@dataclass(frozen=True)
class Header:
    """What `vault.json` says."""

    vault_id: str
    slots: tuple[PassphraseSlot, ...]
    format: int = FORMAT


def seal(vault_key: bytes, passphrase: bytes, cost: keys.KdfCost) -> Header:
    """Make the header of a new vault with one passphrase slot."""
    vault_id, slot_id, salt = str(uuid.uuid4()), str(uuid.uuid4()), keys.new_salt()
    associated = _associated(vault_id, slot_id, cost, salt)
    wrapped = keys.wrap(vault_key, keys.derive(passphrase, salt, cost), associated)
    return Header(vault_id, (PassphraseSlot(slot_id, cost, salt, wrapped),))


def unseal(header: Header, passphrase: bytes) -> bytes:
    """Find the vault key with a passphrase. Raises WrongPassphrase when no slot opens."""
    for slot in header.slots:
        associated = _associated(header.vault_id, slot.id, slot.cost, slot.salt)
        try:
            return keys.unwrap(slot.key, keys.derive(passphrase, slot.salt, slot.cost), associated)
        except keys.UnwrapFailed:
            continue
    raise WrongPassphrase


def write(path: Path, header: Header) -> None:
    """Write a header; an interruption leaves the old one or the new one. Raises StorageFailed."""
    document = {
        "format": header.format,
        "vault_id": header.vault_id,
        "slots": [
            {
                **_slot_fields(slot.id, slot.cost, slot.salt),
                "nonce": _to_text(slot.key.nonce),
                "wrapped": _to_text(slot.key.ciphertext),
            }
            for slot in header.slots
        ],
    }
    files.replace(path, (json.dumps(document, indent=2) + "\n").encode("ascii"))


def read(path: Path) -> Header:
    """Read a header. Raises VaultDamaged when it is none, VaultNewer when its format is unknown here."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_HEADER_BYTES + 1)
        document = json.loads(content) if len(content) <= _MAX_HEADER_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise VaultDamaged(path, "it cannot be read as JSON") from error
    if not isinstance(document, dict) or type(document.get("format")) is not int or document["format"] < 1:
        raise VaultDamaged(path, "it has no format number")
    if document["format"] > FORMAT:
        raise VaultNewer(document["format"], FORMAT)
    try:
        slots = tuple(_read_slot(slot) for slot in document["slots"] if slot["type"] == "passphrase")
        if not 1 <= len(slots) <= _MAX_SLOTS:
            raise ValueError("no slot, or more than anyone needs")
        return Header(str(document["vault_id"]), slots, document["format"])
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise VaultDamaged(path, "a key slot in it is not complete") from error


def _read_slot(slot: dict[str, Any]) -> PassphraseSlot:
    kdf = slot["kdf"]
    numbers = [kdf["memory_kib"], kdf["iterations"], kdf["lanes"]]
    cost = keys.KdfCost(*numbers)
    if kdf["name"] != "argon2id" or not all(type(item) is int for item in numbers) or not cost.is_acceptable():
        raise ValueError("key derivation parameters out of bounds")
    wrapped = keys.WrappedKey(_from_text(slot["nonce"]), _from_text(slot["wrapped"]))
    salt = _from_text(kdf["salt"])
    if len(salt) != keys.SALT_BYTES:
        raise ValueError("a salt of another length")
    return PassphraseSlot(str(slot["id"]), cost, salt, wrapped)


def _slot_fields(slot_id: str, cost: keys.KdfCost, salt: bytes) -> dict[str, Any]:
    kdf = {
        "name": "argon2id",
        "memory_kib": cost.memory_kib,
        "iterations": cost.iterations,
        "lanes": cost.lanes,
        "salt": _to_text(salt),
    }
    return {"id": slot_id, "type": "passphrase", "kdf": kdf}


def _associated(vault_id: str, slot_id: str, cost: keys.KdfCost, salt: bytes) -> dict[str, Any]:
    return {**_slot_fields(slot_id, cost, salt), "vault_id": vault_id, "format": FORMAT}


def _to_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _from_text(value: str) -> bytes:
    return base64.b64decode(value, validate=True)

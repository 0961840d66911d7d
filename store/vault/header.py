"""The clear header of a vault, `vault.json`: its format, its id, and the slots that hold its wrapped key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from store.errors import VaultDamaged, VaultErased, VaultNewer, WrongPassphrase, WrongRecoveryCode
from store.light import dataclass
from store.vault import files, keys, slots
from store.vault.slots import FORMAT, Slot

if TYPE_CHECKING:
    from pathlib import Path

_MAX_HEADER_BYTES = 64 * 1024
_MAX_PASSPHRASES = 4  # each costs a whole derivation to try
_MAX_SLOTS = 16


@dataclass(frozen=True)
class Header:
    """What `vault.json` says."""

    vault_id: str
    slots: tuple[Slot, ...]
    format: int = FORMAT

    def of_type(self, type_name: str) -> tuple[Slot, ...]:
        """The slots of one type, in their order."""
        return tuple(slot for slot in self.slots if slot.type == type_name)

    def without(self, type_name: str) -> Header:
        """The header without the slots of a type."""
        return replace(self, slots=tuple(slot for slot in self.slots if slot.type != type_name))

    def having(self, slot: Slot) -> Header:
        """The header with `slot` in place of every other slot of its type."""
        return replace(self, slots=(*self.without(slot.type).slots, slot))


def seal(vault_key: bytes, passphrase: bytes, cost: keys.KdfCost | None, created: int) -> Header:
    """Make the header of a new vault with one passphrase slot. `created` is in seconds since 1970 UTC."""
    # Deferred: most processes make no vault.
    import uuid  # noqa: PLC0415

    vault_id = str(uuid.uuid4())
    return Header(vault_id, (slots.for_passphrase(vault_key, vault_id, passphrase, cost, created),))


def unseal(header: Header, passphrase: bytes) -> bytes:
    """Find the vault key with a passphrase. Raises WrongPassphrase when no slot opens."""
    for slot in header.of_type(slots.PASSPHRASE):
        try:
            return slot.unwrap(header.vault_id, keys.derive(passphrase, slot.salt(), slot.cost()))
        except keys.UnwrapFailed:
            continue
    raise WrongPassphrase


def unseal_with_code(header: Header, code: bytes) -> bytes:
    """Find the vault key with the bytes of a recovery code. Raises WrongRecoveryCode."""
    from store.vault import recovery  # noqa: PLC0415 - few runs need it

    for slot in header.of_type(slots.RECOVERY):
        try:
            return slot.unwrap(header.vault_id, recovery.wrapping_key(code, slot.salt()))
        except keys.UnwrapFailed:
            continue
    raise WrongRecoveryCode


def write(path: Path, header: Header) -> None:
    """Write a header; an interruption leaves the old one or the new one. Raises StorageFailed."""
    files.replace(path, to_bytes(header))


def to_bytes(header: Header) -> bytes:
    """A header as its file holds it."""
    return _json(
        {"format": header.format, "vault_id": header.vault_id, "slots": [slot.document() for slot in header.slots]}
    )


def destroy(path: Path) -> None:
    """Overwrite the slots of a header where they lie, then say in their place that the vault was erased.

    Nobody opens the vault after this. A disk that keeps what was overwritten (flash, snapshots, copies) may still
    hold the slots. Raises StorageFailed.
    """
    for place in (path, *path.parent.glob(f".{path.name}.*.new")):  # and what interrupted changes have left
        files.overwrite(place)
    files.replace(path, _json({"format": FORMAT, "erased": True, "vault_id": "", "slots": []}))


def read(path: Path) -> Header:
    """Read a header. Raises VaultDamaged when it is none, VaultNewer when its format is unknown, VaultErased."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_HEADER_BYTES + 1)
    except OSError as error:
        raise VaultDamaged(path, f"it cannot be read: {files.reason(error)}") from error
    return from_bytes(content, path)


def from_bytes(content: bytes, path: Path) -> Header:
    """Read a header from its bytes; `path` is what errors name. Raises as `read` does."""
    try:
        document = json.loads(content, object_pairs_hook=_each_once) if len(content) <= _MAX_HEADER_BYTES else None
    except (ValueError, RecursionError) as error:
        raise VaultDamaged(path, "it cannot be read as JSON") from error
    if not isinstance(document, dict) or type(document.get("format")) is not int or document["format"] < 1:
        raise VaultDamaged(path, "it has no format number")
    if document["format"] > FORMAT:
        raise VaultNewer(document["format"], FORMAT)
    if document.get("erased") is True:
        raise VaultErased(path.parent)
    if not isinstance(document.get("vault_id"), str) or not isinstance(document.get("slots"), list):
        raise VaultDamaged(path, "its id or its key slots are missing")
    try:
        found = Header(document["vault_id"], tuple(map(slots.read, document["slots"])), document["format"])
    except ValueError as error:
        raise VaultDamaged(path, f"a key slot in it cannot be used: {error}") from error
    if not 1 <= len(found.of_type(slots.PASSPHRASE)) <= _MAX_PASSPHRASES or len(found.slots) > _MAX_SLOTS:
        raise VaultDamaged(path, "it has no passphrase slot, or more slots than anyone needs")
    if len({slot.id for slot in found.slots}) != len(found.slots):
        raise VaultDamaged(path, "two key slots in it have one id")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose every name is given once, so that all who read it read the same."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode("ascii")

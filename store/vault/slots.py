"""Key slots: each keeps the vault key, wrapped with a wrapping key that is had in a way of its own.

A slot is a JSON object. Every slot has `id`, `type`, `nonce` and `wrapped`; bytes are base64. The wrapped key is
AES-256-GCM over the 256-bit vault key. Its associated data is everything else that the slot says, with `vault_id`
and `format` of the header beside it, as canonical JSON (sorted keys, no spaces, ASCII); so no part of a slot can be
changed, and no slot be used in another vault. What the types say, and where their wrapping keys come from:

`passphrase`  `kdf` = {`name`: `argon2id`, `memory_kib`, `iterations`, `lanes`, `salt`}; Argon2id of the passphrase
`recovery`    `kdf` = {`name`: `hkdf-sha256`, `salt`}; HKDF-SHA256 of the code's 160 bits, info `portal recovery`
`keychain`    `backend`; a random key that the system's keychain keeps for the account `VAULT_ID/SLOT_ID`
`session`     `created`, `expires` (seconds since 1970 UTC), `boot`, `uptime`; a random key in the session file

Slots of an unknown type are kept as they are and opened by nobody.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import field
from typing import TYPE_CHECKING, Any

from store.light import dataclass
from store.vault import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSPHRASE, RECOVERY, KEYCHAIN, SESSION = "passphrase", "recovery", "keychain", "session"
FORMAT = 1
_ARGON2ID, _HKDF = "argon2id", "hkdf-sha256"
_SEALED = ("nonce", "wrapped")
_OF_THE_HEADER = ("vault_id", "format")  # a slot that said them could be changed there without being found


@dataclass(frozen=True)
class Slot:
    """One slot. `fields` is what it says in clear, `key` the wrapped vault key."""

    fields: Mapping[str, Any]
    key: keys.WrappedKey = field(repr=False)

    @property
    def id(self) -> str:
        """Its id, unique in its vault."""
        return str(self.fields["id"])

    @property
    def type(self) -> str:
        """What opens it."""
        return str(self.fields["type"])

    @property
    def created(self) -> int | None:
        """When it was made, in seconds since 1970 UTC; None where it does not say."""
        found = self.fields.get("created")
        return found if type(found) is int else None

    def cost(self) -> keys.KdfCost:
        """What a guess at its passphrase costs. Raises ValueError when that is less than is permitted."""
        kdf = self.fields["kdf"]
        numbers = [kdf["memory_kib"], kdf["iterations"], kdf["lanes"]]
        if kdf["name"] != _ARGON2ID or not all(type(number) is int for number in numbers):
            raise ValueError("its key derivation is not one that this program knows")
        cost = keys.KdfCost(*numbers)
        if not cost.is_acceptable():
            raise ValueError("its key derivation is weaker or costlier than is permitted")
        return cost

    def salt(self) -> bytes:
        """The salt of its key derivation. Raises ValueError when it has another length."""
        salt = _from_text(self.fields["kdf"]["salt"])
        if len(salt) != keys.SALT_BYTES:
            raise ValueError("its salt has another length")
        return salt

    def unwrap(self, vault_id: str, wrapping_key: bytes) -> bytes:
        """The vault key. Raises keys.UnwrapFailed when the key is another one, or the slot was changed."""
        return keys.unwrap(self.key, wrapping_key, _associated(self.fields, vault_id))

    def document(self) -> dict[str, Any]:
        """The slot as JSON."""
        return {**self.fields, "nonce": _to_text(self.key.nonce), "wrapped": _to_text(self.key.ciphertext)}


def for_passphrase(vault_key: bytes, vault_id: str, passphrase: bytes, cost: keys.KdfCost | None, created: int) -> Slot:
    """A slot that a passphrase opens, at a cost of deriving a key from it, or at the usual one."""
    salt, cost = keys.new_salt(), cost or keys.DEFAULT_COST
    numbers = {"memory_kib": cost.memory_kib, "iterations": cost.iterations, "lanes": cost.lanes}
    kdf = {"name": _ARGON2ID, **numbers, "salt": _to_text(salt)}
    fields = {"id": new_id(), "type": PASSPHRASE, "created": created, "kdf": kdf}
    return sealed(vault_key, vault_id, fields, keys.derive(passphrase, salt, cost))


def for_recovery(vault_key: bytes, vault_id: str, code: bytes, created: int) -> Slot:
    """A slot that a recovery code opens."""
    from store.vault import recovery  # noqa: PLC0415 - few runs make one

    salt = keys.new_salt()
    fields = {
        "id": new_id(),
        "type": RECOVERY,
        "created": created,
        "kdf": {"name": _HKDF, "salt": _to_text(salt)},
    }
    return sealed(vault_key, vault_id, fields, recovery.wrapping_key(code, salt))


def for_keychain(vault_key: bytes, vault_id: str, backend: str, wrapping_key: bytes, created: int) -> Slot:
    """A slot that a key opens which the system's keychain keeps under the slot's account."""
    fields = {"id": new_id(), "type": KEYCHAIN, "created": created, "backend": backend}
    return sealed(vault_key, vault_id, fields, wrapping_key)


def account(vault_id: str, slot: Slot) -> str:
    """The account under which a keychain keeps the key of a slot."""
    return f"{vault_id}/{slot.id}"


def sealed(vault_key: bytes, vault_id: str, fields: Mapping[str, Any], wrapping_key: bytes) -> Slot:
    """A slot of any type: the vault key under a wrapping key, bound to the fields and to the vault."""
    return Slot(fields, keys.wrap(vault_key, wrapping_key, _associated(fields, vault_id)))


def new_id() -> str:
    """The id of a slot that is to be made."""
    # Deferred: most processes make no slot.
    import uuid  # noqa: PLC0415

    return str(uuid.uuid4())


def read(document: Any) -> Slot:
    """Read a slot from JSON. Raises ValueError when it is none, or not one that may be trusted."""
    try:
        nonce, wrapped = (_from_text(document[name]) for name in _SEALED)
        found = Slot({name: value for name, value in document.items() if name not in _SEALED}, _key(nonce, wrapped))
        if not isinstance(found.fields["id"], str) or not isinstance(found.fields["type"], str):
            raise TypeError("its id or type is no text")
        if any(name in found.fields for name in _OF_THE_HEADER):
            raise ValueError("it says what only the header may say")
        if found.type == PASSPHRASE:
            found.cost()
        if found.type in {PASSPHRASE, RECOVERY}:
            found.salt()
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise ValueError("it is not complete") from error
    return found


def _key(nonce: bytes, wrapped: bytes) -> keys.WrappedKey:
    if len(nonce) != keys.NONCE_BYTES or len(wrapped) != keys.KEY_BYTES + keys.TAG_BYTES:
        raise ValueError("its wrapped key has another length")
    return keys.WrappedKey(nonce, wrapped)


def _associated(fields: Mapping[str, Any], vault_id: str) -> dict[str, Any]:
    return {**fields, "vault_id": vault_id, "format": FORMAT}


def _to_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _from_text(value: str) -> bytes:
    return base64.b64decode(value, validate=True)

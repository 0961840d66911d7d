"""Passphrases and keys: Argon2id (RFC 9106) to stretch, AES-256-GCM to wrap, HKDF to tell keys apart."""

from __future__ import annotations

import json
from typing import Any

from store.light import dataclass

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SALT_BYTES = 16


@dataclass(frozen=True)
class KdfCost:
    """What one guess at a passphrase costs: memory in KiB, passes over it, and lanes (Argon2id)."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4

    def is_acceptable(self) -> bool:
        """Whether it lies between the floor and what an ordinary machine can bear."""
        return (
            FLOOR.memory_kib <= self.memory_kib <= _CEILING.memory_kib
            and FLOOR.iterations <= self.iterations <= _CEILING.iterations
            and FLOOR.lanes <= self.lanes <= _CEILING.lanes
        )


FLOOR = KdfCost(memory_kib=19 * 1024, iterations=2, lanes=1)
DEFAULT_COST = KdfCost()
_CEILING = KdfCost(memory_kib=512 * 1024, iterations=10, lanes=16)


@dataclass(frozen=True)
class WrappedKey:
    """The vault key as a slot keeps it: an AES-GCM nonce, and ciphertext with its tag."""

    nonce: bytes
    ciphertext: bytes


class UnwrapFailed(Exception):
    """The wrapping key or the associated data is not the one that the key was wrapped with."""


def new_key() -> bytes:
    """A random 256-bit key."""
    return _random(KEY_BYTES)


def new_salt() -> bytes:
    """A random 128-bit salt."""
    return _random(SALT_BYTES)


def _random(size: int) -> bytes:
    # Deferred: a process that only opens a vault makes no keys.
    import secrets  # noqa: PLC0415

    return secrets.token_bytes(size)


def derive(passphrase: bytes, salt: bytes, cost: KdfCost) -> bytes:
    """Stretch a passphrase into a 256-bit wrapping key with Argon2id (RFC 9106)."""
    # Deferred: a process that has its key from elsewhere need not load the KDF.
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

    kdf = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return kdf.derive(passphrase)


def wrap(vault_key: bytes, wrapping_key: bytes, associated: dict[str, Any]) -> WrappedKey:
    """Encrypt the vault key with AES-256-GCM; `associated` is authenticated with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as in derive

    nonce = _random(NONCE_BYTES)
    return WrappedKey(nonce, AESGCM(wrapping_key).encrypt(nonce, vault_key, _canonical(associated)))


def unwrap(wrapped: WrappedKey, wrapping_key: bytes, associated: dict[str, Any]) -> bytes:
    """Decrypt the vault key. Raises UnwrapFailed when key or associated data differ in one bit."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in derive
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as in derive

    try:
        return AESGCM(wrapping_key).decrypt(wrapped.nonce, wrapped.ciphertext, _canonical(associated))
    except (InvalidTag, ValueError) as error:
        raise UnwrapFailed from error


def subkey(vault_key: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose, derived from the vault key with HKDF-SHA256 (RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as in derive
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as in derive

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"portal {purpose}".encode()).derive(vault_key)


def _canonical(associated: dict[str, Any]) -> bytes:
    return json.dumps(associated, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")

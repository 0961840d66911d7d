"""Secrets that people type, as Argon2id (RFC 9106), and secrets made by the portal, as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB = 19 * 1024
_ITERATIONS = 2


def normalised(password: str) -> str:
    """Bring a password to one spelling: the same letters typed on two keyboards are the same (NIST SP 800-63B)."""
    return unicodedata.normalize("NFC", password)


def hashed(text: str) -> str:
    """Hash a password or a short code, for keeping."""
    kdf = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=_ITERATIONS, lanes=1, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(_bytes(text))


def matches(text: str, kept: str) -> bool:
    """Say whether a text is the one that was hashed; compared in constant time."""
    try:
        Argon2id.verify_phc_encoded(_bytes(text), kept)
    except InvalidKey:
        return False
    return True


def digest(token: str) -> str:
    """Hash a long random token, which no one can guess, for keeping."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _bytes(text: str) -> bytes:
    return normalised(text).encode("utf-8", "replace")

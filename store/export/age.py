"""The age format, version 1 (age-encryption.org/v1): what is written is encrypted piece by piece, as it comes.

For a recipient (`age1…`, X25519) or a passphrase (scrypt). Every key is made for one file alone.
"""

from __future__ import annotations

import base64
import io
import secrets
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from store.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

RECIPIENT = "age1"
_VERSION = b"age-encryption.org/v1"
_PIECE = 64 << 10
_FILE_KEY, _NONCE, _SALT = 16, 16, 16
_WORK = 18  # log2 of scrypt's cost, as age itself has it
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM, _KEY_BYTES = 6, 32


class Encrypted(io.RawIOBase):
    """A stream to write to: what comes out at `stream` is encrypted, and is whole once this is closed.

    With nobody in `recipients` it is for who knows the `passphrase`.
    """

    def __init__(
        self, stream: BinaryIO, recipients: Sequence[bytes], passphrase: bytes = b"", *, work: int = _WORK
    ) -> None:
        super().__init__()
        file_key = secrets.token_bytes(_FILE_KEY)
        stanzas = [_for_recipient(file_key, key) for key in recipients] or [_for_passphrase(file_key, passphrase, work)]
        head = b"\n".join((_VERSION, *stanzas, b"---"))
        code = hmac.HMAC(_derived(file_key, b"", b"header"), hashes.SHA256())
        code.update(head)
        nonce = secrets.token_bytes(_NONCE)
        stream.write(b"%b %b\n%b" % (head, _base64(code.finalize()), nonce))
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._stream = stream
        self._waiting = bytearray()
        self._number = 0

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, content: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override] # what a buffer hands on
        """Take more; a piece is sent on once something is known to follow it."""
        self._waiting += content
        while len(self._waiting) > _PIECE:
            self._send(bytes(self._waiting[:_PIECE]), is_last=False)
            del self._waiting[:_PIECE]
        return memoryview(content).nbytes

    def finish(self) -> None:
        """Send the last piece, without which nobody takes it for whole."""
        self._send(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _send(self, piece: bytes, *, is_last: bool) -> None:
        nonce = self._number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")
        self._number += 1
        self._stream.write(self._cipher.encrypt(nonce, piece, None))


def recipient(typed: str) -> bytes:
    """The public key of an `age1…` recipient (Bech32, BIP 173). Raises InvalidInput."""
    words, mark, rest = typed.partition("1")
    values = [_LETTERS.find(letter) for letter in rest.lower()]
    mixed = typed not in {typed.lower(), typed.upper()}
    is_sound = not mixed and words.lower() == "age" and mark and len(values) > _CHECKSUM and -1 not in values
    if not is_sound or _polymod([*_expanded("age"), *values]) != 1:
        raise InvalidInput("what `--encrypt` names is no age recipient: it begins with age1, and every letter counts")
    bits = "".join(f"{value:05b}" for value in values[:-_CHECKSUM])
    key = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits) - 7, 8))
    if len(key) != _KEY_BYTES or "1" in bits[_KEY_BYTES * 8 :]:
        raise InvalidInput("what `--encrypt` names is no age recipient of the kind X25519")
    return key


def _expanded(words: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in words), 0, *(ord(letter) & 31 for letter in words)]


def _polymod(values: Sequence[int]) -> int:
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            found ^= generator if top >> place & 1 else 0
    return found


def _for_recipient(file_key: bytes, public: bytes) -> bytes:
    own = X25519PrivateKey.generate()
    share = own.public_key().public_bytes_raw()
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise InvalidInput("what `--encrypt` names is no key that anybody could hold") from error
    wrap = _derived(shared, share + public, _VERSION + b"/X25519")
    return b"-> X25519 %b\n%b" % (_base64(share), _wrapped(wrap, file_key))


def _for_passphrase(file_key: bytes, passphrase: bytes, work: int) -> bytes:
    salt = secrets.token_bytes(_SALT)
    wrap = Scrypt(salt=_VERSION + b"/scrypt" + salt, length=_KEY_BYTES, n=1 << work, r=8, p=1).derive(passphrase)
    return b"-> scrypt %b %d\n%b" % (_base64(salt), work, _wrapped(wrap, file_key))


def _wrapped(key: bytes, file_key: bytes) -> bytes:
    return _base64(ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None))


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt or None, info).derive(key)


def _base64(content: bytes) -> bytes:
    return base64.b64encode(content).rstrip(b"=")

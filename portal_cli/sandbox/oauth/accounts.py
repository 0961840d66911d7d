"""Sign-ins of the practice portal: names, passwords and how often one may guess."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

MAX_ATTEMPTS = 10
WINDOW_SECONDS = 300
_MAX_NAMES = 10_000


@dataclass(frozen=True)
class SignIn:
    """A way in: `patient` is the id of the Patient resource, `name` what to call them."""

    username: str
    password: str
    patient: str
    name: str


class TooManyAttemptsError(Exception):
    """A username was tried too often; `seconds` says when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many attempts: wait and try again")
        self.seconds = seconds


class Accounts:
    """The portal's accounts. Passwords are compared as Argon2id (RFC 9106), made when a name is first tried.

    A name that does not exist gets a hash as well, of nothing anybody knows, so that the two take equally long.
    """

    def __init__(self, sign_ins: Iterable[SignIn], now: Callable[[], datetime]) -> None:
        self._patients: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._secrets: dict[str, tuple[bytes, bytes]] = {}
        self._attempts: dict[str, list[datetime]] = defaultdict(list)
        self._now = now
        self._lock = threading.Lock()
        self._passwords: dict[str, str] = {}
        for sign_in in sign_ins:
            self._patients[sign_in.username] = sign_in.patient
            self._names[sign_in.username] = sign_in.name
            self._passwords[sign_in.username] = sign_in.password

    def patient_of(self, username: str) -> str:
        """Give the patient id of an account."""
        return self._patients[username]

    def name_of(self, username: str) -> str:
        """Give the patient's name of an account."""
        return self._names[username]

    def check(self, username: str, password: str) -> bool:
        """Say whether a password is right; takes as long for an unknown name as for a known one.

        Raises:
            TooManyAttemptsError: After ten attempts on one name within five minutes.
        """
        self._count(username)
        salt, expected = self._secret(username)
        try:
            _kdf(salt).verify(password.encode(), expected)
        except InvalidKey:
            return False
        with self._lock:
            self._attempts.pop(username, None)
        return True

    def _secret(self, username: str) -> tuple[bytes, bytes]:
        with self._lock:
            found = self._secrets.get(username)
        if found is None:
            found = _hashed(self._passwords.get(username) or secrets.token_urlsafe())
            with self._lock:
                found = self._secrets.setdefault(username, found)
        return found

    def _count(self, username: str) -> None:
        moment = self._now()
        with self._lock:
            recent = [then for then in self._attempts[username] if (moment - then).total_seconds() < WINDOW_SECONDS]
            if len(recent) >= MAX_ATTEMPTS:
                raise TooManyAttemptsError(WINDOW_SECONDS - int((moment - recent[0]).total_seconds()))
            if len(self._attempts) > _MAX_NAMES:
                self._attempts.clear()
                self._secrets.clear()
            self._attempts[username] = [*recent, moment]


def password_for(secret: str, username: str) -> str:
    """Make up the password of an account: random to look at, the same for the same secret."""
    digest = hashlib.sha256(f"practice portal {secret} {username}".encode()).digest()
    letters = base64.b32encode(digest).decode().lower()
    return "-".join((letters[:5], letters[5:10], letters[10:15]))


def _hashed(password: str) -> tuple[bytes, bytes]:
    salt = secrets.token_bytes(16)
    return salt, _kdf(salt).derive(password.encode())


def _kdf(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024)

"""The accounts themselves: whose they are, what they sign in with, and how often one may guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts.account import Account, SignIn, key_of
from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.fields import same_email, same_phone
from portal_cli.sandbox.accounts.hashing import hashed, matches, normalised
from portal_cli.sandbox.accounts.refusals import UsernameTaken, WrongPassword
from portal_cli.sandbox.accounts.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from portal_cli.sandbox.accounts.account import Channel
    from portal_cli.sandbox.journal import Journal

MAX_ATTEMPTS = 10
WINDOW_SECONDS = 300


class Accounts:
    """The portal's accounts. Hold `lock` around a look followed by a write.

    One hash is computed for every attempt, for a name that does not exist of nothing anybody knows, so that all take
    equally long. The first passwords that the practice hands out are made anew at each start, and never written down.
    """

    def __init__(self, now: Callable[[], datetime], journal: Journal | None = None) -> None:
        self.lock = threading.RLock()
        self.now = now
        self._shelf = Shelf("account", Account, journal)
        self._attempts = Attempts(now, MAX_ATTEMPTS, WINDOW_SECONDS)
        self._first: dict[str, SignIn] = {}
        self._nobodys = hashed(secrets.token_urlsafe())

    def open(self, sign_ins: Iterable[tuple[SignIn, Account]]) -> None:
        """Open the accounts that the practice hands out; one that was kept stays as the patient left it."""
        with self.lock:
            for sign_in, account in sign_ins:
                if self._shelf.get(account.key) is None:
                    self._shelf.lend(account.key, account)
                self._first[account.key] = sign_in

    def first_sign_ins(self) -> tuple[SignIn, ...]:
        """Give the sign-ins that the practice handed out and that still hold."""
        return tuple(one for key, one in self._first.items() if not self._kept(key).password)

    def find(self, username: str) -> Account | None:
        """Find an account by username, in whatever case."""
        return self._shelf.get(key_of(username))

    def of(self, username: str) -> Account:
        """Give an account that is known to be there."""
        return self._kept(key_of(username))

    def with_contact(self, channel: Channel, value: str, *, is_verified: bool = False) -> list[Account]:
        """Give the accounts with an e-mail address or phone number; if asked so, only those that verified it."""
        same = same_email if channel == "email" else same_phone
        found = [one for _, one in self._shelf.rows() if same(one.contact(channel).value, value)]
        return [one for one in found if one.contact(channel).is_verified or not is_verified]

    def require_free(self, username: str) -> None:
        """Look whether a username can be had.

        Raises:
            UsernameTaken: When there is an account of this name.
        """
        if self.find(username) is not None:
            raise UsernameTaken

    def put(self, account: Account) -> None:
        """Keep an account as it now is."""
        with self.lock:
            self._shelf.put(account.key, account)

    def set_password(self, username: str, password: str) -> None:
        """Give an account another password, which is judged elsewhere."""
        made, moment = hashed(password), self.now().timestamp()
        with self.lock:
            self.put(replace(self.of(username), password=made, password_changed=moment))

    def patient_of(self, username: str) -> str:
        """Give the patient id of an account."""
        return self.of(username).patient

    def name_of(self, username: str) -> str:
        """Give the patient's name of an account."""
        return self.of(username).name

    def check(self, username: str, password: str) -> bool:
        """Say whether a password is right; takes as long for an unknown name as for a known one.

        Raises:
            TooManyAttempts: After ten attempts on one name within five minutes.
        """
        key = key_of(username)
        self._attempts.count(key)
        if not self._is_right(key, password):
            return False
        self._attempts.clear(key)
        return True

    def confirm(self, username: str, password: str) -> None:
        """Ask for the password once more, before a change.

        Raises:
            WrongPassword: When it is another.
            TooManyAttempts: After ten attempts.
        """
        if not self.check(username, password):
            raise WrongPassword

    def _kept(self, key: str) -> Account:
        account = self._shelf.get(key)
        if account is None:
            raise KeyError(key)
        return account

    def _is_right(self, key: str, password: str) -> bool:
        account, first = self._shelf.get(key), self._first.get(key)
        kept = account.password if account else ""
        is_match = matches(password, kept or self._nobodys)
        if account and first and not kept:
            return hmac.compare_digest(normalised(password).encode("utf-8", "replace"), first.password.encode())
        return is_match and bool(kept)


def password_for(secret: str, username: str) -> str:
    """Make up the password of an account: random to look at, the same for the same secret."""
    digest = hashlib.sha256(f"practice portal {secret} {username}".encode()).digest()
    letters = base64.b32encode(digest).decode().lower()
    return "-".join((letters[:5], letters[5:10], letters[10:15]))

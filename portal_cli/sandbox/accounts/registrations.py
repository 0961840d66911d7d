"""Signing up: a registration waits until both contacts are proven, then becomes an account.

Whether an e-mail address, a username or a patient is known cannot be told from the answer: what differs is only which
letter is sent to the address.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.accounts import codes, letters
from portal_cli.sandbox.accounts.account import (
    CHANNELS,
    Account,
    Channel,
    Contact,
)
from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.fields import Wanted, read_registration, read_username
from portal_cli.sandbox.accounts.hashing import digest, hashed
from portal_cli.sandbox.accounts.patients import patient_for
from portal_cli.sandbox.accounts.refusals import NotFound, WrongCode, invalid
from portal_cli.sandbox.accounts.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal_cli.sandbox.accounts.addresses import Addresses
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.accounts.mailbox import Mailbox
    from portal_cli.sandbox.journal import Journal
    from portal_cli.sandbox.repository import Repository

TERMS_VERSION = "2026-01"
TERMS_TEXT = (
    "This is a portal for practice. The patients are made up, or your own files. "
    "Do not use a password here that you use elsewhere. Everything stays on this computer."
)
LIFETIME_SECONDS = 3600
MAX_KEPT = 2000
SENDS, SENDS_SECONDS = 5, 900
_PURPOSE = "confirm this address"


@dataclass(frozen=True)
class Registration:
    """A registration under way, filed under the hash of its id; `password` is a hash."""

    fields: Wanted
    password: str
    begun: float
    verified: tuple[Channel, ...] = ()
    email: codes.Code | None = None
    phone: codes.Code | None = None

    def code(self, channel: Channel) -> codes.Code | None:
        """Give the code that was sent over a channel."""
        return self.email if channel == "email" else self.phone


@dataclass(frozen=True)
class Progress:
    """How far a registration is; `username` only once it is complete."""

    verified: tuple[Channel, ...]
    pending: tuple[Channel, ...]
    username: str = ""

    @property
    def is_complete(self) -> bool:
        """Say whether there is an account now."""
        return bool(self.username)


class Registrations:
    """All registrations under way; each lasts an hour."""

    def __init__(
        self,
        accounts: Accounts,
        repository: Repository,
        mailbox: Mailbox,
        addresses: Addresses,
        journal: Journal | None,
    ) -> None:
        self._accounts = accounts
        self._repository = repository
        self._mailbox = mailbox
        self._addresses = addresses
        self._shelf = Shelf("registration", Registration, journal)
        self._sends = Attempts(accounts.now, SENDS, SENDS_SECONDS)

    def begin(self, fields: Mapping[str, Any]) -> str:
        """Take a registration, send a code to each contact, and give the registration's id.

        Raises:
            InvalidFields: When a field is missing or malformed.
            TooManyAttempts: When too much was sent to one of the contacts.
        """
        wanted = read_registration(fields, TERMS_VERSION, self._accounts.now().date())
        self._count(wanted)
        key = secrets.token_urlsafe(24)
        registration = Registration(replace(wanted, password=""), hashed(wanted.password), self._moment())
        for channel in CHANNELS:
            registration = self._send(registration, channel)
        with self._accounts.lock:
            self._drop_old()
            self._shelf.put(digest(key), registration)
        return key

    def send(self, key: str, channel: Channel) -> None:
        """Send another code; the one before ends.

        Raises:
            NotFound: When there is no such registration.
            TooManyAttempts: When too much was sent to this contact.
        """
        registration = self._find(key)
        self._sends.count(f"{channel} {_contact(registration.fields, channel).casefold()}")
        with self._accounts.lock:
            self._shelf.put(digest(key), self._send(self._find(key), channel))

    def progress(self, key: str) -> Progress:
        """Say how far a registration is.

        Raises:
            NotFound: When there is no such registration.
        """
        verified = self._find(key).verified
        return Progress(verified, tuple(one for one in CHANNELS if one not in verified))

    def verify(self, key: str, channel: Channel, code: str, username: str = "") -> Progress:
        """Prove a contact; with the last of them, open the account.

        Raises:
            NotFound: When there is no such registration.
            WrongCode: When the code is another.
            ExpiredCode: When it cannot be used any more.
            UsernameTaken: When another has the username; the code stays proven, so ask again with another one.
            InvalidFields: When the username is malformed, or the e-mail address has an account by now.
        """
        other = read_username(username) if username else ""
        with self._accounts.lock:
            registration = self._find(key)
            if channel not in registration.verified:
                registration = self._prove(key, registration, channel, code)
            if other:
                registration = replace(registration, fields=replace(registration.fields, username=other))
                self._shelf.put(digest(key), registration)
            pending = tuple(one for one in CHANNELS if one not in registration.verified)
            if pending:
                return Progress(registration.verified, pending)
            return Progress(registration.verified, (), self._complete(key, registration))

    def _prove(self, key: str, registration: Registration, channel: Channel, text: str) -> Registration:
        code = registration.code(channel)
        try:
            codes.check(code, text, self._moment())
        except WrongCode:
            if code:
                self._shelf.put(digest(key), _with(registration, channel, codes.used_up(code)))
            raise
        proven = _with(registration, channel, None)
        proven = replace(proven, verified=tuple(one for one in CHANNELS if one in {*proven.verified, channel}))
        self._shelf.put(digest(key), proven)
        return proven

    def _complete(self, key: str, registration: Registration) -> str:
        fields, moment = registration.fields, self._moment()
        self._accounts.require_free(fields.username)
        if self._is_known(fields.email):
            raise invalid("email", "This e-mail address has an account by now. Sign in, or reset its password.")
        account = Account(
            username=fields.username,
            patient="",
            name=f"{fields.given} {fields.family}",
            birth_date=fields.birth_date,
            email=Contact(fields.email, is_verified=True),
            phone=Contact(fields.phone, is_verified=True),
            created=moment,
            password_changed=moment,
            password=registration.password,
        )
        self._accounts.put(replace(account, patient=patient_for(self._repository, fields)))
        self._shelf.drop(digest(key))
        self._mailbox.send(letters.welcome_letter(fields.email, fields.username, self._addresses.page("sign_in")))
        return fields.username

    def _send(self, registration: Registration, channel: Channel) -> Registration:
        """Send a code, or to an e-mail address that has an account a word on that: the code is then nobody's."""
        to = _contact(registration.fields, channel)
        text, code = codes.new_code(self._moment())
        if channel == "email" and self._is_known(to):
            pages = self._addresses
            letter = letters.has_account_letter(to, pages.page("sign_in"), pages.page("password_forgot"))
        else:
            letter = letters.code_letter(channel, to, text, _PURPOSE)
        self._mailbox.send(letter)
        return _with(registration, channel, code)

    def _is_known(self, email: str) -> bool:
        return bool(self._accounts.with_contact("email", email, is_verified=True))

    def _count(self, wanted: Wanted) -> None:
        for channel in CHANNELS:
            self._sends.count(f"{channel} {_contact(wanted, channel).casefold()}")

    def _find(self, key: str) -> Registration:
        found = self._shelf.get(digest(key))
        if found is None or found.begun + LIFETIME_SECONDS <= self._moment():
            raise NotFound("There is no such registration, or it has ended. Sign up again.")
        return found

    def _drop_old(self) -> None:
        moment = self._moment()
        self._shelf.tidy(lambda registration: registration.begun + LIFETIME_SECONDS <= moment, MAX_KEPT)

    def _moment(self) -> float:
        return self._accounts.now().timestamp()


def _contact(fields: Wanted, channel: Channel) -> str:
    return fields.email if channel == "email" else fields.phone


def _with(registration: Registration, channel: Channel, code: codes.Code | None) -> Registration:
    return replace(registration, email=code) if channel == "email" else replace(registration, phone=code)

"""Another e-mail address or phone number: it counts once a code sent to it came back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts import codes, letters
from portal_cli.sandbox.accounts.account import Contact
from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.fields import read_contact
from portal_cli.sandbox.accounts.refusals import ExpiredCode, WrongCode, invalid
from portal_cli.sandbox.accounts.shelf import Shelf

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Account, Channel
    from portal_cli.sandbox.accounts.addresses import Addresses
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.accounts.mailbox import Mailbox
    from portal_cli.sandbox.journal import Journal

SENDS, SENDS_SECONDS = 5, 900


@dataclass(frozen=True)
class Change:
    """A new contact that waits for its code, filed under channel and username."""

    value: str
    code: codes.Code


class Contacts:
    """All contacts that are being changed."""

    def __init__(self, accounts: Accounts, mailbox: Mailbox, addresses: Addresses, journal: Journal | None) -> None:
        self._accounts = accounts
        self._mailbox = mailbox
        self._addresses = addresses
        self._shelf = Shelf("contact", Change, journal)
        self._sends = Attempts(accounts.now, SENDS, SENDS_SECONDS)

    def change(self, username: str, channel: Channel, value: str, password: str) -> None:
        """Send a code to a new contact; the old one stays until the code comes back.

        Raises:
            InvalidFields: When it is no address or number.
            WrongPassword: When the password is another.
            TooManyAttempts: When too much was tried or sent.
        """
        wanted = read_contact(channel, value)
        self._accounts.confirm(username, password)
        account = self._accounts.of(username)
        self._sends.count(account.key)
        text, code = codes.new_code(self._accounts.now().timestamp())
        if self._is_anothers(account, channel, wanted):
            pages = self._addresses
            letter = letters.has_account_letter(wanted, pages.page("sign_in"), pages.page("password_forgot"))
        else:
            letter = letters.code_letter(channel, wanted, text, "confirm this address")
        with self._accounts.lock:
            self._shelf.put(_key(account, channel), Change(wanted, code))
        self._mailbox.send(letter)

    def verify(self, username: str, channel: Channel, text: str) -> None:
        """Take the new contact, since its code came back.

        Raises:
            WrongCode: When the code is another.
            ExpiredCode: When nothing waits, or no longer.
            InvalidFields: When the e-mail address has another account by now.
        """
        with self._accounts.lock:
            account = self._accounts.of(username)
            key = _key(account, channel)
            change = self._shelf.get(key)
            if change is None:
                raise ExpiredCode
            try:
                codes.check(change.code, text, self._accounts.now().timestamp())
            except WrongCode:
                self._shelf.put(key, replace(change, code=codes.used_up(change.code)))
                raise
            if self._is_anothers(account, channel, change.value):
                raise invalid("value", "This e-mail address has another account by now.")
            self._shelf.drop(key)
            contact = Contact(change.value, is_verified=True)
            is_email = channel == "email"
            self._accounts.put(replace(account, email=contact) if is_email else replace(account, phone=contact))
        self._mailbox.send(letters.contact_letter(account.email.value, channel))

    def _is_anothers(self, account: Account, channel: Channel, value: str) -> bool:
        owners = self._accounts.with_contact(channel, value, is_verified=True)
        return channel == "email" and any(one.key != account.key for one in owners)


def _key(account: Account, channel: Channel) -> str:
    return f"{channel} {account.key}"

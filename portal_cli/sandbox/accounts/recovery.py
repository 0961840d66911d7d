"""Help for those who forgot: a link to a new password, and the username by mail.

Whether there is an account cannot be told from the answer or from the work: a reset is kept for an unknown login too,
only nobody is sent its token.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts import letters
from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.fields import read_birth_date, read_email
from portal_cli.sandbox.accounts.hashing import digest
from portal_cli.sandbox.accounts.passwords import password_problems
from portal_cli.sandbox.accounts.refusals import ExpiredCode, FieldProblem, InvalidFields, TooManyAttempts
from portal_cli.sandbox.accounts.shelf import Shelf

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Account
    from portal_cli.sandbox.accounts.addresses import Addresses
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.accounts.endings import Endings
    from portal_cli.sandbox.accounts.mailbox import Mailbox
    from portal_cli.sandbox.journal import Journal

RESET_SECONDS = 1800
MAX_KEPT = 2000
MAILS, MAILS_SECONDS = 5, 3600


@dataclass(frozen=True)
class Reset:
    """A reset that was asked for, filed under the hash of its token; without a username it is nobody's."""

    username: str
    expires: float


class Recovery:
    """Resets and recoveries. No account is sent more than five mails an hour; further requests are answered alike."""

    def __init__(
        self, accounts: Accounts, mailbox: Mailbox, addresses: Addresses, endings: Endings, journal: Journal | None
    ) -> None:
        self._accounts = accounts
        self._mailbox = mailbox
        self._addresses = addresses
        self._endings = endings
        self._shelf = Shelf("reset", Reset, journal)
        self._mails = Attempts(accounts.now, MAILS, MAILS_SECONDS)

    def forgot_password(self, login: str) -> None:
        """Mail a link to a new password to whoever has this username or e-mail address, if anybody."""
        account, token = self._who(login), secrets.token_urlsafe(32)
        with self._accounts.lock:
            self._drop_old()
            reset = Reset(account.username if account else "", self._moment() + RESET_SECONDS)
            self._shelf.put(digest(token), reset)
        if account and account.email.value and self._may_mail(account.key):
            self._mailbox.send(letters.reset_letter(account.email.value, self._addresses.reset(token), token))

    def is_open(self, token: str) -> bool:
        """Say whether a reset may still be used, so that a page need not ask for a password in vain."""
        return self._find(token) is not None

    def reset_password(self, token: str, password: str) -> str:
        """Set a new password, and end every sign-in of the account; gives its username.

        Raises:
            ExpiredCode: When the token was used, has ended, or never was.
            InvalidFields: When the password is no good; the token stays good.
        """
        with self._accounts.lock:
            reset = self._find(token)
            if reset is None:
                raise ExpiredCode
            account = self._accounts.of(reset.username)
            judge(account, password)
            for name, other in self._shelf.rows():
                if other.username == reset.username:
                    self._shelf.drop(name)
            self._accounts.set_password(account.username, password)
            self._endings.end_all(account.username)
        self._mailbox.send(letters.password_letter(account.email.value))
        return account.username

    def recover_username(self, email: str, birth_date: str) -> None:
        """Mail the usernames that belong to an e-mail address and a date of birth, if any.

        Raises:
            InvalidFields: When either is malformed.
        """
        address, born = read_email(email), read_birth_date(birth_date, self._accounts.now().date())
        found = [one for one in self._accounts.with_contact("email", address) if one.birth_date == born]
        if found and self._may_mail(address.casefold()):
            names = [account.username for account in found]
            letter = letters.usernames_letter(found[0].email.value, names, self._addresses.page("sign_in"))
            self._mailbox.send(letter)

    def _who(self, login: str) -> Account | None:
        """Find the account of a login; of several with one address, the one whose owner verified it."""
        found = self._accounts.find(login)
        if found is not None:
            return found
        owners = self._accounts.with_contact("email", login)
        return min(owners, key=lambda one: not one.email.is_verified, default=None)

    def _may_mail(self, name: str) -> bool:
        try:
            self._mails.count(name)
        except TooManyAttempts:
            return False
        return True

    def _find(self, token: str) -> Reset | None:
        reset = self._shelf.get(digest(token.strip()))
        return reset if reset and reset.username and reset.expires > self._moment() else None

    def _drop_old(self) -> None:
        moment = self._moment()
        self._shelf.tidy(lambda reset: reset.expires <= moment, MAX_KEPT)

    def _moment(self) -> float:
        return self._accounts.now().timestamp()


def judge(account: Account, password: str, field: str = "password") -> None:
    """Refuse a new password that is no good.

    Raises:
        InvalidFields: With every problem.
    """
    known = (account.name, account.username, account.email.value)
    problems = password_problems(password, known)
    if problems:
        raise InvalidFields(*(FieldProblem(field, problem) for problem in problems))

"""The account service as one value, and the few things it does that need several of its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts import letters
from portal_cli.sandbox.accounts.account import Account, Contact, SignIn
from portal_cli.sandbox.accounts.addresses import Addresses
from portal_cli.sandbox.accounts.contacts import Contacts
from portal_cli.sandbox.accounts.devices import Devices
from portal_cli.sandbox.accounts.directory import Accounts
from portal_cli.sandbox.accounts.endings import Endings
from portal_cli.sandbox.accounts.mailbox import Mailbox
from portal_cli.sandbox.accounts.patients import contact_on_file
from portal_cli.sandbox.accounts.recovery import Recovery, judge
from portal_cli.sandbox.accounts.registrations import Registrations
from portal_cli.sandbox.accounts.second_steps import SecondSteps
from portal_cli.sandbox.accounts.sessions import Sessions
from portal_cli.sandbox.accounts.two_step import TwoStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from portal_cli.sandbox.accounts.account import Notifications
    from portal_cli.sandbox.journal import Journal
    from portal_cli.sandbox.oauth.tokens import Tokens
    from portal_cli.sandbox.oauth.visits import Visits
    from portal_cli.sandbox.repository import Repository


class AccountService:
    """Everything about accounts; its parts are public, and each is asked directly."""

    def __init__(
        self,
        now: Callable[[], datetime],
        repository: Repository,
        tokens: Tokens,
        visits: Visits,
        journal: Journal | None,
    ) -> None:
        self._now = now
        self._repository = repository
        self.addresses = Addresses(lambda: repository.base_url)
        self.mailbox = Mailbox(now)
        self.directory = Accounts(now, journal)
        self.two_step = TwoStep(self.directory, self.mailbox, journal)
        self.second_steps = SecondSteps(self.directory, self.two_step, journal)
        self.sessions = Sessions(self.directory, journal)
        self.devices = Devices(tokens, self.sessions)
        self._endings = Endings(tokens, visits, self.sessions, self.second_steps)
        self.recovery = Recovery(self.directory, self.mailbox, self.addresses, self._endings, journal)
        self.registrations = Registrations(self.directory, repository, self.mailbox, self.addresses, journal)
        self.contacts = Contacts(self.directory, self.mailbox, self.addresses, journal)

    def open(self, sign_ins: Iterable[SignIn]) -> None:
        """Open the accounts that the practice hands out, with the contacts that it has on file."""
        self.directory.open([(one, self._account(one)) for one in sign_ins])

    def change_password(
        self, username: str, current: str, new: str, *, keep_grant: str = "", keep_session: str = ""
    ) -> None:
        """Change the password; every other sign-in of the account ends.

        Raises:
            WrongPassword: When the current one is another.
            TooManyAttempts: After ten attempts.
            InvalidFields: When the new one is no good.
        """
        self.directory.confirm(username, current)
        account = self.directory.of(username)
        judge(account, new, "new")
        with self.directory.lock:
            self.directory.set_password(username, new)
            self._endings.end_all(account.username, keep_grant, keep_session)
        self.mailbox.send(letters.password_letter(account.email.value))

    def set_notifications(self, username: str, notifications: Notifications) -> None:
        """Keep what a patient wants to be told of."""
        with self.directory.lock:
            self.directory.put(replace(self.directory.of(username), notifications=notifications))

    def _account(self, sign_in: SignIn) -> Account:
        version, moment = self._repository.current("Patient", sign_in.patient), self._now().timestamp()
        patient = {} if version is None or version.is_deleted else version.resource()
        return Account(
            username=sign_in.username,
            patient=sign_in.patient,
            name=sign_in.name,
            birth_date=str(patient.get("birthDate", "")),
            email=Contact(contact_on_file(patient, "email")),
            phone=Contact(contact_on_file(patient, "phone")),
            created=moment,
            password_changed=moment,
        )

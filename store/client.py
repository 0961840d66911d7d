"""The client: one door to the vault and the portals for both faces, and the only place that wires."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.door import VaultDoor, system_keychain
from store.services.scope import Choice, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.services.accounts import Accounts
    from store.services.allergies import Allergies
    from store.services.appointments import Appointments
    from store.services.attachments import Attachments
    from store.services.audit import AuditTrail
    from store.services.backups import Backups
    from store.services.bookings import Bookings
    from store.services.change_requests import ChangeRequests
    from store.services.checks import Checks
    from store.services.configuration import Configuration
    from store.services.conflicts import Conflicts
    from store.services.desk import Desk
    from store.services.doctor import Doctor
    from store.services.documents import Documents
    from store.services.education import Education
    from store.services.exports import Exports
    from store.services.gaps import Gaps
    from store.services.histories import Histories
    from store.services.imports import Imports
    from store.services.insurance import Insurances
    from store.services.jottings import Jottings
    from store.services.labs import Labs
    from store.services.letters import Letters
    from store.services.medications import Medications
    from store.services.messages import Messages
    from store.services.offers import Offers
    from store.services.outbox import Outbox
    from store.services.own_medicines import OwnMedicines
    from store.services.people import People
    from store.services.portals import Portals
    from store.services.profile import Profiles
    from store.services.records import Records
    from store.services.refills import Refills
    from store.services.reminders import Reminders
    from store.services.sign_in import SignIns
    from store.services.slots import Slots
    from store.services.status import Overview
    from store.services.stretches import Stretches
    from store.services.summaries import Summaries
    from store.services.sync import Sync
    from store.services.writes import Writes
    from store.vault.engine import DbConnection
    from store.vault.keychain import Keychain
    from store.vault.keys import KdfCost
    from store.vault.vault import Vault


class Client(VaultDoor):
    """Everything a face may do, opened when it is first needed. Use as a context manager.

    `choice` says whose records are meant.
    """

    def __init__(
        self,
        settings: Settings,
        ask: Callable[[], str] | None = None,
        ask_new: Callable[[], str] | None = None,
        cost: KdfCost | None = None,
        *,
        find_keychain: Callable[[str | None], Keychain] = system_keychain,
    ) -> None:
        super().__init__(settings, ask, ask_new, cost, find_keychain=find_keychain)
        self.scope = Scope(settings, lambda: self.choice)
        self.choice = Choice()

    def _keep(self, opened: Vault) -> None:
        super()._keep(opened)
        opened.check_write = self._check_write

    def _check_write(self, connection: DbConnection, owner: int) -> None:
        self.writes.check(connection, owner)  # asked for anew at each write: a vault that is locked forgets it

    @cached_property
    def people(self) -> People:
        """Whose records the vault holds, and who is shown."""
        from store.services.people import People  # noqa: PLC0415 - as in portals

        return People(self.vault, self.scope)

    @cached_property
    def writes(self) -> Writes:
        """Whether what is written is for whom one thinks."""
        from store.services.writes import Writes  # noqa: PLC0415 - as in portals

        return Writes(self.vault, self.scope)

    @cached_property
    def portals(self) -> Portals:
        """The portals the patient is signed in to."""
        from store.services.portals import Portals  # noqa: PLC0415 - each noun is loaded when it is first used

        return Portals(self.vault, self.settings, self.scope)

    @cached_property
    def desk(self) -> Desk:
        """What is done about a portal before one has signed in to it; no vault is needed."""
        from store.services.desk import Desk  # noqa: PLC0415 - as in portals

        return Desk(self)

    @cached_property
    def configuration(self) -> Configuration:
        """The settings of the configuration file; no vault is needed, unless a portal of the vault's is to be meant."""
        from store.services.configuration import Configuration  # noqa: PLC0415 - as in portals

        return Configuration(self.settings, self._portals_in_vault)

    def _portals_in_vault(self) -> list[str]:
        """The names and addresses of the portals that the vault knows, if there is one."""
        known = self.portals.list() if self.has_vault else ()
        return [each for portal in known for each in (str(portal.name), str(portal.url))]

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts at portals: signing up, getting back in, settings."""
        from store.services.accounts import Accounts  # noqa: PLC0415 - as in portals

        return Accounts(self)

    @cached_property
    def sign_ins(self) -> SignIns:
        """Signing in and out."""
        from store.services.sign_in import SignIns  # noqa: PLC0415 - as in portals

        return SignIns(self)

    @cached_property
    def records(self) -> Records:
        """Records of every type."""
        from store.services.records import Records  # noqa: PLC0415 - as in portals

        return Records(self.vault, self.scope)

    @cached_property
    def offers(self) -> Offers:
        """Names and ids that a line is completed with."""
        from store.services.offers import Offers  # noqa: PLC0415 - as in portals

        return Offers(self.vault, self.scope)

    @cached_property
    def stretches(self) -> Stretches:
        """Long lists of records, a stretch at a time."""
        from store.services.stretches import Stretches  # noqa: PLC0415 - as in portals

        return Stretches(self.vault, self.records)

    @cached_property
    def histories(self) -> Histories:
        """Versions of records, and what changed between them."""
        from store.services.histories import Histories  # noqa: PLC0415 - as in portals

        return Histories(self.vault, self.records, self.portals, self.sync)

    @cached_property
    def summaries(self) -> Summaries:
        """The health summary."""
        from store.services.summaries import Summaries  # noqa: PLC0415 - as in portals

        return Summaries(self.vault, self.records, self.medications, self.appointments)

    @cached_property
    def labs(self) -> Labs:
        """Laboratory results and vital signs."""
        from store.services.labs import Labs  # noqa: PLC0415 - as in portals

        return Labs(self.vault, self.records)

    @cached_property
    def medications(self) -> Medications:
        """The medication list."""
        from store.services.medications import Medications  # noqa: PLC0415 - as in portals

        return Medications(self.vault, self.records)

    @cached_property
    def own_medicines(self) -> OwnMedicines:
        """Medicines that the patient reports."""
        from store.services.own_medicines import OwnMedicines  # noqa: PLC0415 - as in portals

        return OwnMedicines(self.vault, self.records, self.portals, self.medications, self.sync, self.outbox)

    @cached_property
    def appointments(self) -> Appointments:
        """Appointments."""
        from store.services.appointments import Appointments  # noqa: PLC0415 - as in portals

        return Appointments(self.vault, self.records)

    @cached_property
    def bookings(self) -> Bookings:
        """Asking for appointments and changing them."""
        from store.services.bookings import Bookings  # noqa: PLC0415 - as in portals

        return Bookings(self.vault, self.records, self.portals, self.sync, self.outbox)

    @cached_property
    def profile(self) -> Profiles:
        """The patient's own details."""
        from store.services.profile import Profiles  # noqa: PLC0415 - as in portals

        return Profiles(self.vault, self.records, self._changes)

    @cached_property
    def insurance(self) -> Insurances:
        """Insurance."""
        from store.services.insurance import Insurances  # noqa: PLC0415 - as in portals

        return Insurances(self.records, self._changes)

    @cached_property
    def allergies(self) -> Allergies:
        """Allergies."""
        from store.services.allergies import Allergies  # noqa: PLC0415 - as in portals

        return Allergies(self.records, self._changes)

    @cached_property
    def _changes(self) -> ChangeRequests:
        from store.services.change_requests import ChangeRequests  # noqa: PLC0415 - as in portals

        return ChangeRequests(self.vault, self.records, self.portals, self.sync, self.outbox)

    @cached_property
    def messages(self) -> Messages:
        """Messages with clinicians."""
        from store.services.messages import Messages  # noqa: PLC0415 - as in portals

        return Messages(self.vault, self.records, self.outbox)

    @cached_property
    def letters(self) -> Letters:
        """Writing to a practice."""
        from store.services.letters import Letters  # noqa: PLC0415 - as in portals

        return Letters(self.vault, self.records, self.portals, self.sync, self.outbox, self.messages)

    @cached_property
    def refills(self) -> Refills:
        """Refill requests."""
        from store.services.refills import Refills  # noqa: PLC0415 - as in portals

        return Refills(self.vault, self.records, self.medications, self.sync, self.outbox)

    @cached_property
    def education(self) -> Education:
        """Articles about what the patient has."""
        from store.services.education import Education  # noqa: PLC0415 - as in portals

        return Education(self.vault, self.settings, self.records, self.portals)

    @cached_property
    def reminders(self) -> Reminders:
        """Reminders of appointments, refills, messages and results."""
        from store.services.records import Records  # noqa: PLC0415 - as in portals
        from store.services.refills import Refills  # noqa: PLC0415 - as in portals
        from store.services.reminders import Reminders  # noqa: PLC0415 - as in portals

        records = Records(self.vault, self.scope.wide)  # who is shown must not keep anybody from being reminded
        asked = Refills(self.vault, records, self.medications, self.sync, self.outbox)
        return Reminders(self.vault, self.settings, records, asked)

    @cached_property
    def outbox(self) -> Outbox:
        """What was asked for, and where it stands."""
        from store.services.outbox import Outbox  # noqa: PLC0415 - as in portals

        return Outbox(self.vault, self.records, self.sync)

    @cached_property
    def jottings(self) -> Jottings:
        """What was typed into forms and not sent yet."""
        from store.services.jottings import Jottings  # noqa: PLC0415 - as in portals

        return Jottings(self.vault)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Changes that wait for a decision."""
        from store.services.conflicts import Conflicts  # noqa: PLC0415 - as in portals

        return Conflicts(self.vault, self.records, self.outbox)

    @cached_property
    def sync(self) -> Sync:
        """Keeping the vault in step with its portals."""
        from store.services.sync import Sync  # noqa: PLC0415 - as in portals

        return Sync(self.vault, self.settings, self.portals)

    @cached_property
    def attachments(self) -> Attachments:
        """Documents, pictures and other content that records name."""
        from store.services.attachments import Attachments  # noqa: PLC0415 - as in portals

        return Attachments(self.vault, self.settings, self.portals, self.records)

    @cached_property
    def documents(self) -> Documents:
        """Documents of records, as text and as files."""
        from store.services.documents import Documents  # noqa: PLC0415 - as in portals

        return Documents(self.records, self.attachments)

    @cached_property
    def gaps(self) -> Gaps:
        """What the vault lacks of what its portals have."""
        from store.services.gaps import Gaps  # noqa: PLC0415 - as in portals

        return Gaps(self.vault, self.portals)

    @cached_property
    def exports(self) -> Exports:
        """Taking records out of the vault."""
        from store.services.exports import Exports  # noqa: PLC0415 - as in portals

        return Exports(self.vault, self.records)

    @cached_property
    def imports(self) -> Imports:
        """Importing files."""
        from store.services.imports import Imports  # noqa: PLC0415 - as in portals

        return Imports(self)

    @cached_property
    def slots(self) -> Slots:
        """What opens the vault: passphrase, recovery code, keychain and sessions."""
        from store.services.slots import Slots  # noqa: PLC0415 - as in portals

        return Slots(self)

    @cached_property
    def backups(self) -> Backups:
        """Backups of the vault, and restoring them."""
        from store.services.backups import Backups  # noqa: PLC0415 - as in portals

        return Backups(self)

    @cached_property
    def checks(self) -> Checks:
        """Whether the vault is whole, and mending it."""
        from store.services.checks import Checks  # noqa: PLC0415 - as in portals

        return Checks(self)

    @cached_property
    def doctor(self) -> Doctor:
        """A look over this installation."""
        from store.services.doctor import Doctor  # noqa: PLC0415 - as in portals

        return Doctor(self)

    @cached_property
    def audit(self) -> AuditTrail:
        """Who did what with the vault, and when."""
        from store.services.audit import AuditTrail  # noqa: PLC0415 - as in portals

        return AuditTrail(self.vault, self.scope.wide)

    @cached_property
    def overview(self) -> Overview:
        """The state of things at a glance."""
        from store.services.status import Overview  # noqa: PLC0415 - as in portals

        return Overview(
            self.vault,
            self.portals,
            self.records,
            self.labs,
            self.appointments,
            self.messages,
            self.refills,
            self.people,
        )

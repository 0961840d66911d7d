"""The portal's state as one value: record, rules, accounts, tokens, clinic, on one clock."""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING

from portal_cli.sandbox.access import Access
from portal_cli.sandbox.accounts.account import SignIn
from portal_cli.sandbox.accounts.directory import Accounts, password_for
from portal_cli.sandbox.accounts.service import AccountService
from portal_cli.sandbox.capability import types_offered
from portal_cli.sandbox.clinic import Clinic
from portal_cli.sandbox.granting import Granting
from portal_cli.sandbox.mandates import Mandates
from portal_cli.sandbox.oauth.device import Devices
from portal_cli.sandbox.oauth.identity import Identity
from portal_cli.sandbox.oauth.registration import DynamicClients
from portal_cli.sandbox.oauth.tokens import Tokens
from portal_cli.sandbox.oauth.visits import Visits
from portal_cli.sandbox.reading import Reading
from portal_cli.sandbox.references import follow
from portal_cli.sandbox.repository import Repository
from portal_cli.sandbox.rights import narrowed
from portal_cli.sandbox.staff import Staff
from portal_cli.sandbox.transactions import Transactions
from portal_cli.sandbox.writing import Writing

if TYPE_CHECKING:
    from portal_cli.sandbox.clock import Clock
    from portal_cli.sandbox.journal import Journal
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.mandates import Mandate
    from portal_cli.sandbox.oauth.tokens import Grant, Token
    from portal_cli.sandbox.rights import Rights


class Portal:
    """Everything behind the addresses. `base_url` is the FHIR base, without a slash at the end."""

    def __init__(self, clock: Clock, page_size: int, journal: Journal | None = None) -> None:
        self.clock = clock
        self.started = clock.now()
        self.repository = Repository(clock.now, journal)
        self.reading = Reading(self.repository, clock.now, page_size)
        self.writing = Writing(self.repository, self.reading)
        self.transactions = Transactions(self.repository, self.reading, self.writing)
        self.mandates = Mandates(self.repository)
        self.granting = Granting(self.repository)
        self.tokens = Tokens(clock.now, journal, self._right_ends)
        self.identity = Identity()
        self.visits = Visits(clock.now)
        self.devices = Devices(clock.now)
        self.clients = DynamicClients(journal)
        self.clinic = Clinic(self.repository)
        self.staff = Staff(self.repository, self.clinic)
        self.staff_secret = secrets.token_urlsafe(32)
        self.account_service = AccountService(clock.now, self.repository, self.tokens, self.visits, journal)
        self.has_account_api = True

    @property
    def accounts(self) -> Accounts:
        """The accounts."""
        return self.account_service.directory

    @property
    def sign_ins(self) -> tuple[SignIn, ...]:
        """The sign-ins that the practice handed out; one whose password the patient changed is theirs alone."""
        return self.accounts.first_sign_ins()

    @property
    def base_url(self) -> str:
        """The FHIR base URL."""
        return self.repository.base_url

    @base_url.setter
    def base_url(self, address: str) -> None:
        self.repository.base_url = address

    def access(self, token: Token) -> Access | None:
        """Say what a token may do now; None when the right behind it is over, or it is no access token."""
        grant = token.grant
        if token.kind != "access":
            return None
        if not grant.actor:
            return Access(grant.patient, token.scope)
        mandate = self.mandate_of(grant)
        if mandate is None:
            return None
        scope = self.left(token.scope, mandate.rights)
        return Access(grant.patient, scope, grant.actor, mandate.rights)

    def left(self, scope: str, rights: Rights) -> str:
        """Give what is left of scopes for somebody who acts for a patient."""
        return " ".join(narrowed(tuple(scope.split()), rights, self.kinds()))

    def mandate_of(self, grant: Grant) -> Mandate | None:
        """Give the mandate behind a grant of somebody who acts for a patient; None when it is over."""
        account = self.accounts.find(grant.username)
        return self.mandates.find(account.patient, grant.actor, grant.patient) if account else None

    def kinds(self) -> tuple[str, ...]:
        """Name the resource types that the portal has now."""
        return tuple(types_offered(self.repository.kinds()))

    def name_of(self, patient: str) -> str:
        """Say what to call a patient."""
        return self._name(patient)

    def _right_ends(self, grant: Grant) -> float:
        if not grant.actor:
            return math.inf
        mandate = self.mandate_of(grant)
        return mandate.ends if mandate else 0

    def open_accounts(self, patients: list[str], secret: str) -> None:
        """Give each patient (by id, in order) a sign-in."""
        self.account_service.open(
            SignIn(f"patient-{place}", password_for(secret, f"patient-{place}"), patient, self._name(patient))
            for place, patient in enumerate(patients, start=1)
        )

    def patients(self) -> list[str]:
        """Name the patients by id, those with active lisinopril first, otherwise in order of arrival."""
        keys = [version.key for version in self.repository.everything("Patient")]
        return sorted(keys, key=lambda key: not self._takes_lisinopril(key))

    def _takes_lisinopril(self, patient: str) -> bool:
        orders = (version.resource() for version in self.repository.visible(patient, "MedicationRequest"))
        return any(order.get("status") == "active" and self._is_lisinopril(order) for order in orders)

    def _is_lisinopril(self, order: Json) -> bool:
        texts = [*follow(order, "medicationCodeableConcept.text")]
        texts += follow(order, "medicationCodeableConcept.coding.display")
        for name in follow(order, "medicationReference.reference"):
            kind, _, key = str(name).partition("/")
            medication = self.repository.current(kind, key)
            if medication and not medication.is_deleted:
                texts += follow(medication.resource(), "code.coding.display")
        return any("lisinopril" in str(text).casefold() for text in texts)

    def _name(self, patient: str) -> str:
        version = self.repository.current("Patient", patient)
        names = [] if version is None or version.is_deleted else list(follow(version.resource(), "name"))
        names.sort(key=lambda name: not isinstance(name, dict) or name.get("use") != "official")
        for name in names:
            parts = [*follow(name, "given"), *follow(name, "family")]
            text = " ".join(str(part) for part in parts) or next(iter(follow(name, "text")), "")
            if text:
                return str(text)
        return f"Patient {patient}"

"""Medicines that the patient reports: added, changed, stopped, withdrawn; each is planned, shown, and then sent."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotOffered, WrongState
from store.records import elements, medication_writes, medications
from store.records.dates import parse
from store.records.lossless import decode, encode
from store.records.medication_writes import OwnMedicine
from store.records.text import EMPTY, sanitize
from store.services import rights
from store.services.identifiers import uuid7
from store.services.medications import OWN
from store.services.scope import source_of
from store.vault import outbox, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.medications import Medication
    from store.records.text import Safe
    from store.services.medications import Medications
    from store.services.outbox import Outbox
    from store.services.outbox_rows import OutboxRow
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

_TYPE = "MedicationStatement"
_WHAT = "medicines that patients report themselves"
_CAN_BE_EDITED = medication_writes.STANDING | {"completed", "stopped"}
_CODE = re.compile(r"\d{1,10}\Z", re.ASCII)


@dataclass(frozen=True)
class MedicinePlan:
    """What would be sent, and for whom: `fhir` is the exact statement, `before` and `after` what it says.

    `alike` names an entry of the list that is called the same. `target` is the record that is changed, else it is new.
    """

    action: Safe
    before: Medication | None
    after: Medication
    until: Safe
    words: Safe
    alike: Safe
    patient_name: Safe
    portal: Safe
    fhir: bytes
    request_id: str
    connection: int
    target: str = ""
    base: bytes = b""


@dataclass(frozen=True)
class MedicineOutcome:
    """What came of it: the request in the outbox, and the medicine as the portal has it, if that is known."""

    request: OutboxRow
    medication: Medication | None


class OwnMedicines:
    """What patients say they take."""

    def __init__(
        self,
        vault: Vault,
        records: Records,
        portals: Portals,
        medications_: Medications,
        sync: Sync,
        outbox_: Outbox,
    ) -> None:
        self._vault = vault
        self._records = records
        self._portals = portals
        self._medications = medications_
        self._sync = sync
        self._outbox = outbox_

    def check_add(self) -> None:
        """Make sure that a portal takes such statements at all. Raises NotOffered, SignInNeeded, Ambiguous."""
        self._sync.check_offers(self._portals.choose(), _TYPE, "create", "c", _WHAT)

    def add(self, said: OwnMedicine) -> MedicinePlan:
        """Plan to say that the patient takes a medicine. Raises NotOffered, InvalidInput, SignInNeeded, Ambiguous."""
        owner = self._portals.choose()
        self._sync.check_offers(owner, _TYPE, "create", "c", _WHAT)
        checked = self._checked(owner.id, said)
        if not checked.name:
            raise _nameless()
        request_id = str(uuid7())
        statement = medication_writes.build(checked, request_id, rights.whose(self._vault, owner), time.time())
        return replace(self._planned(owner, "Add a medicine", statement, said.note or ""), request_id=request_id)

    def check_edit(self, name: str) -> Medication:
        """Make sure that a medicine can be changed; gives what is said of it. Raises as `edit`."""
        row, body, owner = self._open(name, "be changed", _CAN_BE_EDITED)
        return medications.read(decode(body), sanitize(row.title), source_of(owner))

    def edit(self, name: str, said: OwnMedicine) -> MedicinePlan:
        """Plan to change what was said. Raises NotFound, Ambiguous, NotOffered, InvalidInput, WrongState."""
        row, body, owner = self._open(name, "be changed", _CAN_BE_EDITED)
        checked = self._checked(owner.id, said)
        if checked.name is not None and not checked.name:
            raise _nameless()
        if checked == OwnMedicine():
            raise InvalidInput("nothing was said to change")
        author = rights.actor(self._vault, owner)
        changed = medication_writes.edited(decode(body), checked, author, time.time())
        return self._planned(owner, "Change a medicine", changed, said.note or "", held=(row, body))

    def stop(self, name: str, on: str, reason: str) -> MedicinePlan:
        """Plan to say that a medicine is not taken any more, since a day (today if empty). Raises as `edit`."""
        row, body, owner = self._open(name, "be stopped", medication_writes.STANDING)
        before, day = decode(body), on or _today()
        _check_date(day)
        began = medications.read(before).started
        ended = parse(day)
        if began and ended and began.epoch is not None and ended.text < began.text[: len(ended.text)]:
            raise InvalidInput(f"it was begun on {began.day()}, after that day")
        changed = medication_writes.stopped(before, day, reason, time.time())
        return self._planned(owner, "Stop a medicine", changed, reason, held=(row, body))

    def withdraw(self, name: str, reason: str) -> MedicinePlan:
        """Plan to say that a statement was a mistake. Raises as `edit`."""
        row, body, owner = self._open(name, "be withdrawn", _CAN_BE_EDITED)
        changed = medication_writes.withdrawn(decode(body), reason, time.time())
        return self._planned(owner, "Withdraw a medicine", changed, reason, held=(row, body))

    def submit(self, plan: MedicinePlan) -> MedicineOutcome:
        """Put what was planned into the outbox, and send it now if the portal can be reached; else it waits there.

        Raises Rejected when the portal refuses it, which keeps it in the outbox; ConflictsWaiting.
        """
        request_id = plan.request_id
        if plan.target:
            request_id = str(self._outbox.add_update(plan.connection, plan.target, plan.fhir, base=plan.base).id)
        else:
            self._add(plan)
        sent = self._outbox.send(request_id)
        about = plan.target or str(sent.result)
        return MedicineOutcome(sent, self._held(plan.connection, about) if sent.is_over else None)

    def _open(self, name: str, action: str, allowed: frozenset[str]) -> tuple[Row, bytes, ConnectionRow]:
        row, item = self._medications.own(name)
        owner = self._owner(row.connection)
        try:
            self._sync.check_offers_change(owner, _TYPE)
        except NotOffered as error:
            raise self._sync.same_refusal(error, f"changes of {_WHAT}") from error
        if str(item.status) not in allowed:
            raise WrongState(str(item.status), action, "a medicine")
        _, body = self._records.find(f"{_TYPE}/{row.id}")
        return row, body, owner

    def _checked(self, owner: int, said: OwnMedicine) -> OwnMedicine:
        """What was said, its code that of the name where the record has it. Raises InvalidInput."""
        if said.since is not None:
            _check_date(said.since)
        code = said.code or (self._medications.known_code(owner, said.name) if said.name else None) or None
        if code is not None and not _CODE.match(code):
            raise InvalidInput(f"`{sanitize(code)}` is no RxNorm code, which is a number")
        return OwnMedicine(
            said.name.strip() if said.name else said.name,
            code,
            said.directions,
            said.as_needed,
            said.since,
            said.reason,
            said.note,
        )

    def _planned(
        self,
        owner: ConnectionRow,
        action: str,
        changed: Json,
        words: str,
        *,
        held: tuple[Row, bytes] | None = None,
    ) -> MedicinePlan:
        row, base = held or (None, b"")
        source = source_of(owner)
        after = medications.read(changed, sanitize(row.title) if row else EMPTY, source)
        ends = elements.period(changed.get("effectivePeriod"))[1]
        listed = self._medications.list().items
        alike = [
            item for item in listed if item.name.casefold() == after.name.casefold() and item.portal == source.portal
        ]
        return MedicinePlan(
            action=sanitize(action),
            before=medications.read(decode(base), sanitize(row.title), source) if row else None,
            after=after,
            until=ends.text if ends else EMPTY,
            words=sanitize(words),
            alike=EMPTY if row or not alike else sanitize(f"{alike[0].source} as {alike[0].id}"),
            patient_name=source.patient,
            portal=source.portal,
            fhir=encode(changed),
            request_id="",
            connection=owner.id,
            target=f"{_TYPE}/{row.id}" if row else "",
            base=base,
        )

    def _add(self, plan: MedicinePlan) -> None:
        wanted = outbox.NewRecord(plan.connection, plan.request_id, OWN, plan.after.name, _TYPE, plan.fhir)
        self._outbox.add_new(wanted, plan.action)

    def _held(self, connection_id: int, reference: str) -> Medication | None:
        type_name, _, record_id = reference.partition("/")
        if type_name != _TYPE:
            return None
        wanted = Filter(connections=(connection_id,), types=(type_name,), record_id=record_id, limit=1)
        found = next(iter(self._records.read_all(wanted)), None)
        if found is None:
            return None
        return medications.read(found[1], sanitize(found[0].title), source_of(self._owner(connection_id)))

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)


def _nameless() -> InvalidInput:
    return InvalidInput("a medicine needs a name")


def _today() -> str:
    return datetime.now(UTC).astimezone().date().isoformat()


def _check_date(typed: str) -> None:
    """Make sure that a date is one of FHIR without a time, and not still to come. Raises InvalidInput."""
    found = parse(typed)
    if found is None or found.epoch is None or found.has_time:
        raise InvalidInput(f"`{sanitize(typed)}` is no date such as 2026-01-31, 2026-01 or 2026")
    if found.text > _today()[: len(found.text)]:
        raise InvalidInput(f"`{found.text}` is still to come")

"""Refill requests: asked for, followed, listed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import (
    AlreadyRequested,
    NotFound,
    NotOffered,
    PortalError,
    Rejected,
    SignInNeeded,
    Unreachable,
    VaultBusy,
)
from store.people_errors import NotGranted, RightEnded
from store.records import elements, refills
from store.records.dates import FhirDate, from_epoch
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe, sanitize
from store.services import rights
from store.services.identifiers import uuid7
from store.services.scope import check_one
from store.services.values import Listing
from store.vault import outbox, reading
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.medications import Medication
    from store.services.medications import Medications
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault


@dataclass(frozen=True)
class RefillPlan:
    """What would be sent, and for whom; `fhir` is the exact Task, `is_renewal` whether a new order is needed."""

    medication: Safe
    medication_id: Safe
    directions: Safe
    patient_name: Safe
    portal: Safe
    is_renewal: bool
    note: Safe
    request_id: str
    fhir: bytes
    connection: int


@dataclass(frozen=True)
class RefillRow:
    """One refill request and where it stands.

    `status` is the portal's own (`requested`, `received`, `accepted`, `in-progress`, `completed`, `rejected`, …);
    one that the portal has not confirmed yet is `queued`, `sending`, `unknown` or `rejected`. `detail` is the
    portal's own words on it. `is_waiting` is True while it waits here to be sent.
    """

    id: Safe
    request_id: Safe
    medication: Safe
    medication_id: Safe
    status: Safe
    detail: Safe
    requested: FhirDate | None
    updated: FhirDate | None
    note: Safe
    is_waiting: bool
    portal: Safe = EMPTY
    patient: Safe = EMPTY


class Refills:
    """Refill requests, newest first."""

    def __init__(self, vault: Vault, records: Records, medications: Medications, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._medications = medications
        self._sync = sync

    def list(self, limit: int | None = None) -> Listing[RefillRow]:
        """Every refill request, also those that the portal has not confirmed."""
        sources = self._records.sources()
        found = [row for owner, source in sources.items() for row in self._of(owner, source)]
        found.sort(key=lambda row: row.requested.epoch or 0 if row.requested else 0, reverse=True)
        return Listing(tuple(found[:limit]), len(found))

    def _of(self, owner: int, source: Source) -> tuple[RefillRow, ...]:
        """The requests of one patient at one portal."""
        with self._vault.reading() as connection:
            items = [item for item in outbox.items(connection, (owner,)) if item.kind == "refill"]
        ours = {(item.result or "").removeprefix("Task/"): item for item in items if item.result}
        found = [*self._confirmed(owner, ours)]
        known = {row.request_id for row in found}
        found += [_waiting(item) for item in items if item.request_id not in known]
        return tuple(replace(row, portal=source.portal, patient=source.patient) for row in found)

    def open_for(self, owner: int) -> frozenset[str]:
        """The ids of a patient's medications, at one portal, of which a refill was asked for and is not settled."""
        rows = self._of(owner, NOWHERE)
        return frozenset(str(row.medication_id) for row in rows if row.is_waiting or row.status in refills.OPEN)

    def show(self, request_id: str) -> RefillRow:
        """One request by its id or our identifier of it; noted in the audit trail. Raises NotFound."""
        row = self._find(request_id)
        self._records.note_read(f"Task/{row.id or row.request_id}")
        return row

    def _find(self, request_id: str) -> RefillRow:
        wanted = request_id.rpartition("/")[2]
        found = [row for row in self.list().items if wanted in {row.id, row.request_id}]
        if not found:
            raise NotFound("refill request", request_id)
        check_one("refill request", request_id, (Source(row.portal, row.patient) for row in found))
        return found[0]

    def plan(self, name: str, note: str | None = None) -> RefillPlan:
        """Work out the request for a medication that is on the list, without sending anything.

        Raises NotFound, Ambiguous, AlreadyRequested, NotOffered.
        """
        self._check_offered()
        row, medication = self._medications.match(name)
        owner = self._owner(row.connection)
        self._check(owner)
        self._check_not_open(owner.id, row.id, medication.name)
        request_id = str(uuid7())
        task = refills.build(
            refills.NewRefill(
                request_id=request_id,
                medication=medication.name,
                medication_reference=f"MedicationRequest/{row.id}",
                patient_reference=f"Patient/{owner.patient}",
                actor_reference=rights.actor(self._vault, owner),
                owner_reference=self._requester(row),
                note=note,
                is_renewal=_is_renewal(medication),
                authored=time.time(),
            )
        )
        return RefillPlan(
            medication=medication.name,
            medication_id=medication.id,
            directions=medication.directions,
            patient_name=sanitize(owner.patient_name or owner.patient),
            portal=sanitize(owner.name),
            is_renewal=_is_renewal(medication),
            note=sanitize(note or ""),
            request_id=request_id,
            fhir=json.dumps(task, ensure_ascii=False).encode("utf-8"),
            connection=owner.id,
        )

    def _check_offered(self) -> None:
        """Make sure that one of the sign-ins that are meant allows it, before anything is asked.

        Raises NotGranted, RightEnded.
        """
        refused: PortalError | None = None
        for owner in self._records.ids():
            try:
                self._check(self._owner(owner))
            except (NotGranted, RightEnded) as error:
                refused = refused or error
            except NotOffered:
                return  # which is told of the one that is chosen
            else:
                return
        if refused:
            raise refused

    def _check(self, owner: ConnectionRow) -> None:
        self._sync.check_offers(owner, "Task", "create", "c", "refill requests")

    def submit(self, plan: RefillPlan) -> RefillRow:
        """Put the request into the outbox, and send it now if the portal can be reached; else it waits there.

        Raises Rejected when the portal refuses it, AlreadyRequested when another request was quicker.
        """
        now = int(time.time())
        item = outbox.Item(
            id=plan.request_id,
            connection=plan.connection,
            kind="refill",
            title=plan.medication,
            type="Task",
            request_id=plan.request_id,
            body=plan.fhir,
            state=outbox.State.QUEUED.value,
            created=now,
            updated=now,
            focus=f"MedicationRequest/{plan.medication_id}",
        )
        with self._vault.transaction() as tx:
            self._check_not_open(
                plan.connection, plan.medication_id, plan.medication
            )  # again: another process may have been quicker
            outbox.add(tx, item)
            what = f"refill request {item.id} for {item.focus}"
            tx.audit(Entry("write", what, *self._records.parties(item.connection)))
        try:
            self._sync.push(plan.connection)
        except RightEnded:
            raise  # it waits all the same, and goes out once the right is renewed
        except (Unreachable, VaultBusy, SignInNeeded):  # a sync that is running now, or the next one, sends it
            return self._find(plan.request_id)
        row = self._find(plan.request_id)
        if row.status == "rejected":
            raise Rejected(plan.portal, 0, (row.detail,) if row.detail else ())
        return row

    def _confirmed(self, owner: int, ours: dict[str, outbox.Item]) -> tuple[RefillRow, ...]:
        """The requests that the portal has; one of ours is known by its id, whatever the portal made of the rest."""
        found = []
        for row, body in self._records.read_all(Filter(connections=(owner,), types=("Task",))):
            item = ours.get(row.id)
            if row.kind != "refill" and item is None:
                continue
            request = refills.read(body)
            found.append(
                RefillRow(
                    id=request.id,
                    request_id=sanitize(item.request_id) if item else request.request_id,
                    medication=request.medication or sanitize(row.title),
                    medication_id=request.medication_id,
                    status=request.status,
                    detail=request.detail,
                    requested=request.requested,
                    updated=request.updated,
                    note=request.note,
                    is_waiting=False,
                )
            )
        return tuple(found)

    def _check_not_open(self, owner: int, medication_id: str, name: str) -> None:
        for request in self._of(owner, NOWHERE):
            is_open = request.is_waiting or request.status in refills.OPEN
            if is_open and request.medication_id == medication_id:
                raise AlreadyRequested(name, request.status, request.id)

    def _owner(self, number: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, number)

    def _requester(self, row: Row) -> str | None:
        wanted = Filter(types=("MedicationRequest",), connections=(row.connection,), record_id=row.id)
        _, body = next(self._records.read_all(wanted))
        requester = body.get("requester")
        reference = requester.get("reference") if isinstance(requester, dict) else None
        return reference if isinstance(reference, str) and reference.startswith("Practitioner") else None


def _is_renewal(medication: Medication) -> bool:
    spent = medication.repeats is not None and medication.repeats <= 0
    ended = medication.expires is not None and (medication.expires.epoch or time.time()) < time.time()
    return spent or ended


def _waiting(item: outbox.Item) -> RefillRow:
    return RefillRow(
        id=sanitize(item.id),
        request_id=sanitize(item.request_id),
        medication=sanitize(item.title),
        medication_id=sanitize(elements.target(item.focus)[1]),
        status=sanitize("requested" if item.state == outbox.State.CONFIRMED else item.state),
        detail=sanitize(item.reason),
        requested=from_epoch(item.created),
        updated=from_epoch(item.updated),
        note=Safe(""),
        is_waiting=item.state in outbox.WAITING,
    )

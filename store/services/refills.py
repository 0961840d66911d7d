"""Refill requests: asked for, followed, cancelled, listed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from store.errors import (
    AlreadyRequested,
    Ambiguous,
    NotFound,
    NotOffered,
    PortalError,
    Rejected,
    SignInNeeded,
    Unreachable,
    VaultBusy,
    WrongState,
)
from store.people_errors import NotGranted, RightEnded
from store.records import medications, refills
from store.records.lossless import decode, encode
from store.records.source import Source
from store.records.text import sanitize
from store.services.outbox_rows import WAYS
from store.services.refill_plans import CancelPlan, DueRow, RefillDetail, RefillPlan, RefillRow, RefillWish, left
from store.services.refill_rows import Rows
from store.services.scope import check_one, source_of
from store.services.values import Listing
from store.vault import outbox, reading
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.medications import Medication
    from store.services.medications import Medications
    from store.services.outbox import Outbox
    from store.services.records import Records
    from store.services.refill_asking import Asking
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

__all__ = ["RefillPlan", "RefillRow", "Refills"]


class Refills:
    """Refill requests, newest first."""

    def __init__(self, vault: Vault, records: Records, medications_: Medications, sync: Sync, outbox_: Outbox) -> None:
        self._vault = vault
        self._records = records
        self._medications = medications_
        self._sync = sync
        self._outbox = outbox_
        self._rows = Rows(vault, records)

    @cached_property
    def _asking(self) -> Asking:
        # Deferred: a list of refills asks for none.
        from store.services.refill_asking import Asking  # noqa: PLC0415

        return Asking(self._vault, self._records, self._sync)

    def list(self, limit: int | None = None) -> Listing[RefillRow]:
        """Every refill request, also those that the portal has not confirmed."""
        found = [row for _, row in self._every()]
        return Listing(tuple(found[:limit]), len(found))

    def unsettled(self) -> tuple[RefillRow, ...]:
        """The requests whose end is still to come, newest first."""
        now = time.time()
        return tuple(row for owner, row in self._every() if self._rows.is_open(owner, row, now))

    def due(self, days: int, today: date | None = None, limit: int | None = None) -> Listing[DueRow]:
        """Medicines that run out within so many days, or have, the first one first."""
        day = today or datetime.now(UTC).astimezone().date()
        sources = self._records.sources()
        with self._vault.reading() as connection:
            meant = self._records.scope.owners(connection)
        found = [row for owner in meant for row in self._due(owner.id, sources[owner.id], day) if row.days <= days]
        found.sort(key=lambda row: (row.days, row.medication))
        return Listing(tuple(found[:limit]), len(found))

    def open_for(self, owner: int) -> frozenset[str]:
        """The ids of a patient's medications, at one portal, of which a refill was asked for and is not settled."""
        now = time.time()
        return frozenset(str(row.medication_id) for row in self._rows.of(owner) if self._rows.is_open(owner, row, now))

    def show(self, request_id: str) -> RefillDetail:
        """One request by its id or our identifier of it, with its steps and what came of it.

        Noted in the audit trail. Raises NotFound, Ambiguous.
        """
        owner, row = self._find(request_id)
        self._records.note_read(f"{'Communication' if row.is_message else 'Task'}/{row.id or row.request_id}")
        return self._rows.shown(owner, row)

    def plan(self, name: str, note: str | None = None, wish: RefillWish | None = None) -> RefillPlan:
        """Work out the request for a medication that is on the list, without sending anything.

        Raises NotFound, Ambiguous, AlreadyRequested, NotOffered, InvalidInput.
        """
        self._check_offered()
        return self._plan(*self._medications.match(name), wish or RefillWish(note))

    def plan_each(self, names: Sequence[str], wishes: Sequence[RefillWish]) -> tuple[RefillPlan, ...]:
        """Work out a request for each of several medications; the words of one name may also stand apart.

        Raises as `plan`, and Ambiguous where they may mean one medication as well as several.
        """
        self._check_offered()
        whole = self._matched(" ".join(names)) if len(names) > 1 else None
        if whole is None:
            found = [self._medications.match(name) for name in names]
            kept = {(row.connection, row.id): index for index, (row, _) in reversed([*enumerate(found)])}
            return tuple(self._plan(*found[index], wishes[index]) for index in sorted(kept.values()))
        apart = [self._matched(name) for name in names]
        others = {row.id: item.name for row, item in filter(None, apart) if row.id != whole[0].id}
        if all(apart) and others:
            choices = (whole[1].name, *others.values())
            raise Ambiguous("current prescription", sanitize(" ".join(names)), choices)
        return (self._plan(*whole, wishes[0]),)

    def _check_offered(self) -> None:
        """Make sure that one of the sign-ins that are meant allows it, before anything is asked.

        Raises NotGranted, RightEnded.
        """
        refused: PortalError | None = None
        for owner in self._records.ids():
            try:
                self._asking.check(self._owner(owner))
            except (NotGranted, RightEnded) as error:
                refused = refused or error
            except NotOffered:
                return  # which is told of the one that is chosen
            else:
                return
        if refused:
            raise refused

    def submit(self, plan: RefillPlan) -> RefillRow:
        """Put the request into the outbox, and send it now if the portal can be reached; else it waits there.

        Raises Rejected when the portal refuses it, which keeps it in the outbox; AlreadyRequested when another
        request was quicker.
        """
        type_name, focus = "Communication" if plan.is_message else "Task", f"MedicationRequest/{plan.medication_id}"
        wanted = outbox.NewRecord(
            plan.connection, plan.request_id, "refill", plan.medication, type_name, plan.fhir, focus=focus
        )
        item = wanted.item(int(time.time()))
        with self._vault.transaction() as tx:
            # again: another process may have been quicker
            self._check_not_open(plan.connection, plan.medication_id, plan.medication)
            outbox.add(tx, item)
            what = f"refill request {item.id} for {item.focus}"
            tx.audit(Entry("write", what, *self._records.parties(item.connection)))
        try:
            self._sync.push(plan.connection)
        except RightEnded:
            raise  # it waits all the same, and goes out once the right is renewed
        except (Unreachable, VaultBusy, SignInNeeded):  # a sync that is running now, or the next one, sends it
            return self._find(plan.request_id)[1]
        row = self._find(plan.request_id)[1]
        if row.status == "rejected" and row.id == plan.request_id:
            raise Rejected(plan.portal, 0, (row.detail,) if row.detail else (), request=plan.request_id)
        return row

    def check_cancel(self, request_id: str) -> tuple[int, RefillRow]:
        """A request that can be cancelled as far as is known here, with its connection. Raises as `plan_cancel`."""
        owner_id, row = self._find(request_id)
        if row.id == row.request_id or row.is_message:
            if "cancel" not in self._ways(row):
                raise WrongState(str(row.status), "be cancelled", "a refill request")
        else:
            self._sync.check_offers_change(self._owner(owner_id), "Task")
            _check_cancellable(row)
        return owner_id, row

    def plan_cancel(self, request_id: str, reason: str) -> CancelPlan:
        """Work out the cancelling of a request: at the portal, or here while it waits to be sent.

        The portal is asked first where the request stands, if it can be reached. Raises NotFound, Ambiguous,
        WrongState, NotOffered.
        """
        owner_id, row = self.check_cancel(request_id)
        owner = self._owner(owner_id)
        fhir, base, target = b"", b"", ""
        if not (row.id == row.request_id or row.is_message):
            target = f"Task/{row.id}"
            self._refresh(owner_id, target)
            _, base = self._records.find(target)
            before = decode(base)
            row = replace(row, status=sanitize(str(before.get("status"))))
            _check_cancellable(row)
            fhir = encode(refills.cancelled(before, reason, time.time()))
        return CancelPlan(
            medication=row.medication,
            status=row.status,
            reason=sanitize(reason),
            patient_name=source_of(owner).patient,
            portal=source_of(owner).portal,
            request=row.id,
            fhir=fhir,
            base=base,
            target=target,
            item=str(row.request_id),
            connection=owner_id,
        )

    def cancel(self, plan: CancelPlan) -> RefillRow:
        """Cancel a request, as it was planned; without a connection that waits in the outbox.

        Raises WrongState, Rejected (which keeps it in the outbox), ConflictsWaiting.
        """
        if not plan.target:
            self._outbox.cancel(plan.item)
            return self._find(plan.item)[1]
        item = self._outbox.add_update(plan.connection, plan.target, plan.fhir, base=plan.base)
        self._outbox.send(str(item.id))
        return self._find(str(plan.request))[1]

    def _plan(self, row: Row, medication: Medication, wish: RefillWish) -> RefillPlan:
        owner = self._owner(row.connection)
        plan = self._asking.plan(row, medication, owner, wish)
        self._check_not_open(owner.id, row.id, medication.name)
        return plan

    def _matched(self, name: str) -> tuple[Row, Medication] | None:
        try:
            return self._medications.match(name)
        except (NotFound, Ambiguous):
            return None

    def _every(self) -> Sequence[tuple[int, RefillRow]]:
        found = [
            (owner, replace(row, portal=source.portal, patient=source.patient))
            for owner, source in self._records.sources().items()
            for row in self._rows.of(owner)
        ]
        found.sort(key=lambda pair: pair[1].requested.epoch or 0 if pair[1].requested else 0, reverse=True)
        return found

    def _find(self, request_id: str) -> tuple[int, RefillRow]:
        wanted = request_id.rpartition("/")[2]
        found = [(owner, row) for owner, row in self._every() if wanted and wanted in {row.id, row.request_id}]
        if not found:
            raise NotFound("refill request", request_id)
        check_one("refill request", request_id, (Source(row.portal, row.patient) for _, row in found))
        return found[0]

    def _due(self, owner: int, source: Source, today: date) -> Iterator[DueRow]:
        # Deferred: only what runs out is counted by it.
        from store.services import supply  # noqa: PLC0415

        asked = self.open_for(owner)
        with self._vault.reading() as connection:
            found = supply.supplied(self._vault, connection, owner)
            for row, body in supply.taken(self._vault, connection, owner):
                ends = found.until(row, body)
                if ends is None:
                    continue
                item = medications.read(body, sanitize(row.title))
                state = left(item.repeats, found.fills.get(row.id, 0), item.expires, time.time())
                yield DueRow(
                    medication=item.name,
                    medication_id=item.id,
                    until=sanitize(ends.isoformat()),
                    days=(ends - today).days,
                    repeats_left=state.repeats,
                    is_renewal=state.is_renewal,
                    is_asked=row.id in asked,
                    portal=source.portal,
                    patient=source.patient,
                )

    def _check_not_open(self, owner: int, medication_id: str, name: str) -> None:
        now = time.time()
        for request in self._rows.of(owner):
            if request.medication_id == medication_id and self._rows.is_open(owner, request, now):
                raise AlreadyRequested(name, request.status, request.id)

    def _ways(self, row: RefillRow) -> tuple[str, ...]:
        item = self._outbox.find(str(row.request_id))
        return WAYS[outbox.State(item.state)]

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)

    def _refresh(self, connection_id: int, reference: str) -> None:
        """Fetch a request anew, which may have moved on since; what the vault holds is used if this cannot."""
        from store.sync import engine  # noqa: PLC0415 - the network is loaded when it is first needed

        try:
            with self._sync.line(connection_id) as line:
                engine.refresh(self._vault, line, reference)
        except PortalError:
            return


def _check_cancellable(row: RefillRow) -> None:
    if row.status not in refills.CAN_BE_CANCELLED:
        raise WrongState(str(row.status), "be cancelled", "a refill request")

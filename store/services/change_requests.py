"""Sending changes of details, insurance and allergies in the way that a portal takes them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.errors import ConflictsWaiting, NotOffered, Rejected
from store.records import change_writes
from store.records.lossless import encode
from store.records.text import sanitize
from store.services import rights, unsent
from store.services.change_plans import ChangeOutcome, ChangePlan, Sending, Way
from store.services.identifiers import uuid7
from store.services.outbox import Called
from store.services.scope import source_of
from store.vault import outbox, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.text import Safe
    from store.records.whose import Whose
    from store.services.change_plans import FieldChange
    from store.services.outbox import Outbox
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault


class ChangeRequests:
    """What the services of details, insurance and allergies share."""

    def __init__(self, vault: Vault, records: Records, portals: Portals, sync: Sync, outbox_: Outbox) -> None:
        self._vault = vault
        self._records = records
        self._portals = portals
        self._sync = sync
        self._outbox = outbox_

    def owner(self) -> ConnectionRow:
        """The one patient at one portal that is meant. Raises Ambiguous, SignInNeeded."""
        return self._portals.choose()

    def owner_of(self, connection_id: int) -> ConnectionRow:
        """The patient and portal of a connection."""
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)

    def way_to_change(self, owner: ConnectionRow, type_name: str, what: str, *, by_request: bool = False) -> Way:
        """How a portal takes a change of a record. Raises NotOffered when it takes none in any way."""
        try:
            self._sync.check_offers_change(owner, type_name)
        except NotOffered:
            return self._other_way(owner, what, by_request=by_request)
        return Way.RECORD

    def way_to_create(self, owner: ConnectionRow, type_name: str, what: str) -> Way:
        """How a portal takes a new record. Raises NotOffered when it takes none in any way."""
        try:
            self._sync.check_offers(owner, type_name, "create", "c", what)
        except NotOffered:
            return self._other_way(owner, what, by_request=False)
        return Way.RECORD

    def offers(self, owner: ConnectionRow, type_name: str) -> bool:
        """Whether a portal takes new records of a type."""
        try:
            self._sync.check_offers(owner, type_name, "create", "c", type_name)
        except NotOffered:
            return False
        return True

    def plan(
        self,
        owner: ConnectionRow,
        action: str,
        changes: tuple[FieldChange, ...],
        sendings: tuple[Sending, ...],
        *,
        way: Way = Way.RECORD,
        kind: str = "change",
    ) -> ChangePlan:
        """Put together what would be sent."""
        return ChangePlan(
            action=sanitize(action),
            title=sanitize(action),
            kind=kind,
            way=way,
            changes=changes,
            patient_name=source_of(owner).patient,
            portal=source_of(owner).portal,
            connection=owner.id,
            sendings=sendings,
        )

    def unsent(self, type_name: str) -> list[Item]:
        """The records of a type that a portal is to make and has not confirmed, oldest first."""
        with self._vault.reading() as connection:
            return list(unsent.new_records(connection, self._records.scope.ids(connection), type_name))

    def changing(self, type_name: str) -> dict[tuple[int, str], Item]:
        """The last change of each record of a type that its portal has not confirmed, by connection and `Type/id`."""
        with self._vault.reading() as connection:
            found = unsent.changes(connection, self._records.scope.ids(connection), type_name)
            return {(item.connection, item.target): item for item in found}

    def whose(self, owner: ConnectionRow) -> Whose:
        """Into whose record is written, and who writes. Raises NotGranted where that is not known."""
        return rights.whose(self._vault, owner)

    def as_message(self, owner: ConnectionRow, action: str, changes: tuple[FieldChange, ...]) -> ChangePlan:
        """Put a change into a message to the practice, for portals that take it in no other way."""
        request_id = str(uuid7())
        body = change_writes.message(
            change_writes.NewMessage(
                request_id=request_id,
                whose=self.whose(owner),
                recipient=self._recipient(owner),
                topic=action,
                lines=tuple(_line(change.label, change.before, change.after) for change in changes),
                sent=time.time(),
            )
        )
        sending = Sending("Communication", encode(body), request_id)
        return self.plan(owner, action, changes, (sending,), way=Way.MESSAGE, kind="message")

    def submit(self, plan: ChangePlan) -> ChangeOutcome:
        """Put what was planned into the outbox, and send it now if the portal can be reached; else it waits there.

        Raises Rejected when the portal refuses it, which keeps it in the outbox; ConflictsWaiting.
        """
        names = [self._add(plan, sending) for sending in plan.sendings]
        refusal: Rejected | ConflictsWaiting | None = None
        found = []
        for name in names:
            try:
                found.append(self._outbox.send(name))
            except (Rejected, ConflictsWaiting) as error:
                refusal = refusal or error
        if refusal:
            raise refusal
        return ChangeOutcome(tuple(found))

    def _add(self, plan: ChangePlan, sending: Sending) -> str:
        if sending.target:
            row = self._outbox.add_update(
                plan.connection, sending.target, sending.fhir, base=sending.base, called=Called(title=str(plan.title))
            )
            return str(row.id)
        wanted = outbox.NewRecord(
            plan.connection,
            sending.request_id,
            plan.kind,
            plan.title,
            sending.type,
            sending.fhir,
            thread=sending.thread,
        )
        return self._outbox.add_new(wanted, plan.action).id

    def _other_way(self, owner: ConnectionRow, what: str, *, by_request: bool) -> Way:
        if by_request and self.offers(owner, "Task"):
            return Way.REQUEST
        if self.offers(owner, "Communication"):
            return Way.MESSAGE
        raise NotOffered(sanitize(owner.name), what)

    def _recipient(self, owner: ConnectionRow) -> str:
        """Whom to write to: the patient's own clinician, else the practice; nothing when neither is known."""
        wanted = Filter(connections=(owner.id,), types=("Patient",), record_id=owner.patient, limit=1)
        found = next(iter(self._records.read_all(wanted)), None)
        return change_writes.recipient(found[1]) if found else ""


def _line(label: Safe, before: Safe, after: Safe) -> str:
    if not before:
        return f"{label}: {after} (new)"
    return f"{label}: {before} -> {after}" if after else f"{label}: {before} (to be removed)"

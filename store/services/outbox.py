"""The outbox: what was asked for, where it stands, and what can be done with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import (
    ConflictsWaiting,
    InvalidInput,
    NotFound,
    Rejected,
    SignInNeeded,
    Unreachable,
    VaultBusy,
    WrongState,
)
from store.records import elements, incoming
from store.records.dates import FhirDate, from_epoch
from store.records.lossless import canonical, encode
from store.records.refills import REQUEST_ID_SYSTEM
from store.records.text import Safe, sanitize
from store.services import identifiers
from store.services.values import Listing
from store.vault import conflicts, outbox, reading, resources
from store.vault.audit import Entry
from store.vault.outbox import Item, State

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.conflicts import Conflict
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

WAYS: dict[State, tuple[str, ...]] = {
    State.DRAFT: ("retry", "edit", "cancel"),
    State.QUEUED: ("retry", "edit", "cancel"),
    State.SENDING: ("retry",),  # of a program that has ended; while another one is sending it, it is waited for
    State.UNKNOWN: ("retry", "cancel"),
    State.REJECTED: ("retry", "edit", "cancel"),
    State.CONFLICT: ("edit", "cancel"),
    State.CONFIRMED: (),
    State.CANCELLED: (),
}
"""What the patient may do with an item, by where it stands; what may have arrived is never changed."""
_PASSIVE = {"retry": "be sent again", "edit": "be changed", "cancel": "be cancelled"}
_IN_DOUBT = frozenset({State.SENDING, State.UNKNOWN})
_OVER: frozenset[str] = frozenset({State.CONFIRMED, State.CANCELLED})


@dataclass(frozen=True)
class OutboxRow:
    """One item of the outbox and where it stands.

    `interaction` is `create` or `update`, `target` the record that an update is for. `reason` is what is to be told
    of its state, the portal's own words where it refused; `result` the record that the portal made of it.
    `not_before` is when it is due, if it has to wait, and `waits_for` the item before it in its thread. `ways` are
    the commands that can be used on it, and `conflict` is the id of the decision it waits for.
    """

    id: Safe
    request_id: Safe
    portal: Safe
    patient: Safe
    kind: Safe
    title: Safe
    type: Safe
    interaction: Safe
    target: Safe
    state: Safe
    reason: Safe
    attempts: int
    created: FhirDate
    updated: FhirDate
    not_before: FhirDate | None
    result: Safe
    waits_for: Safe
    ways: tuple[Safe, ...]
    conflict: Safe

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return str(self.state) in _OVER


@dataclass(frozen=True)
class OutboxDetail:
    """One item, and the very FHIR JSON that is or was sent."""

    row: OutboxRow
    fhir: bytes


class Outbox:
    """What was asked for, newest first."""

    def __init__(self, vault: Vault, records: Records, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._sync = sync

    def list(self, *, waiting: bool = False, limit: int | None = None) -> Listing[OutboxRow]:
        """Every item, or only those that are `waiting` for the portal or for a decision."""
        rows = [row for row in self._rows() if not (waiting and row.is_over)]
        return Listing(tuple(rows[:limit]), len(rows))

    def show(self, request: str) -> OutboxDetail:
        """One item by its id, or the beginning or end of it; noted in the audit trail. Raises NotFound, Ambiguous."""
        item = self.find(request)
        self._vault.note(Entry("read", f"request {item.id}", self._records.subject(item.connection)))
        return OutboxDetail(self._row(item.id), item.body)

    def check(self, request: str, way: str) -> OutboxDetail:
        """One item that something can be done with: `retry`, `edit` or `cancel`.

        Raises NotFound, Ambiguous, WrongState.
        """
        item = self.find(request)
        if way not in WAYS[State(item.state)]:
            raise WrongState(item.state, _PASSIVE[way])
        return OutboxDetail(self._row(item.id), item.body)

    def retry(self, request: str) -> OutboxRow:
        """Send an item now; one whose answer was lost is looked up first, and then sent even if it may arrive twice.

        What cannot be sent now waits, but for one whose answer was lost: it stays as it is. Raises NotFound,
        Ambiguous, WrongState, Rejected, ConflictsWaiting; of an item whose answer was lost also Unreachable,
        SignInNeeded, VaultBusy.
        """
        item = self.find(request)
        self._require(item, "retry")
        with self._vault.transaction() as tx:
            if item.state not in _IN_DOUBT:
                outbox.move(tx, item.id, State.QUEUED)
            self._note(tx, item, "sent again")
        return self.send(item.id)

    def cancel(self, request: str) -> OutboxRow:
        """Give an item up. One whose answer was lost may have reached the portal all the same.

        Raises NotFound, Ambiguous, WrongState.
        """
        item = self.find(request)
        self._require(item, "cancel")
        reason = "the portal may have it" if item.state == State.UNKNOWN else ""
        with self._vault.transaction() as tx:
            for conflict in conflicts.of_item(tx.connection, item.id):
                self.take_theirs(tx, conflict)
            outbox.move(tx, item.id, State.CANCELLED, reason=reason)
            self._note(tx, item, "cancelled")
        return self._row(item.id)

    def check_edit(self, request: str, body: bytes) -> OutboxDetail:
        """What an item would be with another body. Raises InvalidInput when it may not be that one, and as `check`."""
        item = self.find(request)
        self._require(item, "edit")
        return OutboxDetail(self._row(item.id), encode(_checked(item, body)))

    def edit(self, request: str, body: bytes) -> OutboxRow:
        """Give an item another body and send it; a draft stays one.

        Raises InvalidInput, NotFound, Ambiguous, WrongState, Rejected, ConflictsWaiting.
        """
        item = self.find(request)
        self._require(item, "edit")
        changed = encode(_checked(item, body))
        with self._vault.transaction() as tx:
            base, version = None, ""
            for conflict in conflicts.of_item(tx.connection, item.id):
                base, version = conflict.theirs, conflict.version
                conflicts.close(tx, conflict.id, "edit")
            if item.state in {State.REJECTED, State.CONFLICT}:
                outbox.move(tx, item.id, State.QUEUED)
            outbox.rewrite(tx, item.id, changed, base=base, version=version)
            self._note(tx, item, "changed")
        return self._row(item.id) if item.state == State.DRAFT else self.send(item.id)

    def add_update(
        self, connection_id: int, target: str, changed: bytes, *, title: str = "", is_draft: bool = False
    ) -> OutboxRow:
        """Put a change of a record (`Type/id`) into the outbox: `changed` is all of it, made from what the vault holds.

        `send` sends it. Changes of one record are sent in their order. Raises NotFound, InvalidInput, NotOffered.
        """
        type_name, _, record_id = target.partition("/")
        wanted = reading.Filter(types=(type_name,), connection=connection_id, record_id=record_id, limit=1)
        with self._vault.reading() as connection:
            found = next(reading.records(self._vault, connection, wanted), None)
        if found is None:
            raise NotFound("record", target)
        row, base = found
        self._sync.check_offers_change(self._owner(connection_id), type_name)
        now, name = int(time.time()), str(identifiers.uuid7())
        item = Item(
            id=name,
            connection=connection_id,
            kind="change",
            title=title or row.title or target,
            type=type_name,
            request_id=name,
            body=changed,
            state=(State.DRAFT if is_draft else State.QUEUED).value,
            created=now,
            updated=now,
            interaction="update",
            target=target,
            version=row.version or "",
            base=base,
            thread=target,
        )
        _checked(replace(item, body=base), changed)
        with self._vault.transaction() as tx:
            outbox.add(tx, item)
            self._note(tx, item, "added")
        return self._row(name)

    def send(self, item_id: str) -> OutboxRow:
        """Push, and tell what became of an item; it waits where its portal cannot be asked now.

        Raises Rejected, ConflictsWaiting; of an item whose answer was lost also Unreachable, SignInNeeded, VaultBusy.
        """
        before = self.find(item_id)
        try:
            self._sync.push(before.connection, again=item_id if before.state in _IN_DOUBT else "")
        except (Unreachable, VaultBusy, SignInNeeded):
            if before.state in _IN_DOUBT:
                raise
        row = self._row(item_id)
        if row.state == State.REJECTED.value:
            raise Rejected(row.portal, 0, (row.reason,) if row.reason else ())
        if row.conflict:
            raise ConflictsWaiting((row.conflict,))
        return row

    def find(self, request: str) -> Item:
        """The item that is meant. Raises NotFound, Ambiguous."""
        with self._vault.reading() as connection:
            known = {item.id: item for item in outbox.items(connection)}
        return known[identifiers.find("request", request, list(known))]

    def take_theirs(self, tx: Transaction, conflict: Conflict) -> None:
        """End a conflict with the portal's version of the record."""
        record = incoming.decode(conflict.theirs)
        if record:
            resources.store(tx, conflict.connection, [record])
        conflicts.close(tx, conflict.id, "theirs")

    def _require(self, item: Item, way: str) -> None:
        self.check(item.id, way)

    def _note(self, tx: Transaction, item: Item, what: str) -> None:
        tx.audit(Entry("write", f"request {item.id} {what}", self._records.subject(item.connection)))

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return next(row for row in reading.connections(connection) if row.id == connection_id)

    def _row(self, item_id: str) -> OutboxRow:
        return next(row for row in self._rows() if row.id == item_id)

    def _rows(self) -> tuple[OutboxRow, ...]:
        with self._vault.reading() as connection:
            items = outbox.items(connection)
            owners = {row.id: row for row in reading.connections(connection)}
            open_conflicts = {conflict.item: conflict.id for conflict in conflicts.waiting(connection)}
        rows = []
        before: dict[tuple[int, str], str] = {}
        for item in items:
            place = item.connection, item.thread
            waits_for = before.get(place, "") if item.thread and item.state == State.QUEUED else ""
            row = _described(item, owners[item.connection])
            rows.append(replace(row, waits_for=sanitize(waits_for), conflict=sanitize(open_conflicts.get(item.id, ""))))
            if item.state not in {*_OVER, State.DRAFT}:
                before.setdefault(place, item.id)
        return tuple(reversed(rows))


def _described(item: Item, owner: ConnectionRow) -> OutboxRow:
    return OutboxRow(
        id=sanitize(item.id),
        request_id=sanitize(item.request_id),
        portal=sanitize(owner.name),
        patient=sanitize(owner.patient_name or owner.patient),
        kind=sanitize(item.kind),
        title=sanitize(item.title),
        type=sanitize(item.type),
        interaction=sanitize(item.interaction),
        target=sanitize(item.target),
        state=sanitize(item.state),
        reason=sanitize(item.reason),
        attempts=item.attempts,
        created=from_epoch(item.created),
        updated=from_epoch(item.updated),
        not_before=from_epoch(item.not_before) if item.not_before > time.time() else None,
        result=sanitize(item.result or ""),
        waits_for=Safe(""),
        ways=tuple(map(sanitize, WAYS[State(item.state)])),
        conflict=Safe(""),
    )


def _checked(item: Item, body: bytes) -> Json:
    """A body that may take the place of an item's own. Raises InvalidInput for any other."""
    try:
        changed, before = incoming.read_json(body), incoming.read_json(item.body)
    except ValueError as error:
        raise InvalidInput(f"that is no FHIR resource in JSON: {error}") from error
    if changed.get("resourceType") != item.type:
        raise InvalidInput(f"the resourceType has to stay {item.type}")
    if item.is_update and f"{item.type}/{changed.get('id')}" != item.target:
        raise InvalidInput(f"the id has to stay that of {item.target}")
    if not item.is_update and not _has_identifier(changed, item.request_id):
        raise InvalidInput(f"the identifier {item.request_id} has to stay, so that the portal's answer finds it")
    if canonical(changed) == canonical(before):
        raise InvalidInput("nothing was changed")
    return changed


def _has_identifier(resource: Json, value: str) -> bool:
    wanted = (REQUEST_ID_SYSTEM, value)
    return any((one.get("system"), one.get("value")) == wanted for one in elements.objects(resource.get("identifier")))

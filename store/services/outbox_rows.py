"""Items of the outbox for reading: where each stands, and what can be done with it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records.dates import FhirDate, from_epoch
from store.records.text import Safe, sanitize
from store.sync import rescheduling
from store.vault import conflicts, outbox, reading
from store.vault.outbox import Item, State

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.reading import Owner

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


def rows(connection: DbConnection, connections: tuple[int, ...]) -> tuple[OutboxRow, ...]:
    """Every item of connections, newest first."""
    items = outbox.items(connection, connections)
    owners = {row.id: row for row in reading.owners(connection)}
    open_conflicts = {conflict.item: conflict.id for conflict in conflicts.waiting(connection, connections)}
    found = []
    following = rescheduling.named(items)
    before: dict[tuple[int, str], str] = {}
    under_way: dict[tuple[int, str], str] = {}
    for item in items:
        place = item.connection, item.thread
        holds = under_way if item.id in following else before
        waits_for = holds.get(place, "") if item.thread and item.state == State.QUEUED else ""
        waits_for = "" if waits_for == item.id else waits_for
        row = _described(item, owners[item.connection])
        conflict = open_conflicts.get(item.id, "")
        found.append(replace(row, waits_for=sanitize(waits_for), conflict=sanitize(conflict)))
        if item.state not in {*_OVER, State.DRAFT}:
            named = item.focus if item.kind == outbox.PART else item.id
            before.setdefault(place, named)
            if item.state != State.REJECTED:
                under_way.setdefault(place, named)
    return tuple(reversed(found))


def _described(item: Item, owner: Owner) -> OutboxRow:
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

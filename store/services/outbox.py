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
from store.people_errors import RightEnded
from store.records import elements, incoming
from store.records.lossless import canonical, encode
from store.records.refills import REQUEST_ID_SYSTEM
from store.services import identifiers
from store.services.outbox_rows import WAYS, OutboxDetail, rows
from store.services.pending_changes import Unsent, unsent
from store.services.unsent import IN_DOUBT, is_shown
from store.services.values import Listing
from store.vault import conflicts, outbox, reading, resources
from store.vault.audit import Entry
from store.vault.outbox import Item, NewRecord, State

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.services.outbox_rows import OutboxRow
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.conflicts import Conflict
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

_PASSIVE = {"retry": "be sent again", "edit": "be changed", "cancel": "be cancelled"}


@dataclass(frozen=True)
class Called:
    """What the outbox calls a change: its kind, and a title, that of the record where it is empty."""

    kind: str = "change"
    title: str = ""


CHANGE = Called()


class Outbox:
    """What was asked for, newest first."""

    def __init__(self, vault: Vault, records: Records, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._sync = sync

    def list(self, *, waiting: bool = False, limit: int | None = None) -> Listing[OutboxRow]:
        """Every item, or only those that are `waiting` for the portal or for a decision."""
        found = [row for row in self._rows() if is_shown(row) and not (waiting and row.is_over)]
        return Listing(tuple(found[:limit]), len(found))

    def unsent(self) -> tuple[Unsent, ...]:
        """What was asked of records and is not settled, oldest first."""
        with self._vault.reading() as connection:
            return unsent(connection, self._records.scope.ids(connection))

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
            tx.check_write(item.connection)
            if item.state not in IN_DOUBT:
                outbox.move(tx, item.id, State.QUEUED)
            for part in outbox.parts(tx.connection, item):
                if part.state in {State.DRAFT, State.REJECTED}:
                    outbox.move(tx, part.id, State.QUEUED)
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
            for part in outbox.parts(tx.connection, item):
                if State.CANCELLED in outbox.MOVES[State(part.state)]:
                    outbox.move(tx, part.id, State.CANCELLED)
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
            tx.check_write(item.connection)
            base, version = None, ""
            for conflict in conflicts.of_item(tx.connection, item.id):
                base, version = conflict.theirs, conflict.version
                conflicts.close(tx, conflict.id, "edit")
            if item.state in {State.REJECTED, State.CONFLICT}:
                outbox.move(tx, item.id, State.QUEUED)
            for part in outbox.parts(tx.connection, item):
                if part.state == State.REJECTED:
                    outbox.move(tx, part.id, State.QUEUED)
            outbox.rewrite(tx, item.id, changed, base=base, version=version)
            self._note(tx, item, "changed")
        return self._row(item.id) if item.state == State.DRAFT else self.send(item.id)

    def add_new(self, wanted: NewRecord, action: str) -> Item:
        """Put a record that is to be made into the outbox, and note in the audit trail what it is for.

        `send` sends it. Raises what `check_write` of a transaction does.
        """
        item = wanted.item(int(time.time()))
        with self._vault.transaction() as tx:
            outbox.add(tx, item)
            tx.audit(Entry("write", f"request {item.id}: {action}", *self._records.parties(item.connection)))
        return item

    def add_update(
        self,
        connection_id: int,
        target: str,
        changed: bytes,
        *,
        base: bytes | None = None,
        is_draft: bool = False,
        called: Called = CHANGE,
    ) -> OutboxRow:
        """Put a change of a record (`Type/id`) into the outbox: `changed` is all of it, as it shall be.

        `base` is what it was made from; without it, what the vault holds now. `send` sends it. Changes of one record
        are sent in their order. Raises NotFound, InvalidInput, NotOffered.
        """
        type_name, _, record_id = target.partition("/")
        wanted = reading.Filter(types=(type_name,), connections=(connection_id,), record_id=record_id, limit=1)
        with self._vault.reading() as connection:
            found = next(reading.records(self._vault, connection, wanted), None)
        if found is None:
            raise NotFound("record", target)
        row, held = found
        self._sync.check_offers_change(self._owner(connection_id), type_name)
        made_from = held if base is None else base
        now, name = int(time.time()), str(identifiers.uuid7())
        item = Item(
            id=name,
            connection=connection_id,
            kind=called.kind,
            title=called.title or row.title or target,
            type=type_name,
            request_id=name,
            body=changed,
            state=(State.DRAFT if is_draft else State.QUEUED).value,
            created=now,
            updated=now,
            interaction="update",
            target=target,
            version=_version(made_from),
            base=made_from,
            thread=target,
        )
        _checked(replace(item, body=made_from), changed)
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
            self._sync.push(before.connection, again=item_id if before.state in IN_DOUBT else "")
        except RightEnded:
            raise  # it waits all the same, and goes out once the right is renewed
        except (Unreachable, VaultBusy, SignInNeeded):
            if before.state in IN_DOUBT:
                raise
        row = self._row(item_id)
        if row.state == State.REJECTED.value:
            raise Rejected(row.portal, 0, (row.reason,) if row.reason else (), request=str(row.id))
        if row.conflict:
            raise ConflictsWaiting((row.conflict,))
        return row

    def find(self, request: str) -> Item:
        """The item that is meant. Raises NotFound, Ambiguous."""
        with self._vault.reading() as connection:
            known = {item.id: item for item in outbox.items(connection, self._records.scope.ids(connection))}
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
        tx.audit(Entry("write", f"request {item.id} {what}", *self._records.parties(item.connection)))

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)

    def _rows(self) -> tuple[OutboxRow, ...]:
        with self._vault.reading() as connection:
            return rows(connection, self._records.scope.ids(connection))

    def _row(self, item_id: str) -> OutboxRow:
        return next(row for row in self._rows() if row.id == item_id)


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


def _version(body: bytes) -> str:
    """The version that a record says it is, or nothing."""
    try:
        version = elements.first(incoming.read_json(body).get("meta")).get("versionId")
    except ValueError:
        return ""
    return version if isinstance(version, str) else ""


def _has_identifier(resource: Json, value: str) -> bool:
    wanted = (REQUEST_ID_SYSTEM, value)
    return any((one.get("system"), one.get("value")) == wanted for one in elements.objects(resource.get("identifier")))

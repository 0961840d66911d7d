"""Conflicts: what the patient changed and the portal changed, too, side by side, and the decision between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from store.errors import InvalidInput, NotFound
from store.records import incoming
from store.records.dates import FhirDate, from_epoch
from store.records.details import in_words, label
from store.records.lossless import decode, encode
from store.records.text import Safe, one_line, sanitize
from store.services import identifiers
from store.services.values import Listing
from store.sync.conflicts import merge
from store.sync.merge import MISSING, mine_first, same
from store.vault import conflicts, outbox
from store.vault.audit import Entry
from store.vault.outbox import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.outbox import Outbox
    from store.services.outbox_rows import OutboxRow
    from store.services.records import Records
    from store.sync.merge import Change, Decide, Merged
    from store.vault.conflicts import Conflict
    from store.vault.reading import Owner
    from store.vault.vault import Vault


_REACHES = {"phone": "Phone", "sms": "Text messages to", "email": "E-mail", "fax": "Fax", "url": "Web page"}


class Choice(StrEnum):
    """How a conflict is decided: my changes win where both touch, the portal's version stays, or neither as it is."""

    MINE = "mine"
    THEIRS = "theirs"
    EDIT = "edit"


@dataclass(frozen=True)
class Decision:
    """What becomes of one place of a record; with EDIT it is `written`: words, or else JSON; nothing removes it."""

    choice: Choice
    written: str = ""


@dataclass(frozen=True)
class ConflictRow:
    """One conflict: the record it is about, the request that waits for it, and what both sides changed."""

    id: Safe
    request: Safe
    target: Safe
    title: Safe
    portal: Safe
    patient: Safe
    created: FhirDate
    overlaps: tuple[Safe, ...]


@dataclass(frozen=True)
class Difference:
    """One place of the record, in words: as it was, as the patient wants it, as the portal has it.

    `is_overlap` is True where both changed it, and one of them has to give way.
    """

    path: Safe
    base: Safe
    mine: Safe
    theirs: Safe
    is_overlap: bool


@dataclass(frozen=True)
class ConflictDetail:
    """One conflict place by place; `proposed` is the FHIR JSON with both sides' changes, mine where they overlap.

    For each difference `is_mine` tells whose value that has, and `written` what one begins with who writes another.
    """

    row: ConflictRow
    differences: tuple[Difference, ...]
    proposed: bytes
    is_mine: tuple[bool, ...]
    written: tuple[Safe, ...]


class Conflicts:
    """The conflicts that wait for a decision, oldest first."""

    def __init__(self, vault: Vault, records: Records, requests: Outbox) -> None:
        self._vault = vault
        self._records = records
        self._outbox = requests

    def list(self, limit: int | None = None) -> Listing[ConflictRow]:
        """Every conflict that waits."""
        with self._vault.reading() as connection:
            owners = {owner.id: owner for owner in self._records.scope.owners(connection)}
            found = conflicts.waiting(connection, tuple(owners))
            titles = {item.id: item.title for item in outbox.items(connection, tuple(owners))}
        rows = [_row(conflict, owners[conflict.connection], titles[conflict.item]) for conflict in found]
        return Listing(tuple(rows[:limit]), len(rows))

    def show(self, conflict: str) -> ConflictDetail:
        """One conflict by its id or that of its request; noted in the audit trail. Raises NotFound, Ambiguous."""
        found = self._find(conflict)
        self._vault.note(Entry("read", f"conflict about {found.target}", self._records.subject(found.connection)))
        merged = _merged(found)
        row = next(row for row in self.list().items if row.id == found.id)
        return ConflictDetail(
            row,
            tuple(map(_difference, merged.changes)),
            encode(merged.value),
            tuple(change.is_mine for change in merged.changes),
            tuple(map(_written, merged.changes)),
        )

    def resolve(self, conflict: str, choice: Choice, body: bytes | None = None) -> OutboxRow:
        """Decide a conflict, and send what is to be sent: with EDIT, `body` is the record as it shall be.

        Raises NotFound, Ambiguous, InvalidInput, Rejected, ConflictsWaiting when the record has changed yet again.
        """
        found = self._find(conflict)
        if choice is Choice.THEIRS:
            return self._outbox.cancel(found.item)
        if choice is Choice.EDIT:
            if body is None:
                raise InvalidInput("there is no record to take the place of the two")
            return self._outbox.edit(found.item, body)
        with self._vault.transaction() as tx:
            tx.check_write(found.connection)
            conflicts.close(tx, found.id, choice.value)
            outbox.move(tx, found.item, State.QUEUED)
            mine = encode(_merged(found).value)
            outbox.rewrite(tx, found.item, mine, base=found.theirs, version=found.version)
            what = f"conflict about {found.target} decided for the patient's version"
            tx.audit(Entry("write", what, *self._records.parties(found.connection)))
        return self._outbox.send(found.item)

    def decided(self, conflict: str, decisions: Sequence[Decision]) -> tuple[Choice, bytes]:
        """What comes of deciding place by place, in the order of the differences: for `resolve`, which decides it.

        Raises NotFound, Ambiguous, InvalidInput for what cannot be understood.
        """
        found = self._find(conflict)
        if len(decisions) != len(_merged(found).changes):
            raise InvalidInput("the record has changed yet again: look at both sides anew")
        left = iter(decisions)
        value = _merged(found, lambda change: _decided(change, next(left))).value
        if same(value, _merged(found).value):
            return Choice.MINE, encode(value)
        if same(value, incoming.read_json(found.theirs)):
            return Choice.THEIRS, encode(value)
        return Choice.EDIT, encode(value)

    def _find(self, typed: str) -> Conflict:
        with self._vault.reading() as connection:
            known = conflicts.waiting(connection, self._records.scope.ids(connection))
        by_name = {name: one for one in known for name in (one.item, one.id)}
        try:
            return by_name[identifiers.find("conflict", typed, list(by_name))]
        except NotFound:
            of_record = [one for one in known if one.target == typed]
            if len(of_record) != 1:
                raise
            return of_record[0]


def _merged(conflict: Conflict, decide: Decide = mine_first) -> Merged:
    base, mine, theirs = (incoming.read_json(body) for body in (conflict.base, conflict.mine, conflict.theirs))
    return merge(base, mine, theirs, decide)


def _decided(change: Change, decision: Decision) -> Any:
    """The value that was decided for."""
    match decision.choice:
        case Choice.MINE:
            return change.mine
        case Choice.THEIRS:
            return change.theirs
        case Choice.EDIT:
            return _read(change, decision.written.strip())


def _read(change: Change, written: str) -> Any:
    """What was written in place of two values: text where these are text, else JSON; MISSING where it is nothing."""
    if not written:
        return MISSING
    if _is_text(change):
        return written
    try:
        return decode(b'{"value":' + written.encode() + b"}")["value"]
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InvalidInput(f"what is written for {_place(change.path)} cannot be understood as JSON") from error


def _written(change: Change) -> Safe:
    value = change.theirs if change.mine is MISSING else change.mine
    if isinstance(value, str):
        return sanitize(value)
    return Safe("") if value is MISSING else sanitize(encode(value).decode())


def _is_text(change: Change) -> bool:
    """Whether what is here is text, on every side that has anything."""
    return all(isinstance(side, str) for side in (change.base, change.mine, change.theirs) if side is not MISSING)


def _row(conflict: Conflict, owner: Owner, title: str) -> ConflictRow:
    return ConflictRow(
        id=sanitize(conflict.id),
        request=sanitize(conflict.item),
        target=sanitize(conflict.target),
        title=sanitize(title),
        portal=sanitize(owner.name),
        patient=sanitize(owner.patient_name or owner.patient),
        created=from_epoch(conflict.created),
        overlaps=tuple(_place(change.path) for change in _merged(conflict).overlaps),
    )


def _difference(change: Change) -> Difference:
    return Difference(
        path=_place(change.path),
        base=_words(change.base),
        mine=_words(change.mine),
        theirs=_words(change.theirs),
        is_overlap=change.is_overlap,
    )


def _place(path: tuple[str, ...]) -> Safe:
    """Where in the record, in words: `Phone +1 802 555 0100`, `Address, city`."""
    first, *rest = path
    if first == "telecom" and rest and "|" in rest[0]:  # what sort of number it is says more than that it is one
        system, _, value = rest[0].partition("|")
        return Safe(", ".join([f"{_REACHES.get(system) or label(system)} {one_line(value)}", *map(_inside, rest[1:])]))
    return Safe(", ".join([label(first), *map(_inside, rest)]))


def _inside(name: str) -> str:
    word = label(name) if name.isalpha() else _item(name)
    return word[:1].lower() + word[1:]


def _item(name: str) -> Safe:
    """What tells an item of a list apart, in words: a part of it, or all that it says."""
    return _words(decode(name.encode())) if name.startswith("{") else one_line(name)


def _words(value: Any) -> Safe:
    """A value of any shape on one line; a side that has nothing there says so."""
    if value is MISSING:
        return Safe("(nothing)")
    if isinstance(value, list):
        return Safe("; ".join(map(_words, value)))
    if found := in_words(value):
        return found
    if isinstance(value, dict):
        return Safe(", ".join(f"{label(name).lower()}: {_words(inside)}" for name, inside in value.items()))
    return Safe("")

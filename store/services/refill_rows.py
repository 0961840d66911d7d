"""Refill requests for reading: those of the portal, those that wait here, and those that went as messages."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from store.records import elements, medications, refills
from store.records.dates import from_epoch, parse
from store.records.text import EMPTY, Safe, one_line, sanitize
from store.services.refill_plans import Made, RefillDetail, RefillRow, Step
from store.vault import outbox, refill_steps
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json
    from store.services.records import Records
    from store.vault.outbox import Item
    from store.vault.vault import Vault

_OVER = frozenset({outbox.State.CONFIRMED, outbox.State.CANCELLED})
_WORDS = {"MedicationRequest": "prescription", "MedicationDispense": "dispense"}
_ASKED_DAYS = 7  # for which a request that went as a message counts as open, unless the medicine was supplied since
_DAY = 86_400


class Rows:
    """The requests of one patient at one portal."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def of(self, owner: int) -> tuple[RefillRow, ...]:
        """Every request, those that the portal has first."""
        with self._vault.reading() as connection:
            every = outbox.items(connection, (owner,))
        items = [item for item in every if item.kind == "refill"]
        changes = {item.target: item.state for item in every if item.is_update and item.state not in _OVER}
        ours = {item.result or "": item for item in items if item.result}
        found = [*self._confirmed(owner, ours, changes)]
        known = {row.request_id for row in found}
        return (*found, *(_waiting(item) for item in items if item.request_id not in known))

    def shown(self, owner: int, row: RefillRow) -> RefillDetail:
        """A request with its steps and what came of it."""
        with self._vault.reading() as connection:
            steps = refill_steps.read(connection, owner, row.id)
        told = tuple(Step(sanitize(one.status), parse(one.at), sanitize(one.detail)) for one in steps)
        wanted = Filter(types=("Task",), connections=(owner,), record_id=row.id, limit=1)
        task = next((body for _, body in self._records.read_all(wanted)), None)
        outputs = refills.read(task).outputs if task else ()
        facts = {field.name: getattr(row, field.name) for field in fields(row)}
        return RefillDetail(**facts, steps=told or _steps(row), made=tuple(self._made(owner, one) for one in outputs))

    def is_open(self, owner: int, row: RefillRow, now: float) -> bool:
        """Whether a request is not settled yet."""
        if row.is_waiting or row.status in refills.OPEN:
            return True
        if not row.is_message or row.status != "sent" or row.requested is None:
            return False
        since = row.requested.epoch or 0
        return now - since < _ASKED_DAYS * _DAY and not self._was_supplied(owner, row.medication_id, since)

    def _was_supplied(self, owner: int, order: str, since: float) -> bool:
        wanted = Filter(kinds=("dispense",), connections=(owner,), standing=True)
        for _, body in self._records.read_all(wanted):
            date = medications.read(body).started
            named = elements.reference(elements.first(body.get("authorizingPrescription")))
            if date and date.epoch and date.epoch >= since and elements.target(named)[1] == order:
                return True
        return False

    def _confirmed(self, owner: int, ours: dict[str, Item], changes: dict[str, str]) -> Iterator[RefillRow]:
        """The requests that the portal has; one of ours is known by its id, whatever the portal made of the rest."""
        for row, body in self._records.read_all(Filter(connections=(owner,), types=("Task",))):
            item = ours.get(f"Task/{row.id}")
            if row.kind != "refill" and item is None:
                continue
            request = refills.read(body)
            yield RefillRow(
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
                is_renewal=request.is_renewal,
                pharmacy=request.pharmacy,
                remaining=request.remaining,
                change=sanitize(changes.get(f"Task/{row.id}", "")),
            )

    def _made(self, owner: int, reference: str) -> Made:
        """What an output of a request points at, by its own words where the vault has it."""
        kind, record_id = elements.target(reference)
        wanted = Filter(types=(kind,), connections=(owner,), record_id=record_id, limit=1) if kind else None
        found = next(iter(self._records.read_all(wanted)), None) if wanted else None
        what = sanitize(_WORDS.get(kind, kind.lower() or "record"))
        shown = one_line(f"{kind}/{record_id}" if kind else reference)
        if found is None:
            return Made(what, shown, EMPTY)
        row, body = found
        return Made(what, shown, _title(body, sanitize(row.title)), parse(row.date_text))


def _title(body: Json, title: Safe) -> Safe:
    """A prescription or dispense in words: the medicine, how much, and how often it may be had again."""
    found = medications.read(body, title)
    amount = found.quantity or elements.quantity(body.get("quantity"))
    repeats = f"{elements.plain(found.repeats)} refills" if found.repeats is not None else ""
    return Safe(", ".join(filter(None, (found.name, amount, repeats))))


def _steps(row: RefillRow) -> tuple[Step, ...]:
    """What is known of the steps of a request by itself: when it was asked for, and where it stands."""
    if row.requested == row.updated or row.status == "requested":
        return (Step(row.status, row.requested, row.detail),)
    return (Step(Safe("requested"), row.requested), Step(row.status, row.updated, row.detail))


def _waiting(item: Item) -> RefillRow:
    is_message, is_confirmed = item.type == "Communication", item.state == outbox.State.CONFIRMED
    status = item.state if not is_confirmed else "sent" if is_message else "requested"
    detail = "as a message; the answer comes under messages" if is_message and is_confirmed else item.reason
    return RefillRow(
        id=sanitize(item.id),
        request_id=sanitize(item.request_id),
        medication=sanitize(item.title),
        medication_id=sanitize(elements.target(item.focus)[1]),
        status=sanitize(status),
        detail=sanitize(detail),
        requested=from_epoch(item.created),
        updated=from_epoch(item.updated),
        note=Safe(""),
        is_waiting=item.state in outbox.WAITING,
        is_message=is_message,
    )

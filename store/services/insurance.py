"""Insurance: listed, told of with pictures of the card, and ended."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotOffered, WrongState
from store.records import card_photos, coverages
from store.records.dates import from_epoch
from store.records.lossless import decode, encode
from store.records.text import EMPTY, Safe, one_line, sanitize
from store.services.change_plans import ChangeOutcome, ChangePlan, FieldChange, Sending, Way
from store.services.identifiers import uuid7
from store.services.values import Listing
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.records.coverages import Insurance, NewInsurance
    from store.services.change_requests import ChangeRequests
    from store.services.records import Records
    from store.vault.reading import ConnectionRow

_NEW, _CHANGES, _CARDS = "new insurance", "changes of an insurance", "pictures of insurance cards"


class Insurances:
    """The insurance of each patient that is meant, that which is current first."""

    def __init__(self, records: Records, changes: ChangeRequests) -> None:
        self._records = records
        self._changes = changes

    def list(self, *, every: bool = False, limit: int | None = None) -> Listing[Insurance]:
        """What is current, or with `every` also what is over."""
        sources = self._records.sources()
        changing = self._changes.changing("Coverage")
        found = []
        for row, body in self._records.read_all(Filter(types=("Coverage",))):
            change = changing.get((row.connection, f"Coverage/{row.id}"))
            one = coverages.read(body, sources[row.connection])
            found.append(replace(one, change=sanitize(change.state)) if change else one)
        kept = [one for one in found if every or one.status in coverages.CURRENT]
        kept.sort(key=lambda one: one.status not in coverages.CURRENT)
        kept = [*self._waiting(), *kept]
        return Listing(tuple(kept[:limit]), len(kept))

    def show(self, insurance_id: str) -> Insurance:
        """One insurance; noted in the audit trail. Raises NotFound, Ambiguous."""
        if waiting := next((one for one in self._waiting() if one.id == insurance_id), None):
            self._records.note_read(f"request {insurance_id}")
            return waiting
        row, body = self._records.open(insurance_id, ("Coverage",))
        change = self._changes.changing("Coverage").get((row.connection, f"Coverage/{row.id}"))
        found = coverages.read(decode(body), self._records.sources()[row.connection])
        return replace(found, change=sanitize(change.state)) if change else found

    def check(self, *, has_card: bool = False) -> Way:
        """How the portal takes a new insurance. Raises NotOffered, Ambiguous, SignInNeeded."""
        return self._way(self._changes.owner(), has_card=has_card)

    def add(self, wanted: NewInsurance, front: Path | None = None, back: Path | None = None) -> ChangePlan:
        """Plan to tell of an insurance, with pictures of its card if there are any.

        Raises NotOffered, Ambiguous, SignInNeeded, InvalidInput.
        """
        owner = self._changes.owner()
        way = self._way(owner, has_card=bool(front or back))
        sides = (("front", front), ("back", back))
        photos = tuple(card_photos.read(side, path) for side, path in sides if path)
        if not wanted.payer.strip() or not wanted.member.strip():
            raise InvalidInput("an insurance needs who pays and the member's number")
        if wanted.start:
            wanted = replace(wanted, start=_check_day(wanted.start))
        patient, name = f"Patient/{owner.patient}", str(uuid7())
        coverage = coverages.build(wanted, patient, name)
        pictures = (
            FieldChange(Safe(f"{photo.side.capitalize()} of the card"), EMPTY, card_photos.described(photo))
            for photo in photos
        )
        changes = (*_told(coverages.read(coverage)), *pictures)
        if way is Way.MESSAGE:
            return self._changes.as_message(owner, "Add an insurance", changes)
        sendings = (Sending("Coverage", encode(coverage), name), *self._card(owner, photos))
        return self._changes.plan(owner, "Add an insurance", changes, sendings, kind="insurance")

    def end(self, insurance_id: str, day: str) -> ChangePlan:
        """Plan to say that an insurance is over since a day.

        Raises NotOffered, NotFound, Ambiguous, WrongState, InvalidInput.
        """
        row, body = self._records.find(insurance_id, ("Coverage",))
        owner = self._changes.owner_of(row.connection)
        way = self._changes.way_to_change(owner, "Coverage", _CHANGES)
        before = decode(body)
        status = str(before.get("status"))
        if status not in coverages.CURRENT:
            raise WrongState(str(sanitize(status)), "be ended", "an insurance")
        after = coverages.ended(before, _check_day(day))
        was, then = coverages.read(before), coverages.read(after)
        if then.start and then.end and str(then.end.text)[:10] < str(then.start.text)[:10]:
            raise InvalidInput(f"an insurance does not end before it begins, on {then.start.text}")
        changes = (
            FieldChange(Safe("Insurance"), was.payer, was.payer),
            FieldChange(Safe("Status"), was.status, then.status),
            FieldChange(Safe("Until"), _day(was.end), _day(then.end)),
        )
        if way is Way.MESSAGE:
            return self._changes.as_message(owner, f"End the insurance {was.payer} {was.member}", changes)
        sending = Sending("Coverage", encode(after), "", target=f"Coverage/{row.id}", base=body)
        return self._changes.plan(owner, "End an insurance", changes, (sending,))

    def _waiting(self) -> Iterator[Insurance]:
        """Those that the portal is to be told of, their status that of the outbox."""
        sources = self._records.sources()
        for item in self._changes.unsent("Coverage"):
            found = coverages.read(decode(item.body), sources[item.connection])
            yield replace(found, id=sanitize(item.id), status=sanitize(item.state))

    def submit(self, plan: ChangePlan) -> ChangeOutcome:
        """Send what was planned, or keep it until it can be sent. Raises Rejected, ConflictsWaiting."""
        return self._changes.submit(plan)

    def _way(self, owner: ConnectionRow, *, has_card: bool) -> Way:
        way = self._changes.way_to_create(owner, "Coverage", _NEW)
        if has_card and (way is Way.MESSAGE or not self._changes.offers(owner, "DocumentReference")):
            raise NotOffered(sanitize(owner.name), _CARDS)
        return way

    def _card(self, owner: ConnectionRow, photos: tuple[coverages.Photo, ...]) -> tuple[Sending, ...]:
        """The pictures, each as a file of its own where the portal takes such, and the document that they make up."""
        if not photos:
            return ()
        patient, thread, now = f"Patient/{owner.patient}", str(uuid7()), str(from_epoch(time.time()).text)
        *names, last = sorted(str(uuid7()) for _ in range(len(photos) + 1))  # in which order they are sent
        files: list[Sending] = []
        if self._changes.offers(owner, "Binary"):
            files = [
                Sending("Binary", encode(coverages.picture(photo, patient)), name, thread=thread)
                for photo, name in zip(photos, names, strict=True)
            ]
        urls = [f"{coverages.LATER}{file.request_id}" for file in files] or [""] * len(photos)
        document = coverages.card(tuple(zip(photos, urls, strict=True)), self._changes.whose(owner), last, now)
        return (*files, Sending("DocumentReference", encode(document), last, thread=thread))


def _told(found: Insurance) -> tuple[FieldChange, ...]:
    facts = (
        ("Insurer", found.payer),
        ("Member number", found.member),
        ("Plan", found.plan),
        ("Group", found.group),
        ("From", _day(found.start)),
    )
    return tuple(FieldChange(Safe(label), EMPTY, value) for label, value in facts if value)


def _day(found: object) -> Safe:
    return one_line(str(getattr(found, "text", "") or ""))


def _check_day(typed: str) -> str:
    try:
        return date.fromisoformat(typed.strip()).isoformat()
    except ValueError as error:
        raise InvalidInput(f"`{one_line(typed)}` is no day such as 2026-12-31") from error

"""Allergies: listed, and told of by the patient where the portal takes it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import InvalidInput, WrongState
from store.records import allergies
from store.records.dates import from_epoch
from store.records.lossless import decode, encode
from store.records.text import EMPTY, Safe, sanitize
from store.services.change_plans import ChangeOutcome, ChangePlan, FieldChange, Sending, Way
from store.services.identifiers import uuid7
from store.services.values import Listing
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.allergies import Allergy, NewAllergy
    from store.services.change_requests import ChangeRequests
    from store.services.records import Records

_NEW, _CHANGES = "allergies that patients tell of", "changes of an allergy"


class Allergies:
    """The allergies of each patient that is meant."""

    def __init__(self, records: Records, changes: ChangeRequests) -> None:
        self._records = records
        self._changes = changes

    def list(self, *, every: bool = False, limit: int | None = None) -> Listing[Allergy]:
        """Those that the patient has, or with `every` also those that are over or were entered in error."""
        sources = self._records.sources()
        changing = self._changes.changing("AllergyIntolerance")
        found = []
        for row, body in self._records.read_all(Filter(types=("AllergyIntolerance",))):
            change = changing.get((row.connection, f"AllergyIntolerance/{row.id}"))
            one = allergies.read(body, sources[row.connection])
            found.append(replace(one, change=sanitize(change.state)) if change else one)
        kept = [
            one for one in found if every or not (one.status in allergies.OVER or one.standing == "entered-in-error")
        ]
        kept = [*self._waiting(), *kept]
        return Listing(tuple(kept[:limit]), len(kept))

    def show(self, allergy_id: str) -> Allergy:
        """One allergy; noted in the audit trail. Raises NotFound, Ambiguous."""
        if waiting := next((one for one in self._waiting() if one.id == allergy_id), None):
            self._records.note_read(f"request {allergy_id}")
            return waiting
        row, body = self._records.open(allergy_id, ("AllergyIntolerance",))
        change = self._changes.changing("AllergyIntolerance").get((row.connection, f"AllergyIntolerance/{row.id}"))
        found = allergies.read(decode(body), self._records.sources()[row.connection])
        return replace(found, change=sanitize(change.state)) if change else found

    def check(self) -> Way:
        """How the portal takes an allergy. Raises NotOffered, Ambiguous, SignInNeeded."""
        return self._changes.way_to_create(self._changes.owner(), "AllergyIntolerance", _NEW)

    def add(self, wanted: NewAllergy) -> ChangePlan:
        """Plan to tell of an allergy. Raises NotOffered, Ambiguous, SignInNeeded, InvalidInput."""
        owner = self._changes.owner()
        way = self._changes.way_to_create(owner, "AllergyIntolerance", _NEW)
        if not wanted.substance.strip():
            raise InvalidInput("say what the allergy is to")
        if wanted.severity and not wanted.reaction:
            raise InvalidInput("a severity is that of a reaction: say what happens with `--reaction`")
        name, now = str(uuid7()), str(from_epoch(time.time()).text)
        body = allergies.build(wanted, self._changes.whose(owner), name, now)
        read = allergies.read(body)
        facts = (
            ("Allergy", read.substance),
            ("Category", read.category),
            ("Reaction", read.reaction),
            ("Severity", read.severity),
            ("Note", Safe(" ".join(wanted.note.split()))),
        )
        changes = tuple(FieldChange(Safe(label), EMPTY, value) for label, value in facts if value)
        if way is Way.MESSAGE:
            return self._changes.as_message(owner, "Add an allergy", changes)
        sending = Sending("AllergyIntolerance", encode(body), name)
        return self._changes.plan(owner, "Add an allergy", changes, (sending,), kind="allergy")

    def end(self, allergy_id: str, *, was_wrong: bool) -> ChangePlan:
        """Plan to say that an allergy is over, or with `was_wrong` that it was told of in error.

        Raises NotOffered, NotFound, Ambiguous, WrongState.
        """
        row, body = self._records.find(allergy_id, ("AllergyIntolerance",))
        owner = self._changes.owner_of(row.connection)
        way = self._changes.way_to_change(owner, "AllergyIntolerance", _CHANGES)
        before = decode(body)
        was = allergies.read(before)
        if way is Way.RECORD and not was.is_own:
            raise WrongState("the practice's own", "be changed by you: ask the practice", "an allergy")
        after = allergies.withdrawn(before) if was_wrong else allergies.resolved(before)
        then = allergies.read(after)
        changes = (
            FieldChange(Safe("Allergy"), was.substance, was.substance),
            FieldChange(Safe("Status"), was.status or was.standing, then.status or then.standing),
        )
        if way is Way.MESSAGE:
            return self._changes.as_message(owner, f"Change the allergy {was.substance}", changes)
        sending = Sending("AllergyIntolerance", encode(after), "", target=f"AllergyIntolerance/{row.id}", base=body)
        return self._changes.plan(owner, "Change an allergy", changes, (sending,))

    def _waiting(self) -> Iterator[Allergy]:
        """Those that the portal is to be told of, their status that of the outbox."""
        sources = self._records.sources()
        for item in self._changes.unsent("AllergyIntolerance"):
            found = allergies.read(decode(item.body), sources[item.connection])
            yield replace(found, id=sanitize(item.id), status=sanitize(item.state))

    def submit(self, plan: ChangePlan) -> ChangeOutcome:
        """Send what was planned, or keep it until it can be sent. Raises Rejected, ConflictsWaiting."""
        return self._changes.submit(plan)

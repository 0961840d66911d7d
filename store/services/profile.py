"""A patient's own details: shown, and changed in the way that the portal takes it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound
from store.records import change_writes, details, elements, profile_writes, profiles, refills
from store.records.dates import from_epoch
from store.records.lossless import decode, encode
from store.records.text import EMPTY, Safe, sanitize
from store.services.change_plans import ChangeOutcome, ChangePlan, FieldChange, Sending, Way
from store.services.identifiers import uuid7
from store.services.values import Listing
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.dates import FhirDate
    from store.records.elements import Json
    from store.records.profile_writes import Detail, Edit
    from store.records.profiles import Profile
    from store.records.source import Source
    from store.services.change_requests import ChangeRequests
    from store.services.records import Records
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

_WHAT = "changes of your details"
_TITLE = Safe("Change my details")
_KIND = "change"  # of a request in the outbox for a change


@dataclass(frozen=True)
class ChangeRequest:
    """A change that the practice was asked for, and where it stands; `detail` is the practice's own word on it.

    `changes` is what it would change of the details as they are now.
    """

    id: Safe
    title: Safe
    status: Safe
    detail: Safe
    requested: FhirDate | None
    changes: tuple[FieldChange, ...]
    portal: Safe = EMPTY
    patient: Safe = EMPTY


class Profiles:
    """The details of each patient that is meant."""

    def __init__(self, vault: Vault, records: Records, changes: ChangeRequests) -> None:
        self._vault = vault
        self._records = records
        self._changes = changes

    def show(self) -> tuple[Profile, ...]:
        """The details of every patient that is meant; noted in the audit trail. Raises NotFound when there are none."""
        sources = self._records.sources()
        found = []
        for row, body in list(self._records.read_all(Filter(types=("Patient",)))):
            owner = self._changes.owner_of(row.connection)
            if row.id == owner.patient:
                found.append(profiles.read(body, sources[row.connection]))
                self._records.note_read(f"Patient/{row.id}", row)
        if not found:
            raise NotFound("record", "Patient")
        return tuple(found)

    def requests(self) -> Listing[ChangeRequest]:
        """The changes that practices were asked for, newest first; before them those that wait to be sent."""
        sources = self._records.sources()
        wanted = Filter(types=("Task",), kinds=(refills.CHANGE,))
        every = list(self._records.read_all(wanted))
        held = {number: self._details_of(number) for number in {row.connection for row, _ in every}}
        rows = [_request(row, body, sources[row.connection], held[row.connection]) for row, body in every]
        rows = [*(self._waiting(item) for item in self._unsent()), *rows]
        return Listing(tuple(rows), len(rows))

    def _unsent(self) -> Iterator[Item]:
        """Changes of the details that the portal has not confirmed, in whichever way they go, newest first."""
        asked = [item for item in self._changes.unsent("Task") if item.kind == _KIND]
        made = self._changes.changing("Patient").values()
        return iter(sorted((*asked, *made), key=lambda item: item.created, reverse=True))

    def _waiting(self, item: Item) -> ChangeRequest:
        body, source = decode(item.body), self._records.sources()[item.connection]
        held = decode(item.base) if item.is_update else self._details_of(item.connection)
        return ChangeRequest(
            id=sanitize(item.id),
            title=_TITLE,
            status=sanitize(item.state),
            detail=sanitize(item.reason),
            requested=from_epoch(item.created),
            changes=differences(held, body if item.is_update else {**held, **profile_writes.wanted(body)}),
            portal=source.portal,
            patient=source.patient,
        )

    def check(self) -> Way:
        """How the portal takes changes of details. Raises NotOffered, Ambiguous, SignInNeeded."""
        return self._changes.way_to_change(self._changes.owner(), "Patient", _WHAT, by_request=True)

    def current(self) -> tuple[Detail, ...]:
        """Each detail of the one patient that is meant, to be changed. Raises Ambiguous, SignInNeeded, NotFound."""
        return tuple(profile_writes.current(decode(self._held(self._changes.owner()))))

    def plan(self, edits: Sequence[Edit]) -> ChangePlan:
        """Plan changes of the details of the one patient that is meant.

        Raises NotOffered, Ambiguous, SignInNeeded, NotFound, InvalidInput.
        """
        owner = self._changes.owner()
        way = self._changes.way_to_change(owner, "Patient", _WHAT, by_request=True)
        if not edits:
            raise InvalidInput("there is nothing to change")
        body = self._held(owner)
        before = decode(body)
        after = profile_writes.applied(before, edits)
        changes = differences(before, after)
        if not changes:
            raise InvalidInput("nothing would change: the portal has it like this already")
        action = str(_TITLE)
        if way is Way.MESSAGE:
            return self._changes.as_message(owner, action, changes)
        if way is Way.REQUEST:
            name = str(uuid7())
            proposed = profile_writes.proposed(before, after)
            task = change_writes.request(proposed, self._changes.whose(owner), name, time.time())
            sending = Sending("Task", encode(task), name)
            return self._changes.plan(owner, action, changes, (sending,), way=way)
        target = f"Patient/{owner.patient}"
        sending = Sending("Patient", encode(after), "", target=target, base=body)
        return self._changes.plan(owner, action, changes, (sending,))

    def submit(self, plan: ChangePlan) -> ChangeOutcome:
        """Send what was planned, or keep it until it can be sent. Raises Rejected, ConflictsWaiting."""
        return self._changes.submit(plan)

    def _details_of(self, connection_id: int) -> Json:
        try:
            return decode(self._held(self._changes.owner_of(connection_id)))
        except NotFound:
            return {}

    def _held(self, owner: ConnectionRow) -> bytes:
        wanted = Filter(connections=(owner.id,), types=("Patient",), record_id=owner.patient, limit=1)
        with self._vault.reading() as connection:
            found = next(reading.records(self._vault, connection, wanted), None)
        if found is None:
            raise NotFound("record", f"Patient/{owner.patient}")
        return found[1]


def differences(before: Json, after: Json) -> tuple[FieldChange, ...]:
    """What becomes of the details of a patient, each in words."""
    one, other = _facts(before), _facts(after)
    return tuple(
        FieldChange(Safe(label), one.get((label, key), EMPTY), other.get((label, key), EMPTY))
        for label, key in dict.fromkeys([*one, *other])
        if one.get((label, key)) != other.get((label, key))
    )


def _facts(patient: Json) -> dict[tuple[str, str], Safe]:
    """Each detail in words, by what it is and which of them."""
    found: dict[tuple[str, str], Safe] = {}
    for point in elements.objects(patient.get("telecom")):
        system = {"phone": "Phone", "email": "E-mail"}.get(str(point.get("system")), "Other")
        _put(found, _label(system, point), elements.text(point.get("value")))
    for item in elements.objects(patient.get("address")):
        _put(found, _label("Address", item), details.in_words(item))
    for item in elements.objects(patient.get("contact")):
        name = elements.human_name(item.get("name"))
        points = [elements.text(point.get("value")) for point in elements.objects(item.get("telecom"))]
        _put(found, f"Contact {name}", Safe(", ".join(filter(None, points)) or name))
    _put(found, "Language", profiles.language(patient))
    _put(found, "Preferred name", profiles.preferred_name(patient))
    return found


def _put(found: dict[tuple[str, str], Safe], label: str, value: Safe) -> None:
    number = sum(1 for known, _ in found if known == label)
    if value:
        found[label, str(number)] = value


def _label(word: str, item: Json) -> str:
    use = elements.text(item.get("use"))
    return f"{word} ({use})" if use else word


def _request(row: Row, body: Json, source: Source, held: Json) -> ChangeRequest:
    read = refills.read(body)
    wanted = {**held, **profile_writes.wanted(body)}
    return ChangeRequest(
        id=Safe(row.id),
        title=read.medication,
        status=read.status,
        detail=read.detail,
        requested=read.requested,
        changes=differences(held, wanted),
        portal=source.portal,
        patient=source.patient,
    )

"""The medication list."""

from __future__ import annotations

import difflib
import time
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from store.errors import Ambiguous, NotFound
from store.records import elements, medication_folding, medications, supplies
from store.records.lossless import decode
from store.records.source import Source
from store.records.text import sanitize
from store.services.scope import check_one
from store.services.values import Listing
from store.vault import outbox, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.elements import Json
    from store.records.medication_folding import Entry
    from store.records.medications import Medication
    from store.services.records import Records
    from store.vault.reading import Row
    from store.vault.vault import Vault

OWN = "medication"
"""The kind of an outbox item about a medicine of the patient's own."""
_NOT_TAKEN = frozenset({"cancelled", "declined", "entered-in-error", "stopped"})
_CLOSE = 0.4
_UNTOLD_DAYS = 90  # that a supply counts as lasting where the dispense does not say how long it does


class Medications:
    """Medications, newest first."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def list(self, *, include_past: bool = False, limit: int | None = None) -> Listing[Medication]:
        """Current medications, or with `include_past` all that were ever listed.

        What was prescribed, dispensed and reported is one list: entries of one medicine, by RxNorm, are folded into
        one that names the others; those whose directions differ stay apart. What waits to be sent is there, too.
        """
        found: list[Medication] = []
        for owner in self._records.sources():
            entries = chain(self._listed(owner, include_past=include_past), self._dispensed(owner))
            found += medication_folding.fold(each for each in entries if include_past or each.is_current)
            found += self._waiting(owner)
        found.sort(key=lambda item: -(item.started.epoch or 0) if item.started else 0)
        return Listing(tuple(found[:limit]), len(found))

    def match(self, name: str) -> tuple[Row, Medication]:
        """The one current prescription that `name` means: its id, its code, its name, or words of its name.

        Several orders of the same medicine count as one, the newest. Raises NotFound with names that are close,
        Ambiguous.
        """
        current = [
            (row, item)
            for row, _, item in self._all(standing=True)
            if item.type == "MedicationRequest" and item.status == "active"
        ]
        return one_of(name, current, "current prescription")

    def own(self, name: str) -> tuple[Row, Medication]:
        """The one medicine that the patient reported, meant by `name` as in `match`; a past one by its id alone.

        Raises NotFound, Ambiguous.
        """
        listed = list(self._all(standing=True))
        every = [(row, item) for row, body, item in listed if item.type == "MedicationStatement" and _is_own(body)]
        by_id = [pair for pair in every if pair[1].id == name.rpartition("/")[2]]
        among = by_id or [pair for pair in every if pair[1].status in medications.CURRENT]
        others = [(row, item) for row, _, item in listed if item.type != "MedicationStatement"]
        if not _matching(name, among) and _matching(name, others):  # no other one is meant, however close its name
            raise NotFound("self-reported medicine", sanitize(name))
        return one_of(name, among, "self-reported medicine")

    def known_code(self, owner: int, name: str) -> str:
        """The RxNorm code of a medicine that the record calls by exactly this name, or nothing."""
        for row, body in self._records.read_all(Filter(kinds=("medication", "dispense"), connections=(owner,))):
            item = medications.read(body, sanitize(row.title))
            if item.name.casefold() == name.strip().casefold():
                codes = medication_folding.entry(item, body, self._medicine(owner, body), "", is_current=True).codes
                if len(codes) == 1:
                    return next(iter(codes))
        return ""

    def _listed(self, owner: int, *, include_past: bool) -> Iterator[Entry]:
        statuses = () if include_past else medications.CURRENT
        for _, body, item in self._all(standing=not include_past, owner=owner, statuses=statuses):
            is_current = str(item.status) in medications.CURRENT
            yield medication_folding.entry(item, body, self._medicine(owner, body), "", is_current=is_current)

    def _dispensed(self, owner: int) -> Iterator[Entry]:
        today = datetime.now(UTC).date()
        source = self._records.sources()[owner]
        over = Filter(kinds=("medication",), statuses=tuple(sorted(_NOT_TAKEN)), connections=(owner,))
        with self._vault.reading() as connection:
            ended = {row.id for row in reading.rows(connection, over)}
        wanted = Filter(kinds=("dispense",), connections=(owner,), standing=True)
        for row, body in self._records.read_all(wanted):
            item = medications.read(body, sanitize(row.title), source)
            if str(item.status) in _NOT_TAKEN:
                continue
            order = supplies.prescription(body)
            is_current = order not in ended and _lasts(body, item, today)
            yield medication_folding.entry(item, body, self._medicine(owner, body), order, is_current=is_current)

    def _waiting(self, owner: int) -> Iterator[Medication]:
        """What the patient added and the portal does not have yet, its status that of the outbox."""
        with self._vault.reading() as connection:
            items = outbox.items(connection, (owner,))
        source = self._records.sources()[owner]
        for item in items:
            is_over = item.state in {outbox.State.CONFIRMED, outbox.State.CANCELLED}
            if item.kind == OWN and not item.is_update and not is_over:
                yield medications.read({**decode(item.body), "id": item.id, "status": item.state}, origin=source)

    def _medicine(self, owner: int, body: Json) -> Json:
        """The Medication that a record only refers to, or nothing."""
        target = elements.reference(body.get("medicationReference"))
        if not target:
            return {}
        if target.startswith("#"):
            return elements.contained(body, target)
        wanted = Filter(types=("Medication",), connections=(owner,), record_id=elements.target(target)[1], limit=1)
        return next((found for _, found in self._records.read_all(wanted)), {})

    def _all(
        self, *, standing: bool, owner: int | None = None, statuses: tuple[str, ...] = ()
    ) -> Iterator[tuple[Row, Json, Medication]]:
        among = None if owner is None else (owner,)
        wanted = Filter(kinds=("medication",), standing=standing, connections=among, statuses=statuses)
        sources = self._records.sources()
        for row, body in self._records.read_all(wanted):
            yield row, body, medications.read(body, sanitize(row.title), sources[row.connection])


def one_of(name: str, among: Sequence[tuple[Row, Medication]], what: str) -> tuple[Row, Medication]:
    """The one that `name` means, the newest of several of one name.

    Raises NotFound with names that are close, Ambiguous.
    """
    found = _matching(name, among)
    if not found:
        names = {item.name.lower(): item.name for _, item in among}
        words = {word: full for low, full in names.items() for word in [low, *low.split()]}
        close = difflib.get_close_matches(name.lower(), words, n=3, cutoff=_CLOSE)
        raise NotFound(what, sanitize(name), tuple(dict.fromkeys(words[word] for word in close)))
    names_found = dict.fromkeys(item.name for _, item in found)
    if len(names_found) > 1:
        raise Ambiguous(what, sanitize(name), tuple(names_found))
    check_one(what, name, (Source(item.portal, item.patient) for _, item in found))
    return found[0]


def _matching(name: str, current: Sequence[tuple[Row, Medication]]) -> Sequence[tuple[Row, Medication]]:
    typed = name.strip().lower()
    if not typed:
        return []
    exact = [pair for pair in current if typed in {pair[1].id.lower(), pair[1].code.lower(), pair[1].name.lower()}]
    return exact or [pair for pair in current if all(word in pair[1].name.lower() for word in typed.split())]


def _lasts(dispense: Json, item: Medication, today: date) -> bool:
    """Whether what was dispensed is not used up yet, as far as that can be told."""
    ends = supplies.dispensed_until(dispense)
    if ends is not None:
        return ends >= today
    given = item.started.epoch if item.started else None
    return given is not None and time.time() - given < _UNTOLD_DAYS * 86_400


def _is_own(statement: Json) -> bool:
    """Whether a statement is the patient's own, or of who acts for them, or nobody says whose it is."""
    source = "/".join(elements.target(elements.reference(statement.get("informationSource"))))
    subject = "/".join(elements.target(elements.reference(statement.get("subject"))))
    return source in {"/", subject} or source.startswith("RelatedPerson/")

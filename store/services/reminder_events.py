"""What there is to remind of: the events of one patient at one portal, and the words of each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from store.records import appointments, medications
from store.records.dates import parse
from store.records.lossless import decode
from store.records.reminders import Event, Topic
from store.records.text import one_line
from store.services import supply
from store.vault import marks, reading
from store.vault.marks import Mark
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.records.elements import Json
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

_STILL_TOLD_DAYS = 14  # after a medicine has run out
_NO_RESULT = frozenset({"registered", "cancelled", "unknown"})
_DAY = 86_400
Words = dict[Event, str]


class Events:
    """The events of one patient at one portal, read in a transaction that is under way."""

    def __init__(
        self, vault: Vault, connection: DbConnection, owner: int, open_refills: Callable[[int], frozenset[str]]
    ) -> None:
        self._vault = vault
        self._connection = connection
        self._owner = owner
        self._open_refills = open_refills

    def of(self, topic: Topic) -> Words:
        """The events of one topic, each with its words."""
        readers = {
            Topic.APPOINTMENT: self._appointments,
            Topic.REFILL: self._refills,
            Topic.MESSAGE: self._messages,
            Topic.RESULT: self._results,
        }
        return dict(readers[topic]())

    def _appointments(self) -> Iterator[tuple[Event, str]]:
        for row, body in self._records("appointment"):
            start = parse(body.get("start"))
            if row.status != "booked" or start is None or start.epoch is None:
                continue
            found = appointments.read(body)
            until = start.epoch if start.has_time else start.epoch + _DAY * 3 // 2  # the day is over everywhere then
            event = self._event(Topic.APPOINTMENT, f"{row.type}/{row.id} {start.epoch}", start.epoch, until)
            words = (found.title, *found.clinicians, *found.places)
            yield (event if start.has_time else _of_day(event)), ", ".join(words)

    def _messages(self) -> Iterator[tuple[Event, str]]:
        wanted = Filter(kinds=("message",), connections=(self._owner,), flag="unread", standing=True)
        read_here = marks.load(self._connection, Mark.READ, self._owner)
        for row in reading.rows(self._connection, wanted):
            if row.id in read_here:
                continue
            words = f"{row.title}, {row.value}" if row.value else row.title
            yield self._event(Topic.MESSAGE, f"{row.type}/{row.id}", number=row.pk), words

    def _results(self) -> Iterator[tuple[Event, str]]:
        wanted = Filter(kinds=("lab", "report"), connections=(self._owner,), standing=True)
        for row in reading.rows(self._connection, wanted):
            if row.status not in _NO_RESULT:
                yield self._event(Topic.RESULT, f"{row.type}/{row.id}", number=row.pk), row.title

    def _refills(self) -> Iterator[tuple[Event, str]]:
        """The medicines that are taken now, by the newest dispense of each, or as they were prescribed."""
        asked_for = self._open_refills(self._owner)
        found = supply.supplied(self._vault, self._connection, self._owner)
        for row, body in supply.taken(self._vault, self._connection, self._owner):
            ends = None if row.id in asked_for else found.until(row, body)
            if ends is None:
                continue
            start = _midnight(ends)
            event = self._event(Topic.REFILL, f"{row.type}/{row.id} {ends}", start, start + _STILL_TOLD_DAYS * _DAY)
            yield _of_day(event), medications.name(body) or row.title

    def _event(
        self, topic: Topic, key: str, start: int | None = None, until: int | None = None, number: int = 0
    ) -> Event:
        return Event(self._owner, topic, key, start, until, number=number)

    def _records(self, kind: str) -> Iterator[tuple[Row, Json]]:
        wanted = Filter(kinds=(kind,), connections=(self._owner,), standing=True)
        for row, body in reading.records(self._vault, self._connection, wanted):
            yield row, decode(body)


def shown(words: str) -> str:
    """The words of an event on one line, whatever its portal put into them."""
    return one_line(words)


def _of_day(event: Event) -> Event:
    return Event(event.connection, event.topic, event.key, event.start, event.until, is_day=True, number=event.number)


def _midnight(day: date) -> int:
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta()).timestamp())

"""Standing: how things stand at this moment, as every screen's banner and status line tell it."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from store import events
from store.light import dataclass

if TYPE_CHECKING:
    from store.events import Event
    from store.services.status import Status

WHOSE = " · "
"""Stands between what a line is about and whose it is."""
_SEVERAL = 2


class Link(Enum):
    """What is known of the way to the portals."""

    UNTRIED = auto()
    ONLINE = auto()
    OFFLINE = auto()
    SYNCING = auto()
    STOPPING = auto()


@dataclass(frozen=True)
class Progress:
    """How far a sync has come: searches done of those planned, and records received, also of each type.

    `types` are triples of a portal, a type and the records of it that came; `ended` are those that are through.
    """

    planned: int = 0
    done: int = 0
    received: int = 0
    types: tuple[tuple[str, str, int], ...] = ()
    ended: frozenset[tuple[str, str]] = frozenset()

    def after(self, event: Event) -> Progress:
        """The progress after one more event."""
        if isinstance(event, events.SyncStarted):
            return replace(self, planned=self.planned + event.queries)
        if isinstance(event, events.QueryDone):
            return replace(self, done=self.done + 1, ended=self.ended | {(event.portal, event.type)})
        if isinstance(event, events.PageStored):
            came = self.of(event.portal, event.type) + event.received
            others = tuple(each for each in self.types if each[:2] != (event.portal, event.type))
            types = (*others, (event.portal, event.type, came))
            return replace(self, received=self.received + event.received, types=types)
        return self

    def of(self, portal: str, type_: str) -> int:
        """How many records of one type have come."""
        return next((came for *known, came in self.types if known == [portal, type_]), 0)


@dataclass(frozen=True)
class Standing:
    """The way to the portals, the status card as it was last read, and how many audit lines could not be written.

    `locks_in` is in how many seconds the dashboard locks because nobody is there, None while that is far off.
    """

    link: Link = Link.UNTRIED
    progress: Progress = Progress()
    status: Status | None = None
    unnoted: int = 0
    locks_in: int | None = None

    @property
    def is_syncing(self) -> bool:
        """Whether a sync is running."""
        return self.link in {Link.SYNCING, Link.STOPPING}

    @property
    def has_several_people(self) -> bool:
        """Whether there is anybody else to show."""
        return self.status is not None and self.status.shown.is_several

    def whom(self, portal: str) -> str:
        """Whose the chart of a connection is, where there are several people; else nothing, since it is clear."""
        if not self.has_several_people or self.status is None:
            return ""
        return next((each.patient_name or each.patient for each in self.status.portals if each.name == portal), "")

    def forgotten(self) -> Standing:
        """What may be known while the vault is locked: the way to the portals, and nothing of what is in it."""
        return Standing(Link.UNTRIED if self.is_syncing else self.link)

    def linked(self, link: Link) -> Standing:
        """The same with another state of the way to the portals; a sync that begins has come no way yet."""
        return replace(self, link=link, progress=self.progress if link is Link.STOPPING else Progress())


def whose(status: Status | None, portal: str, patient: str) -> str:
    """Whose a line is, to stand after its words, where the vault has more than one portal or patient."""
    portals = status.portals if status else ()
    if len(portals) < _SEVERAL:
        return ""
    alike = len({each.patient_name or each.patient for each in portals}) < _SEVERAL
    return f"{WHOSE}{portal if alike else patient}"

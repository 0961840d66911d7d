"""What a long job reports while it works: frozen values that both faces can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from store.light import dataclass


@dataclass(frozen=True)
class SyncStarted:
    """A sync began. `queries` is how many searches and reads are planned for the portal."""

    portal: str
    queries: int


@dataclass(frozen=True)
class PageStored:
    """A page of records is safely in the vault. `received` and `changed` count its records."""

    portal: str
    type: str
    received: int
    changed: int


@dataclass(frozen=True)
class QueryDone:
    """One planned query ended; `error` is the sentence of its failure, or None."""

    portal: str
    type: str
    error: str | None = None


@dataclass(frozen=True)
class RequestSent:
    """One item of the outbox got an answer, or none; `state` is its new state."""

    portal: str
    title: str
    state: str


@dataclass(frozen=True)
class Answered:
    """A portal answered one request.

    `what` is its path under the FHIR base with the names of its parameters alone, `status` the HTTP status, `size`
    the bytes of the answer, `seconds` how long it took.
    """

    portal: str
    method: str
    what: str
    status: int
    size: int
    seconds: float


@dataclass(frozen=True)
class AskedAgain:
    """A portal is asked again for what it did not give: its connection broke off, or it was busy.

    `what` is as in `Answered`. Nothing that writes is ever sent again like this.
    """

    portal: str
    what: str


@dataclass(frozen=True)
class AttachmentDone:
    """One attachment of a record is safely in the vault, or could not be had.

    `record` is `Type/id`, `size` counts bytes; `done` of `planned` have come to an end, with this one. `error` is the
    sentence of its failure, or None.
    """

    portal: str
    record: str
    size: int
    done: int
    planned: int
    error: str | None = None


Event: TypeAlias = Answered | AskedAgain | AttachmentDone | SyncStarted | PageStored | QueryDone | RequestSent
OnEvent: TypeAlias = Callable[[Event], None]
ShouldStop: TypeAlias = Callable[[], bool]


def ignore(event: Event) -> None:
    """Take an event and do nothing with it."""


def never() -> bool:
    """Answer that the job need not stop."""
    return False

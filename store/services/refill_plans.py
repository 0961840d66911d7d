"""What is about to be asked for in the way of refills, and how requests are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records.text import EMPTY

if TYPE_CHECKING:
    from decimal import Decimal

    from store.records.dates import FhirDate
    from store.records.text import Safe


@dataclass(frozen=True)
class RefillWish:
    """What a patient says of a refill: a few words, the pharmacy, and how much is left (`4`, or `4 tablets`)."""

    note: str | None = None
    pharmacy: str = ""
    remaining: str = ""


@dataclass(frozen=True)
class RefillPlan:
    """What would be sent, and for whom; `fhir` is the exact resource, `is_renewal` whether a new order is needed.

    `why` says why it is a renewal. `repeats_left` is how often the order may still be filled, where it tells. With
    `is_message` it goes as a message to `recipient`, since the portal takes no refill requests.
    """

    medication: Safe
    medication_id: Safe
    directions: Safe
    patient_name: Safe
    portal: Safe
    is_renewal: bool
    note: Safe
    request_id: str
    fhir: bytes
    connection: int
    why: Safe = EMPTY
    repeats_left: int | None = None
    pharmacy: Safe = EMPTY
    is_pharmacy_known: bool = False
    remaining: Safe = EMPTY
    is_message: bool = False
    recipient: Safe = EMPTY
    words: Safe = EMPTY


@dataclass(frozen=True)
class CancelPlan:
    """The cancelling of a request: `fhir` is the exact Task, empty where the request still waits here (`item`)."""

    medication: Safe
    status: Safe
    reason: Safe
    patient_name: Safe
    portal: Safe
    request: Safe
    fhir: bytes
    base: bytes
    target: str
    item: str
    connection: int


@dataclass(frozen=True)
class Step:
    """A state that a request was in, when it came to be in it, and the portal's words on it."""

    status: Safe
    at: FhirDate | None
    detail: Safe = EMPTY


@dataclass(frozen=True)
class Made:
    """What came of a request: a `prescription`, a `dispense`, or a record of another kind; `title` names it."""

    what: Safe
    reference: Safe
    title: Safe
    date: FhirDate | None = None


@dataclass(frozen=True)
class RefillRow:
    """One refill request and where it stands.

    `status` is the portal's own (`requested`, `received`, `accepted`, `in-progress`, `completed`, `rejected`, …);
    one that the portal has not confirmed yet is `queued`, `sending`, `unknown` or `rejected`, and one that went as a
    message is `sent`. `detail` is the portal's own words on it. `is_waiting` is True while it waits here to be sent.
    `change` is where a cancellation of it stands in the outbox.
    """

    id: Safe
    request_id: Safe
    medication: Safe
    medication_id: Safe
    status: Safe
    detail: Safe
    requested: FhirDate | None
    updated: FhirDate | None
    note: Safe
    is_waiting: bool
    portal: Safe = EMPTY
    patient: Safe = EMPTY
    is_renewal: bool = False
    is_message: bool = False
    pharmacy: Safe = EMPTY
    remaining: Safe = EMPTY
    change: Safe = EMPTY


@dataclass(frozen=True)
class RefillDetail(RefillRow):
    """One refill request with the steps it has taken, oldest first, and what came of it."""

    steps: tuple[Step, ...] = ()
    made: tuple[Made, ...] = ()


@dataclass(frozen=True)
class DueRow:
    """A medicine that runs out: `until` is the day on which what was supplied has been taken, `days` from today."""

    medication: Safe
    medication_id: Safe
    until: Safe
    days: int
    repeats_left: int | None
    is_renewal: bool
    is_asked: bool
    portal: Safe = EMPTY
    patient: Safe = EMPTY


@dataclass(frozen=True)
class Left:
    """What is left of an order: whether it takes a renewal and why, and how often it may be filled, where it tells."""

    is_renewal: bool
    why: str = ""
    repeats: int | None = None


def left(repeats: Decimal | None, fills: int, expires: FhirDate | None, now: float) -> Left:
    """Work out what is left of an order that allows `repeats` after the first of its `fills`."""
    rest = None if repeats is None else max(0, int(repeats) - max(0, fills - 1))
    if expires is not None and expires.epoch is not None and expires.epoch < now:
        return Left(is_renewal=True, why=f"the prescription ended on {expires.day()}", repeats=rest)
    if rest == 0:
        return Left(is_renewal=True, why="no refills are left on the prescription", repeats=0)
    return Left(is_renewal=False, repeats=rest)

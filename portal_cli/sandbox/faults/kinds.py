"""The faults there are, by the name under which they are asked for."""

from __future__ import annotations

from enum import Enum


class Place(Enum):
    """Where a fault is put into effect."""

    FRONT = "front"
    TURNING = "turning"
    WIRE = "wire"


KINDS: dict[str, Place] = {
    "429": Place.FRONT,  # too many requests, with Retry-After in seconds
    "429-date": Place.FRONT,  # with Retry-After as an HTTP date
    "429-silent": Place.FRONT,  # without Retry-After
    "500": Place.FRONT,
    "502": Place.FRONT,  # after the portal has done what was asked
    "503": Place.FRONT,
    "504": Place.FRONT,  # after the portal has done what was asked
    "maintenance": Place.FRONT,  # 503, a page of HTML, with Retry-After
    "expired": Place.FRONT,  # the token ends early: 401 until it is renewed
    "html": Place.FRONT,  # a sign-in page, with status 200
    "garbage": Place.FRONT,  # status 200, the right content type, and no JSON
    "wrong-type": Place.FRONT,  # the right answer, declared to be plain text
    "duplicate": Place.TURNING,  # each entry of a page twice
    "duplicate-page": Place.TURNING,  # a page once more, then the next
    "reordered": Place.TURNING,  # the first page, then the others from the last to the second
    "missing": Place.TURNING,  # a page that is not there: 404 or 410
    "self": Place.TURNING,  # a next page that is this page
    "endless": Place.TURNING,  # always another next page
    "cut": Place.WIRE,  # the connection ends, before, during or after
    "cut-before": Place.WIRE,  # before the portal sees the request
    "cut-during": Place.WIRE,  # in the middle of the answer
    "cut-after": Place.WIRE,  # after the portal has done what was asked, before any of the answer
    "reset": Place.WIRE,  # as `cut`, but the connection is torn down
    "reset-before": Place.WIRE,
    "reset-during": Place.WIRE,
    "reset-after": Place.WIRE,
    "trickle": Place.WIRE,  # the whole answer, in small pieces with pauses
}
MOMENTS = ("before", "during", "after")


def kinds_of(place: Place) -> tuple[str, ...]:
    """Name the faults of a place."""
    return tuple(name for name, where in KINDS.items() if where is place)

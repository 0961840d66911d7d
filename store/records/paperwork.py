"""Records about records: where one comes from (Provenance, FHIR R4 §15), and answers to a proposed time.

A portal sends them along with what they are about. In lists they are called by that, not by their own type alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import elements, envelope
from store.records.dates import parse
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json


def read_origin(resource: Json) -> envelope.Envelope:
    """Read the columns of a Provenance: what it is about as the title, who it names first as the value."""
    about = elements.text(elements.first(resource.get("target")).get("display"))
    return envelope.Envelope(
        kind="provenance",
        title=Safe(f"Origin of {about or 'a record'}"),
        date=envelope.general_date(resource),
        value=_first_named(resource),
    )


def read_answer(resource: Json) -> envelope.Envelope:
    """Read the columns of an AppointmentResponse: what is answered as the title, the answer as the status."""
    about = elements.text(elements.first(resource.get("appointment")).get("display"))
    return envelope.Envelope(
        kind="appointmentresponse",
        title=Safe(f"Answer about {about}" if about else "Answer to a proposed time"),
        date=parse(resource.get("start")),
        status=elements.text(resource.get("participantStatus")),
        value=elements.text(resource.get("comment")),
    )


def _first_named(resource: Json) -> Safe:
    names = (
        elements.text(elements.first(agent.get(who)).get("display"))
        for agent in elements.objects(resource.get("agent"))
        for who in ("who", "onBehalfOf")
    )
    return next(filter(None, names), EMPTY)

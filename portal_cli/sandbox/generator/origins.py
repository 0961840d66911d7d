"""Where records came from: Provenances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import US_CORE, Json, coding, concept, profile, term
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart


def build_origin(chart: Chart, targets: list[Json], moment: datetime, author: Json) -> Json:
    """A US Core Provenance: who wrote some resources, and which practice sent them."""
    practice = chart.directory.refer("practice")
    sender = coding(US_CORE + "CodeSystem/us-core-provenance-participant-type", "transmitter", "Transmitter")
    return {
        "resourceType": "Provenance",
        "id": chart.next_id("Provenance"),
        "meta": profile("provenance"),
        "target": targets,
        "recorded": stamp(moment),
        "agent": [
            {"type": term("provenance-participant-type", "author", "Author"), "who": author, "onBehalfOf": practice},
            {"type": concept("Transmitter", sender), "who": practice},
        ],
    }

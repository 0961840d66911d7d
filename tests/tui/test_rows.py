"""Rows of the home's panels say whose they are, once there is more than one patient or portal."""

from __future__ import annotations

import pytest

from store.records import labs
from store.records.source import Source
from store.records.text import Safe
from store.services.portals import PortalSummary
from store.services.status import Home, Status
from tui.rows import HomeView, results

RESULT = {"resourceType": "Observation", "id": "a", "code": {"text": "Sodium"}, "valueString": "140"}


def summary(name: str, patient: str) -> PortalSummary:
    url, empty = Safe(f"https://{name}.example.org"), Safe("")
    return PortalSummary(Safe(name), url, Safe(patient), Safe(patient), is_signed_in=True, synced=None, scope=empty)


@pytest.mark.parametrize(
    ("portals", "name"),
    [
        ([("one", "Ada")], "Sodium"),
        ([("one", "Ada"), ("two", "Ben")], "Sodium · Ada"),
        ([("one", "Ada"), ("two", "Ada")], "Sodium · one"),
    ],
)
def test_a_row_tells_its_patient_or_else_its_portal(portals: list[tuple[str, str]], name: str) -> None:
    status = Status(tuple(summary(*each) for each in portals), None, 1, 0, None, 0, needs_sign_in=False)
    found = (labs.read(RESULT, Source(Safe("one"), Safe("Ada"))),)
    view = HomeView(Home(status, (), found, (), ()), ())
    assert results(view, 0.0)[0].cells[1].text == name

"""Letters, for reading at length: whom they go to stands there once."""

from __future__ import annotations

from store.records.dates import parse
from store.records.text import EMPTY, Safe
from store.services.message_plans import Draft
from tests.tui.charts import NOW
from tui import readings_of_letters, rows_of_letters

DOCTOR = Safe("Dr. Ottoline Example")


def draft() -> Draft:
    """A draft to one doctor, by who she is and by her role, and to a nurse."""
    changed = parse("2026-11-23T16:12:00Z")
    assert changed is not None
    to = (DOCTOR, DOCTOR, Safe("Nurse Pip Fictional"))
    hillside, whose = Safe("hillside"), Safe("Zephyrine Testperson")
    return Draft(Safe("one"), to, Safe("Readings"), EMPTY, Safe("Here they are."), (), changed, hillside, whose)


def test_a_person_whom_a_letter_names_twice_is_shown_once() -> None:
    for reading in (readings_of_letters.draft(draft()), readings_of_letters.deleting(draft())):
        (to,) = (fact.value for fact in reading.facts if fact.label == "To")
        assert to == "Dr. Ottoline Example\nNurse Pip Fictional"
    row = rows_of_letters.draft(draft(), NOW, "")
    assert row.cells[2].text == "to Dr. Ottoline Example, Nurse Pip Fictional"

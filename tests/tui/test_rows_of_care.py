"""Lines of the screens for acting say what is on its way, and whose each record is."""

from __future__ import annotations

import pytest

from store.records.text import Safe
from store.services.pending_changes import Unsent
from store.services.status import Status
from tests.tui.test_rows import summary
from tui.rows_of_care import before_words, days_words, places, unsent_words


def on_its_way(kind: str = "change", becomes: str = "", state: str = "queued", portal: str = "one") -> Unsent:
    return Unsent(Safe("n"), Safe("Appointment/a"), Safe(portal), Safe(kind), Safe(becomes), Safe(state))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (on_its_way(becomes="cancelled"), "○ to be cancelled"),
        (on_its_way(becomes="arrived"), "○ checking in"),
        (on_its_way("answer", "declined"), "○ no, not sent yet"),
        (on_its_way("reschedule"), "○ another time asked"),
        (on_its_way("refill"), "○ refill not sent yet"),
        (on_its_way(), "○ change not sent yet"),
        (on_its_way(becomes="cancelled", state="rejected"), "✗ change refused"),
        (on_its_way(becomes="cancelled", state="conflict"), "! needs you"),
        (on_its_way(state="unknown"), "? answer lost, will be checked"),
    ],
)
def test_what_is_on_its_way_is_told_in_few_words(found: Unsent, words: str) -> None:
    assert unsent_words(found) == words


def test_the_state_of_a_record_is_that_of_its_own_portal() -> None:
    beside = places([on_its_way(becomes="cancelled")], None)
    assert beside.state("one", "Appointment/a", "✓ booked") == "○ to be cancelled"
    assert beside.state("two", "Appointment/a", "✓ booked") == "✓ booked"


@pytest.mark.parametrize(
    ("portals", "name"),
    [
        ([("one", "Ada")], "Check-up"),
        ([("one", "Ada"), ("two", "Ben")], "Check-up · Ada"),
        ([("one", "Ada"), ("two", "Ada")], "Check-up · one"),
    ],
)
def test_a_line_tells_its_patient_or_else_its_portal(portals: list[tuple[str, str]], name: str) -> None:
    status = Status(tuple(summary(*each) for each in portals), None, 1, 0, None, 0, needs_sign_in=False)
    assert places((), status).named("Check-up", "one") == name


def test_days_and_times_before_are_told_in_words() -> None:
    assert [days_words(days) for days in (-1, 0, 5)] == ["! 1 day ago", "! today", "in 5 days"]
    assert [before_words(lead) for lead in ("1w", "2h", "30m", "", "odd")] == [
        "1 week before",
        "2 hours before",
        "30 minutes before",
        "when it comes",
        "when it comes",
    ]

from __future__ import annotations

import pytest

from portal_cli.wording import counted, distance, flag, labelled, visit
from store.records import appointments
from store.records.dates import from_epoch, parse


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("high", "▲ high"),
        ("critically high", "▲ critically high"),
        ("low", "▼ low"),
        ("abnormal", "● abnormal"),
        ("normal", "normal"),
        ("", ""),
    ],
)
def test_a_flag_stands_out_by_a_sign_and_says_its_word(word: str, shown: str) -> None:
    assert flag(word) == shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-59, "just now"),
        (-60, "1 minute ago"),
        (-7200, "2 hours ago"),
        (-86400, "1 day ago"),
        (259200, "in 3 days"),
    ],
)
def test_a_distance_is_told_in_the_largest_whole_unit(seconds: int, words: str) -> None:
    assert distance(from_epoch(1_700_000_000 + seconds), now=1_700_000_000) == words


def test_a_date_without_a_time_has_no_distance() -> None:
    assert distance(parse("2024-02")) == ""


def test_a_number_goes_with_its_noun() -> None:
    assert (counted(1, "request"), counted(0, "request")) == ("1 request", "0 requests")


def test_a_fact_without_a_value_is_left_out() -> None:
    assert labelled([("What", "a"), ("Nothing", ""), ("Whereabouts", "b")]) == "What         a\nWhereabouts  b"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("proposed", "asked for"),
        ("pending", "not confirmed"),
        ("noshow", "missed"),
        ("booked", "booked"),
        ("queued", "queued (waits here)"),
        ("of their own", "of their own"),
    ],
)
def test_the_status_of_an_appointment_is_told_in_plain_words(status: str, words: str) -> None:
    assert visit(appointments.read({"status": status})) == words


def test_a_time_that_the_practice_proposes_is_told_as_one() -> None:
    answers = [{"actor": {"reference": "Practitioner/1"}, "status": "accepted"}]
    mine = {"actor": {"reference": "Patient/1"}, "status": "needs-action"}
    assert visit(appointments.read({"status": "pending", "participant": [*answers, mine]})) == "proposed to you"
    assert visit(appointments.read({"status": "booked", "participant": [mine]})) == "booked"
    assert not appointments.read({"status": "pending", "participant": answers}).awaits_answer

"""The words of messages that a patient writes, and how soon answers came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.records import letter_words, messages

if TYPE_CHECKING:
    from store.records.messages import Message


def sent(sender: str, at: str) -> Message:
    body = {"sent": at, "sender": {"reference": sender}, "payload": [{"contentString": "x"}]}
    return messages.read({"resourceType": "Communication", "id": "m", "status": "completed", **body})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Good\r\nmorning\t! ", "Good\nmorning\t!"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("\ud800", "?"),
        ("\U0001f642 ñ", "\U0001f642 ñ"),
        (" \n ", ""),
    ],
)
def test_what_no_portal_takes_is_left_out_of_a_text(typed: str, kept: str) -> None:
    assert letter_words.text(typed) == kept


def test_a_subject_is_one_line() -> None:
    assert letter_words.line(" Sore\n  knee ") == "Sore knee"


def test_without_an_answer_so_far_nothing_is_promised() -> None:
    assert "not known" in letter_words.replies([])
    assert "not known" in letter_words.replies([[sent("Patient/p", "2026-01-01T10:00:00Z")]])


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        ("2026-01-01T10:10:00Z", "within 1 hour "),
        ("2026-01-01T13:30:00Z", "within 4 hours "),
        ("2026-01-02T10:00:00Z", "within 1 day "),
        ("2026-01-03T10:00:01Z", "within 3 days "),
        ("2025-01-01T10:00:00Z", "within 1 hour "),
    ],
)
def test_a_time_is_told_that_is_no_shorter_than_it_was(answered: str, words: str) -> None:
    thread = [
        sent("Practitioner/d", "2025-12-01T10:00:00Z"),
        sent("Patient/p", "2026-01-01T10:00:00Z"),
        sent("Patient/p", "2026-01-01T10:05:00Z"),
        sent("Practitioner/d", answered),
        sent("Practitioner/d", "2026-02-01T10:00:00Z"),
    ]
    assert words in letter_words.replies([thread])


def test_a_message_without_a_time_counts_for_nothing() -> None:
    assert "not known" in letter_words.replies([[sent("Patient/p", "soon"), sent("Practitioner/d", "later")]])

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from store.records import messages

if TYPE_CHECKING:
    from store.records.elements import Json


def message(**parts: Any) -> Json:
    return {
        "resourceType": "Communication",
        "id": "m1",
        "status": "in-progress",
        "payload": [{"contentString": "Hello"}],
        "sender": {"reference": "Practitioner/2", "display": "Dr. Byron"},
        **parts,
    }


@pytest.mark.parametrize(
    ("parts", "thread"),
    [
        ({}, "m1"),
        ({"partOf": [{"reference": "Communication/t1"}]}, "t1"),
        ({"partOf": [{"reference": "https://portal.example/fhir/Communication/t1"}]}, "t1"),
        ({"partOf": [{"reference": "Communication/t1/_history/3"}]}, "t1"),
        ({"inResponseTo": [{"reference": "Communication/m0"}]}, "m0"),
        ({"partOf": [{"reference": "Communication/t1"}], "inResponseTo": [{"reference": "Communication/m0"}]}, "t1"),
    ],
)
def test_a_message_belongs_to_the_thread_it_is_part_of(parts: Json, thread: str) -> None:
    assert messages.read(message(**parts)).thread == thread


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "Dr. Byron"),
        ({"payload": []}, "thread"),
        ({"sender": {"reference": "Patient/1"}}, "from you"),
        ({"sender": {"reference": "Patient/1"}, "recipient": [{"reference": "Practitioner/2"}]}, "from you"),
        ({"sender": {"reference": "Patient/1"}, "recipient": [{"display": "Dr. Byron"}]}, "to Dr. Byron"),
    ],
)
def test_in_lists_a_message_says_who_wrote_it_or_to_whom(parts: Json, words: str) -> None:
    assert messages.read_envelope(message(**parts)).value == words


def test_a_resource_without_text_or_parent_heads_a_thread() -> None:
    header = messages.read(message(payload=[]))
    assert header.is_header
    assert not header.is_unread
    assert not messages.read(message(payload=[], partOf={"reference": "Communication/t1"})).is_header


@pytest.mark.parametrize(
    ("parts", "is_unread"),
    [
        ({}, True),
        ({"status": "completed"}, False),
        ({"received": "2024-05-17T09:00:00Z"}, False),
        ({"sender": {"reference": "Patient/1"}}, False),
        ({"sender": {"reference": "https://portal.example/fhir/RelatedPerson/1"}}, False),
        ({"sender": {}}, True),
    ],
)
def test_only_a_message_to_the_patient_that_nobody_opened_is_unread(parts: Json, is_unread: bool) -> None:  # noqa: FBT001 - an expected value
    assert messages.read(message(**parts)).is_unread is is_unread
    assert messages.read_envelope(message(**parts)).flag == ("unread" if is_unread else "")


@pytest.mark.parametrize(
    ("parts", "subject"),
    [
        ({"topic": {"text": "Your result"}, "reasonCode": [{"text": "x"}]}, "Your result"),
        ({"reasonCode": [{"text": "Cough"}], "category": [{"text": "x"}]}, "Cough"),
        ({"category": [{"text": "Instruction"}]}, "Instruction"),
        ({}, "Message"),
    ],
)
def test_the_subject_is_the_best_words_there_are(parts: Json, subject: str) -> None:
    assert messages.read(message(**parts)).subject == subject


def test_text_and_attachments_are_told_apart() -> None:
    found = messages.read(
        message(
            payload=[
                {"contentString": "First\nline"},
                {"contentAttachment": {"title": "scan.pdf"}},
                {"contentAttachment": {"url": "Binary/1"}},
                {"contentString": "Second"},
            ],
            recipient=[{"display": "Ada"}, {}, {"reference": "Patient/1"}],
        )
    )
    assert found.text == "First\nline\n\nSecond"
    assert found.attachments == ("scan.pdf", "attachment")
    assert found.recipients == ("Ada", "Patient/1")


def test_a_message_without_a_time_of_sending_has_the_time_it_came() -> None:
    found = messages.read(message(received="2024-05-17")).sent
    assert found
    assert found.text == "2024-05-17"


def test_the_columns_carry_thread_and_sender() -> None:
    shown = messages.read_envelope(message(topic={"text": "Result"}, partOf=[{"reference": "Communication/t1"}]))
    assert (shown.kind, shown.title, shown.code, shown.value) == ("message", "Result", "t1", "Dr. Byron")


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"topic": {"text": "Sore knee"}, "payload": [{"contentString": "It hurts."}]}, "Sore knee"),
        ({"payload": [{"contentString": "It hurts\nwhen I kneel."}]}, "It hurts when I kneel."),
        (
            {"payload": [{"contentString": "word " * 30}]},
            " ".join(["word"] * 12) + "…",
        ),
        ({"payload": [{"contentString": "w" * 80}]}, "w" * 60 + "…"),
        ({"payload": [{"contentAttachment": {"title": "a.pdf"}}]}, "Message"),
    ],
    ids=["topic", "text", "long text", "one long word", "no text"],
)
def test_a_list_calls_a_message_by_its_topic_or_its_first_words(parts: dict[str, Any], title: str) -> None:
    assert messages.read_envelope({"resourceType": "Communication", "id": "m", **parts}).title == title

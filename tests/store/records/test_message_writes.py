"""What a patient sends as messages, and how it refers to what is not there yet."""

from __future__ import annotations

from store.records import message_writes as writes
from store.records.message_writes import Address, File, NewMessage
from tests.support.witness import flaws

FILE = File("rash.png", "image/png", b"picture")


def new(**changes: object) -> NewMessage:
    basics = NewMessage(
        request_id="0193a7c4-5e21-7b10-9c3d-1a6c2d7f0102",
        patient="Patient/p1",
        sender="Patient/p1",
        recipients=(Address("Practitioner/d1", "Dr. Who"), Address("Organization/o")),
        subject="Cough",
        category="medical-question",
        text="Since Monday.",
        sent=1_764_000_000,
        part_of=writes.later("h"),
        attached=(writes.attachment(FILE, writes.later("b")),),
    )
    return NewMessage(**{**{name: getattr(basics, name) for name in basics.__slots__}, **changes})


def test_a_message_and_its_header_and_file_are_valid_fhir() -> None:
    header = writes.build_header(new(), "0193a7c4-5e21-7b10-9c3d-1a6c2d7f0101")
    for resource in (header, writes.build_message(new()), writes.build_binary(FILE, "Patient/p1")):
        assert flaws(resource) == []
    assert ("payload" in header, "partOf" in header) == (False, False)
    assert header["recipient"][-1] == {"reference": "Patient/p1"}


def test_what_is_awaited_is_put_in_when_it_is_there_and_in_no_text() -> None:
    message = writes.build_message(new(text="urn:uuid:b"))
    assert writes.awaited(message) == {"h", "b"}
    halfway = writes.linked(message, {"h": "Communication/1"})
    assert halfway["partOf"] == [{"reference": "Communication/1"}]
    assert writes.awaited(halfway) == {"b"}
    whole = writes.linked(halfway, {"b": "Binary/2"})
    assert whole["payload"] == [
        {"contentString": "urn:uuid:b"},
        {"contentAttachment": {**writes.attachment(FILE, "Binary/2")}},
    ]
    assert writes.awaited(whole) == frozenset()
    assert writes.awaited(message) == {"h", "b"}


def test_other_words_leave_what_is_attached() -> None:
    message = writes.build_message(new())
    changed = writes.with_text(message, "Other.")
    assert changed["payload"] == [{"contentString": "Other."}, message["payload"][1]]
    assert writes.with_text(message, "")["payload"] == [message["payload"][1]]


def test_the_words_of_a_category_are_those_of_its_code() -> None:
    for code, text in writes.CATEGORIES.items():
        assert writes.concept(code)["coding"][0] == {"system": writes.CATEGORY_SYSTEM, "code": code, "display": text}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.export.redaction import LEFT_OUT, Part, Redaction
from store.records.lossless import encode

if TYPE_CHECKING:
    from store.records.elements import Json

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "text": {"status": "generated", "div": "<div>Ada Byron, 555-0100</div>"},
    "identifier": [{"system": "urn:mrn", "value": "MRN-77"}],
    "name": [{"family": "Byron", "given": ["Ada"]}],
    "telecom": [{"system": "phone", "value": "555-0100"}],
    "address": [{"line": ["1 Main St"], "city": "Springfield"}],
    "birthDate": "1970-12-10",
    "contact": [{"name": {"text": "Charles"}, "telecom": [{"system": "email", "value": "c@example.org"}]}],
    "photo": [{"data": "AAAA"}],
}
RESULT: Json = {
    "resourceType": "Observation",
    "id": "o1",
    "subject": {"reference": "Patient/p1", "display": "Ada Byron"},
    "performer": [{"display": "Dr. Grace Hopper"}],
    "code": {
        "coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}],
        "text": "Hemoglobin",
    },
    "note": [{"text": "Byron was tired", "authorString": "G. Hopper"}],
    "valueString": "seen by Ada",
}
SECRETS = {
    Part.NAMES: ("Byron", "Ada", "MRN-77", "Hopper", "Charles", "AAAA"),
    Part.CONTACTS: ("555-0100", "Main St", "Springfield", "c@example.org"),
    Part.NOTES: ("tired",),
}


@pytest.mark.parametrize("part", Part)
def test_what_is_to_be_left_out_stands_nowhere_in_a_record(part: Part) -> None:
    redaction = Redaction([part], ["Ada Byron"])
    for resource in (PATIENT, RESULT):
        kept = encode(redaction.resource(resource)).decode()
        assert [secret for secret in SECRETS[part] if secret in kept] == []


def test_all_that_was_not_asked_to_be_left_out_stays() -> None:
    kept = Redaction([Part.CONTACTS], ["Ada Byron"]).resource(RESULT)
    assert kept == RESULT
    every = Redaction(Part, ["Ada Byron"])
    assert every.resource(PATIENT)["birthDate"] == "1970-12-10"
    assert every.resource(RESULT)["code"] == RESULT["code"]
    assert every.resource(RESULT)["subject"] == {"reference": "Patient/p1"}


def test_a_name_inside_a_text_is_replaced_and_a_part_of_another_word_is_not() -> None:
    redaction = Redaction([Part.NAMES], ["Ada Byron"])
    assert redaction.text("ADA went to Canada") == f"{LEFT_OUT} went to Canada"
    assert redaction.resource(RESULT)["valueString"] == f"seen by {LEFT_OUT}"


def test_letters_documents_and_messages_are_notes() -> None:
    redaction = Redaction([Part.NOTES])
    message = {"resourceType": "Communication", "payload": [{"contentString": "secret"}], "status": "completed"}
    document = {
        "resourceType": "DocumentReference",
        "content": [{"attachment": {"data": "c2VjcmV0"}}],
        "status": "current",
    }
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": "c2VjcmV0"}
    for resource in (message, document, binary):
        assert "c2VjcmV0" not in str(redaction.resource(resource))
        assert "secret" not in str(redaction.resource(resource))

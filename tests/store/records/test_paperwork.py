"""Records about records are called by what they are about."""

from __future__ import annotations

from store.records import catalog

NOTE = {"reference": "DocumentReference/1", "display": "Progress note"}


def test_an_origin_is_called_by_what_it_is_about_and_names_who_was_there_first() -> None:
    agents = [{"who": {"reference": "Device/1"}}, {"who": {"reference": "Practitioner/1", "display": "Dr. Byron"}}]
    found = catalog.read_envelope(
        {"resourceType": "Provenance", "target": [NOTE], "recorded": "2026-11-20", "agent": agents}
    )
    assert (found.kind, found.title, found.value) == ("provenance", "Origin of Progress note", "Dr. Byron")
    assert found.date is not None


def test_an_origin_of_something_without_a_name_says_so() -> None:
    found = catalog.read_envelope({"resourceType": "Provenance", "target": [{"reference": "Condition/1"}]})
    assert (found.title, found.value) == ("Origin of a record", "")


def test_an_answer_is_called_by_the_appointment_and_its_state_is_what_was_answered() -> None:
    about = {"reference": "Appointment/1", "display": "Eye exam"}
    answer = {"appointment": about, "participantStatus": "declined", "comment": "away"}
    found = catalog.read_envelope({"resourceType": "AppointmentResponse", **answer})
    assert (found.title, found.status, found.value) == ("Answer about Eye exam", "declined", "away")
    plain = catalog.read_envelope({"resourceType": "AppointmentResponse", "participantStatus": "accepted"})
    assert plain.title == "Answer to a proposed time"

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from store.records import appointments

if TYPE_CHECKING:
    from store.records.elements import Json

NOON = datetime(2024, 5, 17, 12, tzinfo=UTC).timestamp()


def appointment(**parts: Any) -> Json:
    return {"resourceType": "Appointment", "id": "1", "status": "booked", **parts}


@pytest.mark.parametrize(
    ("parts", "is_upcoming"),
    [
        ({"start": "2024-05-17T13:00:00Z"}, True),
        ({"start": "2024-05-17T11:00:00Z"}, False),
        ({"start": "2024-05-17T11:30:00Z", "end": "2024-05-17T12:30:00Z"}, True),
        ({"start": "2024-05-17T13:00:00Z", "status": "cancelled"}, False),
        ({"start": "2024-05-17T13:00:00Z", "status": "noshow"}, False),
        ({"start": "2024-05-17T13:00:00Z", "status": "proposed"}, True),
        ({"status": "proposed"}, True),
        ({"start": "soon"}, True),
    ],
)
def test_what_is_booked_or_asked_for_and_not_over_is_upcoming(parts: Json, is_upcoming: bool) -> None:  # noqa: FBT001 - an expected value
    assert appointments.read(appointment(**parts)).is_upcoming(NOON) is is_upcoming


def test_what_is_asked_for_within_a_period_is_upcoming_until_the_period_ends() -> None:
    wished = appointments.read(
        appointment(
            status="proposed", requestedPeriod=[{"start": "2024-05-10T00:00:00Z", "end": "2024-05-20T00:00:00Z"}]
        )
    )
    assert wished.start
    assert wished.start.text == "2024-05-10T00:00:00Z"
    assert wished.is_upcoming(NOON)
    assert not wished.is_upcoming(NOON + 7 * 86_400)


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"description": "Annual check", "serviceType": [{"text": "x"}]}, "Annual check"),
        ({"serviceType": [{"text": "Cardiology"}], "appointmentType": {"text": "x"}}, "Cardiology"),
        ({"appointmentType": {"text": "Follow-up"}, "reasonCode": [{"text": "x"}]}, "Follow-up"),
        ({"reasonCode": [{"text": "Cough"}]}, "Cough"),
        ({}, "Appointment"),
    ],
)
def test_the_title_is_the_best_words_there_are(parts: Json, title: str) -> None:
    assert appointments.read(appointment(**parts)).title == title


def test_clinicians_and_places_are_told_apart_and_the_patient_left_out() -> None:
    found = appointments.read(
        appointment(
            participant=[
                {"actor": {"reference": "Patient/1", "display": "Ada"}},
                {"actor": {"reference": "https://portal.example/fhir/Practitioner/2", "display": "Dr. Byron"}},
                {"actor": {"type": "PractitionerRole", "display": "Cardiologist"}},
                {"actor": {"reference": "Location/3", "display": "Room 5"}},
                {"actor": {"type": "Location"}},
                {},
            ]
        )
    )
    assert found.clinicians == ("Dr. Byron", "Cardiologist")
    assert found.places == ("Room 5",)


def test_a_clinician_with_two_references_is_named_once() -> None:
    found = appointments.read(
        appointment(
            participant=[
                {"actor": {"reference": "Practitioner/p1", "display": "Dr. Byron"}},
                {"actor": {"reference": "PractitionerRole/r1", "display": "Dr. Byron"}},
            ]
        )
    )
    assert found.clinicians == ("Dr. Byron",)


def test_a_reference_to_a_version_of_a_clinician_is_understood() -> None:
    found = appointments.read(
        appointment(participant=[{"actor": {"reference": "Practitioner/2/_history/4", "display": "Dr. Byron"}}])
    )
    assert found.clinicians == ("Dr. Byron",)


def test_what_the_clinic_writes_keeps_its_lines() -> None:
    found = appointments.read(appointment(patientInstruction="Fast.\nBring the card.", comment="Ring\nfirst"))
    assert (found.instructions, found.comment) == ("Fast.\nBring the card.", "Ring\nfirst")


def test_the_columns_name_the_clinicians() -> None:
    shown = appointments.read_envelope(
        appointment(
            created="2024-01-01",
            serviceType=[{"coding": [{"code": "394579002"}], "text": "Cardiology"}],
            participant=[
                {"actor": {"reference": "Practitioner/2", "display": "Dr. Byron"}},
                {"actor": {"reference": "Practitioner/3", "display": "Dr. King"}},
            ],
        )
    )
    assert (shown.title, shown.code, shown.value, shown.status) == (
        "Cardiology",
        "394579002",
        "Dr. Byron, Dr. King",
        "booked",
    )
    assert shown.date
    assert shown.date.text == "2024-01-01"

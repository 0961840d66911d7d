from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.task import Task

from store.records import refills

if TYPE_CHECKING:
    from store.records.elements import Json

WANTED = refills.NewRefill(
    request_id="0190b0c4-1f6a-7c8e-9a3d-0123456789ab",
    medication="lisinopril 10 MG",
    medication_reference="MedicationRequest/m1",
    patient_reference="Patient/p1",
    owner_reference="Organization/o1",
    note="Going away on Friday",
    is_renewal=False,
    authored=1_715_938_200,
)


def task(**parts: Any) -> Json:
    return {"resourceType": "Task", "id": "t1", "status": "requested", **parts}


@pytest.mark.parametrize("is_renewal", [True, False])
@pytest.mark.parametrize("owner", ["Organization/o1", None])
@pytest.mark.parametrize("note", ["Going away on Friday", None])
def test_what_is_built_is_a_valid_task(is_renewal: bool, owner: str | None, note: str | None) -> None:  # noqa: FBT001 - each way to ask
    built = refills.build(replace(WANTED, is_renewal=is_renewal, owner_reference=owner, note=note))
    Task.model_validate(built)
    assert ("owner" in built, "note" in built) == (owner is not None, note is not None)
    assert refills.kind(built) == "refill"
    assert ("renewal" if is_renewal else "refill") in [coding["code"] for coding in built["code"]["coding"]]


def test_what_is_built_is_read_back_as_what_was_asked() -> None:
    found = refills.read(refills.build(WANTED))
    assert (found.request_id, found.medication, found.medication_id, found.status, found.note) == (
        WANTED.request_id,
        "lisinopril 10 MG",
        "m1",
        "requested",
        "Going away on Friday",
    )
    assert found.requested
    assert found.requested.text == "2024-05-17T09:30:00Z"


def test_our_identifier_is_found_among_others() -> None:
    found = refills.read(
        task(
            identifier=[
                {"system": "https://portal.example/task", "value": "9"},
                {"system": refills.REQUEST_ID_SYSTEM, "value": "ours"},
            ]
        )
    )
    assert found.request_id == "ours"
    assert refills.read(task(identifier=[{"system": "https://portal.example/task", "value": "9"}])).request_id == ""


@pytest.mark.parametrize(
    ("parts", "detail"),
    [
        ({"statusReason": {"text": "Too early"}, "businessStatus": {"text": "x"}}, "Too early"),
        ({"businessStatus": {"coding": [{"display": "At the pharmacy"}]}}, "At the pharmacy"),
        ({}, ""),
    ],
)
def test_the_portal_says_where_a_request_stands(parts: Json, detail: str) -> None:
    assert refills.read(task(**parts)).detail == refills.read_envelope(task(**parts)).value == detail


@pytest.mark.parametrize(
    ("parts", "medication", "medication_id"),
    [
        ({"focus": {"reference": "MedicationRequest/m1", "display": "aspirin"}}, "aspirin", "m1"),
        ({"focus": {"reference": "MedicationRequest/m1/_history/2"}, "description": "Refill aspirin"}, "aspirin", "m1"),
        ({"basedOn": [{"reference": "MedicationRequest/m2"}], "description": "Refill aspirin"}, "aspirin", "m2"),
        ({"code": {"text": "Refill request"}}, "Refill request", ""),
    ],
)
def test_a_request_names_its_medicine(parts: Json, medication: str, medication_id: str) -> None:
    found = refills.read(task(**parts))
    assert (found.medication, found.medication_id) == (medication, medication_id)
    shown = refills.read_envelope(task(**parts))
    assert (shown.title, shown.code) == (medication, medication_id)


@pytest.mark.parametrize(
    "parts",
    [
        {"lastModified": "2024-05-17", "authoredOn": "2023"},
        {"meta": {"lastUpdated": "2024-05-17"}, "authoredOn": "2023"},
        {"authoredOn": "2024-05-17"},
    ],
)
def test_the_last_change_is_the_latest_time_that_is_told(parts: Json) -> None:
    found = refills.read(task(**parts)).updated
    assert found
    assert found.text == "2024-05-17"


def test_a_task_of_another_kind_is_no_refill() -> None:
    other = task(code={"coding": [{"code": "approve"}]})
    assert refills.kind(other) == refills.read_envelope(other).kind == "task"

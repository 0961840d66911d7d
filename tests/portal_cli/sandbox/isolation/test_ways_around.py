"""Ways around the rules: by the clinic's hand, by another token of one's own, and by what two patients share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.isolation.conftest import PACKED_SECRET, SECRET, Intruder

if TYPE_CHECKING:
    from pathlib import Path

JSON = {"Content_Type": "application/fhir+json"}


def refer(name: str) -> dict[str, str]:
    return {"reference": name}


RECORD: tuple[dict[str, Any], ...] = (
    {"resourceType": "Patient", "id": "ada"},
    {"resourceType": "Patient", "id": "ben", "name": [{"text": SECRET}]},
    {"resourceType": "Binary", "id": "scan", "contentType": "text/plain", "data": "QkVOUy1TRUNSRVQ="},
    {
        "resourceType": "DocumentReference", "id": "note", "status": "current", "subject": refer("Patient/ben"),
        "content": [{"attachment": {"url": "Binary/scan"}}],
    },
    {"resourceType": "Observation", "id": "bens", "status": "final", "subject": refer("Patient/ben")},
    {"resourceType": "Observation", "id": "adas", "status": "final", "subject": refer("Patient/ada")},
    {
        "resourceType": "Communication", "id": "joint", "status": "completed", "subject": refer("Patient/ada"),
        "recipient": [refer("Patient/ben")],
    },
    *({"resourceType": "Condition", "id": f"c{number}", "subject": refer("Patient/ada")} for number in range(3)),
)  # fmt: skip


@pytest.fixture
def intruder(tmp_path: Path) -> Intruder:
    for number, resource in enumerate(RECORD):
        (tmp_path / f"{number}.json").write_text(json.dumps(resource), encoding="utf-8")
    return Intruder(Sandbox(SandboxOptions(load=tmp_path)))


def test_the_clinics_answer_to_a_request_opens_no_file_that_the_request_names(intruder: Intruder) -> None:
    assert PACKED_SECRET in "QkVOUy1TRUNSRVQ="
    order = {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": refer("Patient/ada"),
        "medicationReference": refer("Binary/scan"),
    }  # fmt: skip
    made = intruder.document("POST", "MedicationRequest", order, **JSON)
    task = {
        "resourceType": "Task", "status": "requested", "intent": "proposal", "for": refer("Patient/ada"),
        "code": {"coding": [{"code": "refill"}]}, "focus": refer(f"MedicationRequest/{made['id']}"),
    }  # fmt: skip
    asked = intruder.document("POST", "Task", task, **JSON)
    for _ in range(6):
        intruder.sandbox.clinic.step()
    ended = intruder.document("GET", f"Task/{asked['id']}")
    assert ended["status"] == "completed"
    assert ended["output"]
    assert intruder.call("GET", "Binary/scan").status_code == 404
    assert intruder.call("GET", "Binary/scan", Accept="text/plain").status_code == 404


def test_what_is_in_two_records_is_changed_by_neither_patient(intruder: Intruder) -> None:
    before = intruder.taken()
    joint = intruder.document("GET", "Communication/joint")
    changed = {**joint, "payload": [{"contentString": "changed"}]}
    assert intruder.call("PUT", "Communication/joint", changed, **JSON).status_code == 403
    patch = json.dumps([{"op": "add", "path": "/language", "value": "en"}])
    answer = intruder.call("PATCH", "Communication/joint", patch, Content_Type="application/json-patch+json")
    assert answer.status_code == 403
    assert intruder.call("DELETE", "Communication/joint").status_code == 403
    assert intruder.taken() == before


@pytest.mark.parametrize("path", ["Patient/ada/$everything?_count=1", "_history?_count=1", "Condition?_count=1"])
def test_a_narrower_token_turns_no_page_of_a_wider_one(intruder: Intruder, path: str) -> None:
    first = intruder.document("GET", path)
    pages = [link["url"] for link in first["link"] if link["relation"] == "next"]
    tokens = intruder.sandbox.portal.tokens
    scope = "launch/patient patient/Patient.rs"
    narrow = tokens.issue(tokens.new_grant("intruder", "ada", "ada", scope), "access", scope)
    assert [intruder.call("GET", page).status_code for page in pages] == [200]
    assert all(intruder.call("GET", page, token=narrow).status_code in {403, 410} for page in pages)


def test_a_provenance_does_not_tell_what_another_patient_has(intruder: Intruder) -> None:
    found = {}
    for target in ("adas", "bens", "nobodys"):
        body = {
            "resourceType": "Provenance", "recorded": "2026-01-01T00:00:00Z",
            "target": [refer("Observation/adas"), refer(f"Observation/{target}")],
            "agent": [{"who": refer("Patient/ada")}],
        }  # fmt: skip
        answer = intruder.call("POST", "Provenance", body, **JSON)
        found[target] = answer.status_code, answer.get_data(as_text=True)
    assert found["adas"][0] == 201
    assert found["bens"] == found["nobodys"]
    assert found["bens"][0] == 403


def test_an_own_resource_points_at_no_other_patient(intruder: Intruder) -> None:
    body = {"resourceType": "Observation", "status": "final", "subject": refer("Patient/ada")}
    assert intruder.call("POST", "Observation", {**body, "focus": [refer("Patient/ben")]}, **JSON).status_code == 403
    assert intruder.call("POST", "Observation", {**body, "focus": [refer("Patient/ada")]}, **JSON).status_code == 201


def test_a_token_tells_nothing_of_another_patients_token(intruder: Intruder) -> None:
    bearer = {"Authorization": f"Bearer {intruder.token}"}
    for whose, is_told in (("ada", True), ("ben", False)):
        form = {"token": intruder.token_of(whose)}
        answer = intruder.client.post("/auth/introspect", data=form, headers=bearer)
        assert (answer.json or {})["active"] is is_told

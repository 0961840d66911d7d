"""A search brings along what it refers to and what refers to it, as far as the token may see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller


def _reference(target: str) -> dict[str, str]:
    return {"reference": target}


OWN = {"subject": _reference("Patient/ada")}
RESOURCES: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "ada", "generalPractitioner": [_reference("Practitioner/doctor")]},
    {"resourceType": "Patient", "id": "ben"},
    {"resourceType": "Organization", "id": "maker", "name": "Maker", "partOf": _reference("Organization/group")},
    {"resourceType": "Organization", "id": "group", "name": "Group"},
    {"resourceType": "Practitioner", "id": "doctor"},
    {"resourceType": "Medication", "id": "pill", "manufacturer": _reference("Organization/maker")},
    {
        "resourceType": "MedicationRequest",
        "id": "order",
        **OWN,
        "medicationReference": _reference("Medication/pill"),
        "requester": _reference("Practitioner/doctor"),
    },
    {"resourceType": "MedicationRequest", "id": "other", **OWN, "medicationReference": _reference("Medication/pill")},
    {"resourceType": "Provenance", "id": "origin", "target": [_reference("MedicationRequest/order")]},
    {"resourceType": "Provenance", "id": "both", "target": [_reference("Observation/secret")]},
    {"resourceType": "Observation", "id": "secret", "subject": _reference("Patient/ben")},
    {
        "resourceType": "Observation",
        "id": "own",
        **OWN,
        "hasMember": [_reference("Observation/secret"), _reference("Observation/gone")],
    },
    {"resourceType": "Schedule", "id": "week", "actor": [_reference("Practitioner/doctor")]},
    {"resourceType": "Slot", "id": "nine", "status": "free", "schedule": _reference("Schedule/week")},
]


@pytest.fixture
def ada(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> Caller:
    return call_as(open_sandbox({f"{place}.json": json.dumps(each) for place, each in enumerate(RESOURCES)}))


def _found(caller: Caller, address: str) -> tuple[set[str], set[str], int]:
    answer = caller.get(address)
    assert answer.status_code == 200, answer.text
    bundle = answer.json or {}
    modes: dict[str, set[str]] = {"match": set(), "include": set()}
    for entry in bundle.get("entry", []):
        modes[entry["search"]["mode"]].add(entry["resource"]["id"])
    return modes["match"], modes["include"], bundle["total"]


@pytest.mark.parametrize(
    ("query", "included"),
    [
        ("_include=MedicationRequest:medication", {"pill"}),
        ("_include=MedicationRequest:medication:Medication", {"pill"}),
        ("_include=MedicationRequest:requester:Organization", set()),
        ("_include=MedicationRequest:requester&_include=MedicationRequest:subject", {"doctor", "ada"}),
        ("_include=MedicationRequest:patient", {"ada"}),
        ("_include=MedicationRequest:*", {"pill", "doctor", "ada"}),
        ("_include=*", {"pill", "doctor", "ada"}),
        ("_include=Observation:subject", set()),
        ("_include=MedicationRequest:status", set()),
        ("_include=MedicationRequest:medication&_include=Medication:manufacturer", {"pill"}),
        ("_include=MedicationRequest:medication&_include:iterate=Medication:manufacturer", {"pill", "maker"}),
        (
            "_include=*&_include:iterate=Medication:manufacturer&_include:iterate=Organization:partof",
            {"pill", "doctor", "ada", "maker", "group"},
        ),
        ("_revinclude=Provenance:target", {"origin"}),
        ("_revinclude=Provenance:target:MedicationRequest", {"origin"}),
        ("_revinclude=Provenance:target:Observation", set()),
    ],
)
def test_references_are_followed_as_asked(ada: Caller, query: str, included: set[str]) -> None:
    assert _found(ada, f"MedicationRequest?{query}") == ({"order", "other"}, included, 2)


def test_slots_bring_their_schedule_and_a_schedule_its_slots(ada: Caller) -> None:
    assert _found(ada, "Slot?status=free&_include=Slot:schedule") == ({"nine"}, {"week"}, 1)
    assert _found(ada, "Schedule?_revinclude=Slot:schedule") == ({"week"}, {"nine"}, 1)


def test_another_patients_resources_are_not_brought_along(ada: Caller) -> None:
    assert _found(ada, "Observation?_include=Observation:has-member&_include=*") == ({"own"}, {"ada"}, 1)
    assert _found(ada, "Provenance?_include=Provenance:target") == ({"origin"}, {"order"}, 1)


def test_only_types_in_scope_are_brought_along(ada: Caller, call_as: type[Caller]) -> None:
    narrow = call_as(ada.sandbox, scope="launch/patient patient/MedicationRequest.rs patient/Practitioner.s")
    query = "MedicationRequest?_include=*&_revinclude=Provenance:target"
    assert _found(narrow, query) == ({"order", "other"}, set(), 2)


def test_each_page_brings_its_own(ada: Caller) -> None:
    bundle = ada.get("MedicationRequest?_count=1&_include=MedicationRequest:requester").json or {}
    assert [entry["search"]["mode"] for entry in bundle["entry"]] == ["match", "include"]
    link = next(link["url"] for link in bundle["link"] if link["relation"] == "next")
    assert _found(ada, link) == ({"other"}, set(), 2)


@pytest.mark.parametrize(
    "query",
    [
        "_include=nonsense",
        "_include=a:b",
        "_include=Observation",
        "_revinclude=*",
        "_revinclude=Provenance:*",
        "_include=*:patient",
    ],
)
def test_an_include_that_makes_no_sense_is_refused(ada: Caller, query: str) -> None:
    assert ada.refused("GET", f"MedicationRequest?{query}")[0] == 400


def test_elements_are_left_out_when_only_some_are_asked_for(ada: Caller) -> None:
    bundle = ada.get("MedicationRequest?_id=order&_elements=medicationReference").json or {}
    resource = bundle["entry"][0]["resource"]
    assert resource.keys() == {"resourceType", "id", "meta", "subject", "medicationReference"}
    assert [tag["code"] for tag in resource["meta"]["tag"]] == ["SUBSETTED"]
    assert "_elements=medicationReference" in bundle["link"][0]["url"]
    assert "requester" in (ada.get("MedicationRequest/order").json or {})

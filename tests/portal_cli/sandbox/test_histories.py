"""Histories of a resource, of a type and of everything, in pages and from a moment on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller


def _change(ada: Caller, times: int) -> None:
    body = ada.get("Observation/glucose").json or {}
    for place in range(times):
        assert ada.call("PUT", "Observation/glucose", {**body, "note": [{"text": str(place)}]}).status_code == 200


def _entries(caller: Caller, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while address:
        answer = caller.get(address)
        assert answer.status_code == 200, answer.text
        bundle = answer.json or {}
        assert bundle["type"] == "history"
        found += bundle.get("entry", [])
        address = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    return found


def test_a_history_is_paged_and_newest_first(ada: Caller) -> None:
    _change(ada, 4)
    first = ada.get("Observation/glucose/_history?_count=2").json or {}
    assert (first["total"], len(first["entry"])) == (5, 2)
    versions = [
        each["resource"]["meta"]["versionId"] for each in _entries(ada, "Observation/glucose/_history?_count=2")
    ]
    assert versions == ["5", "4", "3", "2", "1"]


def test_a_type_has_a_history_with_deletions(ada: Caller) -> None:
    ada.call("DELETE", "Observation/pulse")
    entries = _entries(ada, "Observation/_history")
    assert entries[0]["request"] == {"method": "DELETE", "url": "Observation/pulse"}
    assert "resource" not in entries[0]
    assert {entry["request"]["method"] for entry in entries[1:]} == {"POST"}
    assert {entry["resource"]["id"] for entry in entries[1:]} == {"glucose", "pulse"}


def test_the_whole_record_has_a_history_within_scope(ada: Caller, call_as: type[Caller]) -> None:
    kinds = {entry["resource"]["resourceType"] for entry in _entries(ada, "_history")}
    assert kinds >= {"Patient", "Observation", "MedicationRequest", "Practitioner", "Provenance"}
    narrow = call_as(ada.sandbox, scope="launch/patient patient/Observation.r")
    assert {each["resource"]["resourceType"] for each in _entries(narrow, "_history")} == {"Observation"}
    assert narrow.refused("GET", "Patient/_history")[0] == 403


def test_a_history_is_the_patients_own(ada: Caller, ben: Caller) -> None:
    keys = {entry["resource"]["id"] for entry in _entries(ben, "Observation/_history")}
    assert keys == {"ben-pulse"}
    assert "ada" not in {entry["resource"]["id"] for entry in _entries(ben, "_history")}
    assert ben.refused("GET", "Observation/glucose/_history")[0] == 404
    assert ada.get("Observation/glucose/_history").status_code == 200


def test_a_history_begins_at_a_moment(ada: Caller) -> None:
    _change(ada, 1)
    updated = (ada.get("Observation/glucose").json or {})["meta"]["lastUpdated"]
    bundle = ada.get(f"Observation/_history?_since={updated}").json or {}
    assert "2" in {entry["resource"]["meta"]["versionId"] for entry in bundle["entry"]}
    assert f"_since={updated.replace(':', '%3A')}" in bundle["link"][0]["url"]
    assert (ada.get("Observation/_history?_since=2999-01-01T00:00:00Z").json or {})["total"] == 0
    assert ada.refused("GET", "Observation/_history?_since=yesterday")[0] == 400


def test_another_patient_cannot_turn_the_pages_of_a_history(ada: Caller, ben: Caller) -> None:
    _change(ada, 2)
    bundle = ada.get("_history?_count=1").json or {}
    link = next(link["url"] for link in bundle["link"] if link["relation"] == "next")
    assert ben.refused("GET", link) == (410, "expired")
    assert ada.get(link).status_code == 200


@pytest.mark.parametrize("address", ["Nonsense/_history", "Observation/absent/_history"])
def test_what_was_never_there_has_no_history(ada: Caller, address: str) -> None:
    assert ada.refused("GET", address)[0] == 404


def test_histories_are_declared(ada: Caller) -> None:
    rest = (ada.client.get("/fhir/metadata").json or {})["rest"][0]
    assert {"code": "history-system"} in rest["interaction"]
    assert all({"code": "history-type"} in row["interaction"] for row in rest["resource"])

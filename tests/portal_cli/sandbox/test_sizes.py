"""Patients made by number, served; and what they can fetch."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import DEFAULT_RESOURCES, Sandbox, SandboxError, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal_cli.sandbox.conftest import Caller


def _all(caller: Caller, address: str) -> list[str]:
    names: list[str] = []
    while address:
        bundle = caller.get(address).json or {}
        names += [
            f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
            for entry in bundle.get("entry", [])
            if entry["search"]["mode"] == "match"
        ]
        address = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    return names


def test_each_patient_is_served_exactly_what_was_asked_for(call_as: type[Caller]) -> None:
    sandbox = Sandbox(SandboxOptions(patients=3, resources=250, page_size=40))
    assert len(sandbox.sign_ins) == 3
    for place in range(3):
        caller = call_as(sandbox, place)
        names = _all(caller, f"Patient/{caller.sign_in.patient}/$everything")
        assert len(names) == len(set(names)) == 250


def test_every_page_of_a_great_search_costs_its_own_resources_only(call_as: type[Caller]) -> None:
    caller = call_as(Sandbox(SandboxOptions(resources=3000)))
    patient = caller.sign_in.patient
    query = f"Observation?patient={patient}&category=laboratory&_count=100&_revinclude=Provenance:target"
    names = _all(caller, query)
    bundle = caller.get(query).json or {}
    assert bundle["total"] == len(names) == len(set(names)) > 900
    assert set(names) <= set(_all(caller, f"Observation?patient={patient}&_count=1000"))


def test_one_patient_is_made_when_only_a_size_is_given_and_the_other_way_round() -> None:
    assert len(Sandbox(SandboxOptions(resources=30)).sign_ins) == 1
    sandbox = Sandbox(SandboxOptions(patients=2))
    patients = [one.patient for one in sandbox.sign_ins]
    repository = sandbox.portal.repository
    counts = [sum(len(repository.belongings(patient, kind)) for kind in repository.kinds()) for patient in patients]
    assert counts == [DEFAULT_RESOURCES, DEFAULT_RESOURCES]


@pytest.mark.parametrize(("patients", "resources"), [(0, None), (None, 0), (-1, 5)])
def test_nothing_is_not_a_size(patients: int | None, resources: int | None) -> None:
    with pytest.raises(SandboxError):
        Sandbox(SandboxOptions(patients=patients, resources=resources))


def test_a_folder_and_a_size_cannot_be_served_together(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"resourceType":"Patient","id":"p"}')
    with pytest.raises(SandboxError, match="together"):
        Sandbox(SandboxOptions(load=tmp_path, patients=2))


def test_a_file_that_holds_a_record_keeps_it(tmp_path: Path) -> None:
    first = Sandbox(SandboxOptions(file=tmp_path / "portal.db", patients=2, resources=40))
    first.stop()
    again = Sandbox(SandboxOptions(file=tmp_path / "portal.db", patients=5, resources=40))
    assert [one.patient for one in again.sign_ins] == [one.patient for one in first.sign_ins]
    assert "holds a record already" in again.skipped[0]
    again.stop()


def test_the_papers_of_a_story_can_be_fetched_raw_and_wrapped(call_as: type[Caller]) -> None:
    caller = call_as(Sandbox(SandboxOptions()))
    seen = set()
    for kind in ("DocumentReference", "DiagnosticReport", "Media"):
        entries = (caller.get(f"{kind}?_count=1000").json or {})["entry"]
        for resource in (entry["resource"] for entry in entries):
            holders = resource.get("presentedForm", [resource.get("content")])
            contents = resource["content"] if kind == "DocumentReference" else holders
            for attachment in (content.get("attachment", content) for content in contents if content):
                if "url" in attachment:
                    raw = caller.get(attachment["url"], Accept="*/*")
                    wrapped = caller.get(attachment["url"], Accept="application/fhir+json").json or {}
                    assert raw.content_type == attachment["contentType"]
                    assert raw.data == base64.b64decode(wrapped["data"])
                    assert len(raw.data) == attachment["size"]
                    seen.add((kind, raw.mimetype))
    assert {kind for kind, _ in seen} == {"DocumentReference", "DiagnosticReport", "Media"}
    types = {mimetype for _, mimetype in seen}
    assert types == {"text/plain", "text/html", "application/rtf", "application/pdf", "image/png"}


def test_a_story_has_times_to_book_and_medicines_by_reference(call_as: type[Caller]) -> None:
    caller = call_as(Sandbox(SandboxOptions()))
    slots = (caller.get("Slot?status=free&_count=1&_include=Slot:schedule").json or {})["entry"]
    assert [entry["resource"]["resourceType"] for entry in slots] == ["Slot", "Schedule"]
    bundle = caller.get("MedicationRequest?_include=MedicationRequest:medication&_count=1000").json or {}
    assert "Medication" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    origins = (caller.get("DiagnosticReport?_revinclude=Provenance:target&_count=1000").json or {})["entry"]
    assert "Provenance" in {entry["resource"]["resourceType"] for entry in origins}

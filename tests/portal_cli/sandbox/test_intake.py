"""Loading folders: every Bundle and resource, references made to meet, odd input left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.intake import read_folder
from portal_cli.sandbox.outcomes import SandboxError
from portal_cli.sandbox.references import walk
from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.portal_cli.sandbox.conftest import Caller

PATIENT_URL = "urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f0101"
FOLDERS = {"synthea": 5, "synthea-notes": 2, "us-core-6.1.0": 5, "fhir-r4-examples": 22}


def _bundle(*entries: tuple[str, dict[str, Any]]) -> str:
    rows = [{"fullUrl": url, "resource": resource} for url, resource in entries]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": rows})


def _read(folder: Path, **files: str) -> dict[str, dict[str, Any]]:
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return {f"{one['resourceType']}/{one['id']}": one for one in read_folder(folder).resources}


def test_urn_references_become_addresses_and_identifiers_do_not(tmp_path: Path) -> None:
    condition = {
        "resourceType": "Condition",
        "subject": {"reference": PATIENT_URL},
        "identifier": [{"value": PATIENT_URL}],
        "extension": [{"valueAttachment": {"url": PATIENT_URL}}],
    }
    found = _read(
        tmp_path, a=_bundle((PATIENT_URL, {"resourceType": "Patient"}), ("urn:uuid:c", {**condition, "id": "c"}))
    )
    key = PATIENT_URL.removeprefix("urn:uuid:")
    assert found["Condition/c"]["subject"] == {"reference": f"Patient/{key}"}
    assert found["Condition/c"]["identifier"] == [{"value": PATIENT_URL}]
    assert found["Condition/c"]["extension"][0]["valueAttachment"]["url"] == f"Patient/{key}"


def test_the_same_resource_twice_is_one(tmp_path: Path) -> None:
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Same"}]}
    found = _read(tmp_path, a=_bundle(("urn:uuid:d", doctor)), b=json.dumps(doctor))
    assert list(found) == ["Practitioner/d"]


def test_a_clash_of_ids_gives_the_later_a_new_one_which_its_bundle_follows(tmp_path: Path) -> None:
    def patient(family: str) -> str:
        task = {"resourceType": "Task", "id": f"t-{family}", "for": {"reference": "Patient/p"}}
        return _bundle(("", {"resourceType": "Patient", "id": "p", "name": [{"family": family}]}), ("", task))

    found = _read(tmp_path, a=patient("First"), b=patient("Second"))
    second = found["Task/t-Second"]["for"]["reference"]
    assert found["Task/t-First"]["for"]["reference"] == "Patient/p"
    assert second != "Patient/p"
    assert found[second]["name"] == [{"family": "Second"}]


def test_a_conditional_reference_is_resolved_only_when_one_resource_answers(tmp_path: Path) -> None:
    def doctor(key: str, value: str) -> dict[str, Any]:
        return {"resourceType": "Practitioner", "id": key, "identifier": [{"system": "urn:npi", "value": value}]}

    def order(number: str) -> str:
        return f"Practitioner?identifier=urn:npi|{number}"

    wanted = {"resourceType": "Basic", "id": "b", "author": [{"reference": order(n)} for n in "123"]}
    entries = [doctor("one", "1"), doctor("two", "2"), doctor("too", "2"), wanted]
    found = _read(tmp_path, a=_bundle(*(("", entry) for entry in entries)))
    assert [author["reference"] for author in found["Basic/b"]["author"]] == [
        "Practitioner/one",
        order("2"),
        order("3"),
    ]


def test_files_that_are_not_fhir_are_left_out_by_name(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "p.ndjson").write_text('{"resourceType":"Patient","id":"p"}\n\n')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "notes.txt").write_text("not looked at")
    intake = read_folder(tmp_path)
    assert [one["id"] for one in intake.resources] == ["p"]
    assert len(intake.skipped) == 1
    assert "list.json" in intake.skipped[0]


@pytest.mark.parametrize("text", [None, "{", "[]", '{"resourceType":"Bundle","entry":[]}'])
def test_a_folder_without_use_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "a.json").write_text(text)
    with pytest.raises(SandboxError) as refusal:
        read_folder(tmp_path if text is not None else tmp_path / "missing")
    assert refusal.value.hint


@pytest.mark.parametrize("name", FOLDERS)
def test_published_examples_load_whole(given_folder: Callable[[str], Path], call_as: type[Caller], name: str) -> None:
    sandbox = Sandbox(SandboxOptions(load=given_folder(name)))
    assert len(sandbox.sign_ins) == FOLDERS[name]
    assert sandbox.skipped == ()
    repository = sandbox.portal.repository
    texts = [
        text
        for kind in repository.kinds()
        for version in repository.everything(kind)
        for _, key, text in walk(version.resource())
        if key == "reference"
    ]
    assert not [text for text in texts if text.startswith("urn:uuid:")]
    caller = call_as(sandbox)
    assert caller.found("Patient") == {sandbox.sign_ins[0].patient}


@pytest.mark.parametrize("name", ["synthea-notes", "us-core-6.1.0"])
def test_what_is_served_is_valid_fhir(given_folder: Callable[[str], Path], call_as: type[Caller], name: str) -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="the standard's models are not installed")
    caller = call_as(Sandbox(SandboxOptions(load=given_folder(name))))
    for kind in ("Patient", "Observation", "Encounter", "Condition", "Practitioner"):
        bundle = caller.get(f"{kind}?_count=20").json or {}
        for entry in bundle.get("entry", []):
            models.get_fhir_model_class(kind).model_validate(entry["resource"])

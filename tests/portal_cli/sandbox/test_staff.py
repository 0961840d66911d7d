"""The practice's staff: what waits for them, what they may do, and who comes in by their door."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox import staff_door
from portal_cli.sandbox.outcomes import FhirError, SandboxError
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, new_home
from tests.portal_cli.sandbox.test_own_details import ALLERGY, COVERAGE, made, patient, proposal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.sandbox.conftest import Caller

REFILL = {
    "resourceType": "Task",
    "status": "requested",
    "intent": "proposal",
    "code": {"coding": [{"code": "fulfill"}, {"code": "refill"}]},
    "for": {"reference": "Patient/ada"},
    "focus": {"reference": "MedicationRequest/order"},
}


def waiting(ada: Caller) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in ada.sandbox.portal.staff.waiting()}


def test_everything_that_patients_sent_waits_with_its_ways(ada: Caller) -> None:
    kinds = {}
    for resource, kind in ((COVERAGE, "insurance"), (ALLERGY, "allergy"), (proposal(), "change"), (REFILL, "refill")):
        kinds[f"{resource['resourceType']}/{made(ada, resource)['id']}"] = kind
    found = waiting(ada)
    assert {name: one["kind"] for name, one in found.items()} == kinds
    assert {one["patient_name"] for one in found.values()} == {"Ada Lóng"}
    for name, one in found.items():
        ada.sandbox.portal.staff.act(name, one["ways"][0], "")
    left = waiting(ada)
    assert {one["kind"] for one in left.values()} == {"refill"}


def test_a_person_takes_a_proposal_over_at_once(ada: Caller) -> None:
    task = made(ada, proposal(telecom=[{"system": "phone", "value": "802 555 0100"}]))
    done = ada.sandbox.portal.staff.act(task["id"], "accept", "")
    assert done["status"] == "completed"
    assert patient(ada)["telecom"][0]["value"] == "802 555 0100"


def test_a_refill_is_advanced_step_by_step_or_declined_with_a_reason(ada: Caller) -> None:
    staff, task = ada.sandbox.portal.staff, made(ada, REFILL)
    seen = [staff.act(task["id"], "advance", "")["status"] for _ in range(4)]
    assert seen == ["received", "accepted", "in-progress", "completed"]
    with pytest.raises(FhirError) as over:
        staff.act(task["id"], "advance", "")
    assert over.value.status == 422
    other = made(ada, REFILL)
    with pytest.raises(FhirError, match="reason"):
        staff.act(other["id"], "decline", "")
    assert staff.act(other["id"], "decline", "Please come in.")["status"] == "rejected"
    declined = ada.get(f"Task/{other['id']}").json or {}
    assert declined["statusReason"] == {"text": "Please come in."}


def test_what_a_patient_tells_of_is_declined_with_a_reason(ada: Caller) -> None:
    staff = ada.sandbox.portal.staff
    allergy, coverage = made(ada, ALLERGY), made(ada, COVERAGE)
    for one in (allergy, coverage):
        with pytest.raises(FhirError, match="reason"):
            staff.act(one["id"], "decline", "")
    assert staff.act(allergy["id"], "decline", "Tested: no.")["status"] == "refuted"
    assert staff.act(coverage["id"], "decline", "Not known there.")["status"] == "entered-in-error"
    assert waiting(ada) == {}


def test_nothing_can_be_done_with_what_is_not_there_or_does_not_wait(ada: Caller) -> None:
    staff = ada.sandbox.portal.staff
    for name, status in (("Task/none", 404), ("none", 404), ("Coverage/none", 404)):
        with pytest.raises(FhirError) as refused:
            staff.act(name, "accept", "")
        assert refused.value.status == status
    allergy = made(ada, ALLERGY)
    with pytest.raises(FhirError, match="accept, decline"):
        staff.act(allergy["id"], "advance", "")


def test_the_door_takes_the_secret_and_nothing_else(ada: Caller) -> None:
    client, secret = ada.client, ada.sandbox.portal.staff_secret
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {secret}"}):
        for method, path in (("GET", "/staff/waiting"), ("POST", "/staff/act")):
            assert client.open(path, method=method, headers=header).status_code == 401
    token = {"Authorization": f"Bearer {ada.tokens['access_token']}"}
    assert client.get("/staff/waiting", headers=token).status_code == 401
    own = {"Authorization": f"Bearer {secret}"}
    assert client.get("/staff/waiting", headers=own).json == {"waiting": []}
    for body in ("", "[]", "{}", '{"id":1,"way":"accept"}'):
        assert client.post("/staff/act", headers=own, data=body).status_code in {400, 404}
    assert client.get("/staff/waiting", headers={**own, "Host": "evil.example"}).status_code == 421


@pytest.fixture
def practice() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


@pytest.fixture
def doors(tmp_path: Path) -> str:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return str(folder)


def test_a_person_acts_as_staff_at_the_command_line(practice: Sandbox, tmp_path: Path, doors: str) -> None:
    home = new_home(tmp_path)
    account = practice.sign_ins[0]
    home.sign_in(practice.base_url, account.username, account.password)
    assert home.run("sync").code == 0

    def clinic(*arguments: str) -> Any:
        said = home.run("sandbox", "clinic", *arguments, "--json", XDG_RUNTIME_DIR=doors)
        assert said.code == 0, said.err
        return said.json

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", doors)
        kept = staff_door.keep(practice.base_url, practice.portal.staff_secret)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert clinic() == []
    first = home.run("appointments", "request", "--reason", "Cough", "--yes", "--json").json["appointment"]["id"]
    other = home.run("appointments", "request", "--reason", "Knee", "--yes", "--json").json["appointment"]["id"]
    third = home.run("appointments", "request", "--reason", "Ear", "--yes", "--json").json["appointment"]["id"]
    listed = clinic()
    assert [(one["id"], one["what"]) for one in listed][:1] == [(f"Appointment/{first}", "Cough")]
    assert clinic(f"Appointment/{first}", "confirm")["status"] == "booked"
    assert clinic(other, "propose")["status"] == "pending"
    assert clinic(third, "decline", "We are closed.")["status"] == "cancelled"
    assert home.run("sync").code == 0
    shown = [home.run("appointments", "show", name, "--json").json["status"] for name in (first, other, third)]
    assert shown == ["booked", "pending", "cancelled"]
    refused = home.run("sandbox", "clinic", third, "confirm", XDG_RUNTIME_DIR=doors)
    assert (refused.code, "not waiting" in refused.err) == (8, True)
    unknown = home.run("sandbox", "clinic", "nope", "confirm", XDG_RUNTIME_DIR=doors)
    assert (unknown.code, "`portal sandbox clinic`" in unknown.err) == (6, True)
    rows = home.run("sandbox", "clinic", "--columns", "id,kind", "--format", "csv", XDG_RUNTIME_DIR=doors).out
    assert rows.splitlines()[0] == "id,kind"
    assert f"Appointment/{other}," in rows
    text = home.run("sandbox", "clinic", XDG_RUNTIME_DIR=doors)
    assert f"Appointment/{other}" in text.out


def test_without_a_portal_that_runs_it_says_so(home_alone: Home, doors: str) -> None:
    said = home_alone.run("sandbox", "clinic", XDG_RUNTIME_DIR=doors)
    assert (said.code, "no practice portal of yours runs here\n  → Start one" in said.err) == (5, True)
    as_json = home_alone.run("sandbox", "clinic", "--json", XDG_RUNTIME_DIR=doors)
    assert (as_json.error["code"], as_json.error["exit"]) == ("practice-unreachable", 5)
    assert home_alone.run("sandbox", "clinic", "Task/1", XDG_RUNTIME_DIR=doors).code == 2


@pytest.fixture
def home_alone(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def test_a_folder_that_others_could_write_to_and_a_foreign_address_are_not_trusted(
    doors: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", doors)
    path = staff_door.keep("http://127.0.0.1:1/fhir", "s")
    path.write_text(json.dumps({"url": "http://elsewhere.example/fhir", "secret": "s"}))
    with pytest.raises(SandboxError, match="runs here"):
        staff_door.Visitor()
    path.parent.chmod(0o777)
    with pytest.raises(SandboxError, match="yours alone"):
        staff_door.Visitor()
    assert tmp_path.exists()

"""The life of refill requests at the command line, against the practice portal over a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.medicationdispense import MedicationDispense
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.task import Task

from portal_cli.sandbox.quirks import table
from portal_cli.sandbox.quirks.mode import Mode
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal_cli.sandbox.versions import Version


def ask(home: Home, *arguments: str) -> Any:
    said = home.run("refill", *arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json


def stored(practice: Sandbox, reference: str) -> Version:
    version = practice.portal.repository.current(*reference.split("/"))
    assert version is not None
    return version


def move(practice: Sandbox, request: dict[str, Any], *statuses: str, reason: str = "") -> None:
    """Let the staff take a request further, ten minutes a step."""
    for status in statuses:
        practice.portal.clock.advance(600)
        practice.clinic.refilling.move(stored(practice, f"Task/{request['id']}"), status, reason)


def shown(home: Home, request: dict[str, Any]) -> dict[str, Any]:
    assert home.run("sync").code == 0
    found: dict[str, Any] = home.run("refills", "show", request["id"], "--json").json
    return found


def body(practice: Sandbox, reference: str) -> bytes:
    return stored(practice, reference).body


def test_a_refill_is_followed_to_its_end_with_every_step_and_what_came_of_it(practice: Sandbox, ada: Home) -> None:
    asked = ask(ada, "lisinopril", "--note", "Two weeks left", "--pharmacy", "corner shop", "--remaining", "4")
    Task.model_validate_json(body(practice, f"Task/{asked['id']}"))
    assert asked["status"] == "requested"
    assert "lisinopril" in ada.run("status").out
    for _ in range(4):
        practice.portal.clock.advance(600)
        practice.clinic.step()
    found = shown(ada, asked)
    assert [step["status"] for step in found["steps"]] == [
        "requested", "received", "accepted", "in-progress", "completed",
    ]  # fmt: skip
    times = [step["at"] for step in found["steps"]]
    assert times == sorted(times)
    assert len(set(times)) == 5
    assert (found["pharmacy"], found["remaining"]) == ("corner shop", "4 tablet")
    assert (found["status"], found["detail"]) == ("completed", "Ready for pickup")
    made = {one["what"]: one for one in found["made"]}
    assert "lisinopril" in made["dispense"]["title"]
    MedicationDispense.model_validate_json(body(practice, made["dispense"]["reference"]))
    assert "lisinopril" not in ada.run("status").out
    history = ada.run("refills", "history", asked["id"], "--json").json
    assert [step["status"] for step in history] == [step["status"] for step in found["steps"]]
    read = ada.run("refills", "show", asked["id"]).out
    assert "Became" in read
    assert "in-progress" in read


def test_a_renewal_brings_a_new_prescription_and_the_list_has_it_alone(practice: Sandbox, ada: Home) -> None:
    orders = practice.portal.repository.visible(practice.sign_ins[0].patient, "MedicationRequest")
    order = next(v for v in orders if v.resource()["status"] == "active" and b"lisinopril" in v.body)
    spent = order.resource()
    spent["dispenseRequest"]["numberOfRepeatsAllowed"] = 0
    practice.portal.repository.put(spent, order.key)
    assert ada.run("sync").code == 0
    plan = ada.run("refill", "lisinopril", "--dry-run")
    assert "a renewal of" in plan.out
    assert "no refills are left" in plan.out
    asked = ask(ada, "lisinopril")
    move(practice, asked, "received", "accepted", "in-progress", "completed")
    made = {one["what"]: one for one in shown(ada, asked)["made"]}
    assert set(made) == {"prescription", "dispense"}
    MedicationRequest.model_validate_json(body(practice, made["prescription"]["reference"]))
    listed = [one for one in ada.run("medications", "--json").json if "lisinopril" in one["name"]]
    assert [f"{one['type']}/{one['id']}" for one in listed] == [made["prescription"]["reference"]]
    assert "a refill of" in ada.run("refill", "lisinopril", "--dry-run").out


def test_several_are_asked_for_at_once_and_one_that_is_refused_does_not_stop_the_others(
    practice: Sandbox, tmp_path: Path
) -> None:
    other = at_home(tmp_path / "other", practice, 2)
    said = other.run("refill", "losartan", "allopurinol", "--dry-run", "--json")
    assert [one["resourceType"] for one in said.json] == ["Task", "Task"]
    for one in said.json:
        Task.model_validate_json(json.dumps(one))
    again = at_home(tmp_path / "again", practice, 2)
    ask(again, "losartan")
    some = other.run("refill", "losartan", "allopurinol", "--yes", "--json")
    assert some.code == 3
    assert "open request" in some.err
    assert [one["status"] for one in some.json] == ["requested"]
    kept = other.run("outbox", "list", "--waiting", "--json").json
    assert [one["state"] for one in kept] == ["rejected"]
    assert other.run("refill", "losartan", "metoprolol", "--remaining", "1", "--yes").code == 2


def test_words_that_stand_apart_may_be_one_name(ada: Home) -> None:
    found = ada.run("refill", "lisinopril", "tablet", "--dry-run", "--json")
    assert found.code == 0, found.err
    assert "lisinopril" in found.json["description"]


def test_a_request_is_cancelled_until_the_pharmacy_has_it_and_the_words_are_kept(practice: Sandbox, ada: Home) -> None:
    asked = ask(ada, "lisinopril")
    move(practice, asked, "received")
    dry = ada.run("refills", "cancel", asked["id"], "--reason", "found some", "--dry-run", "--json")
    Task.model_validate_json(json.dumps(dry.json))
    assert (dry.json["status"], dry.json["statusReason"]["text"]) == ("cancelled", "found some")
    assert ada.run("refills", "cancel", asked["id"]).code == 16
    done = ada.run("refills", "cancel", asked["id"], "--reason", "found some", "--yes", "--json")
    assert (done.code, done.json["status"]) == (0, "cancelled")
    assert stored(practice, f"Task/{asked['id']}").resource()["statusReason"] == {"text": "found some"}
    over = ada.run("refills", "cancel", asked["id"], "--yes")
    assert over.code == 1
    assert "cancelled cannot be cancelled" in over.err


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (("received", "accepted", "in-progress"), "in-progress"),
        (("received", "accepted", "in-progress", "on-hold"), "on-hold"),
        (("received", "accepted", "in-progress", "failed"), "failed"),
        (("received", "accepted", "in-progress", "completed"), "completed"),
        (("received", "rejected"), "rejected"),
    ],
)
def test_what_can_no_longer_be_cancelled_says_where_it_stands(
    practice: Sandbox, ada: Home, steps: tuple[str, ...], state: str
) -> None:
    asked = ask(ada, "lisinopril")
    for step in steps:
        move(practice, asked, step, reason="Please call" if step in {"failed", "rejected", "on-hold"} else "")
    said = ada.run("refills", "cancel", asked["id"], "--yes")
    assert said.code == 1
    assert f"that is {state} cannot be cancelled" in said.err
    assert stored(practice, f"Task/{asked['id']}").resource()["status"] == state


def test_a_cancellation_without_a_connection_waits_and_keeps_its_words(practice: Sandbox, ada: Home) -> None:
    asked = ask(ada, "lisinopril")
    practice.stop()
    said = ada.run("refills", "cancel", asked["id"], "--reason", "found some", "--yes", "--json")
    assert (said.code, said.json["change"]) == (0, "queued")
    assert "cancelling it waits here" in ada.run("refills").out
    kept = ada.run("outbox", "show", ada.run("outbox", "list", "--waiting", "--json").json[0]["id"], "--json").json
    assert kept["fhir"]["statusReason"]["text"] == "found some"


def test_a_rejected_request_tells_why_and_may_be_asked_for_again(practice: Sandbox, ada: Home) -> None:
    asked = ask(ada, "lisinopril", "--remaining", "80 tablets")
    practice.clinic.step()
    practice.clinic.step()
    found = shown(ada, asked)
    assert found["status"] == "rejected"
    assert "too early" in found["detail"]
    assert [step["status"] for step in found["steps"]] == ["requested", "received", "rejected"]
    assert ask(ada, "lisinopril")["status"] == "requested"


def test_a_request_that_waits_here_is_cancelled_here(practice: Sandbox, ada: Home) -> None:
    practice.stop()
    asked = ask(ada, "lisinopril")
    assert asked["status"] == "queued"
    assert ada.run("refills", "cancel", asked["id"], "--yes").code == 0
    assert ada.run("status", "--json").json["waiting"] == 0


def test_what_runs_out_is_listed_with_what_to_ask_for(ada: Home) -> None:
    rows = ada.run("refills", "due", "--days", "3660", "--json").json
    assert rows
    assert [row["days"] for row in rows] == sorted(row["days"] for row in rows)
    lisinopril = next(row for row in rows if "lisinopril" in row["medication"])
    assert (lisinopril["is_asked"], lisinopril["is_renewal"]) == (False, False)
    ask(ada, "lisinopril")
    again = ada.run("refills", "due", "--days", "3660", "--json").json
    assert next(row for row in again if "lisinopril" in row["medication"])["is_asked"]
    assert ada.run("refills", "due", "--days", "0").code == 0


@pytest.mark.parametrize("amount", ["many", "-4", "4 tablets of 10", "NaN", "1e9", ""])
def test_an_amount_that_is_none_is_refused(ada: Home, amount: str) -> None:
    said = ada.run("refill", "lisinopril", "--remaining", amount, "--dry-run")
    assert said.code == (0 if not amount else 2)


def test_a_pharmacy_of_the_record_is_named_by_its_reference(ada: Home) -> None:
    found = ada.run("refill", "lisinopril", "--pharmacy", "pharmacy", "--dry-run", "--json")
    assert found.code == 0, found.err
    assert found.json["input"][0]["valueReference"]["reference"].startswith("Organization/")


MESSAGES = Mode("messages only", hidden=frozenset({"Task"}))


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A portal that takes messages and no refill requests."""
    monkeypatch.setitem(table.MODES, "messages only", MESSAGES)
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks="messages only")) as running:
        yield running


def test_where_no_requests_are_taken_a_message_is_sent_and_said_so_before(writing: Sandbox, tmp_path: Path) -> None:
    home = at_home(tmp_path / "home", writing)
    asked = home.run("refill", "lisinopril", "--note", "Two weeks left", "--remaining", "9")
    assert asked.code == 16
    assert "takes no refill requests. This goes as a message to" in asked.err
    assert "I have 9 tablet left." in asked.err
    plan = home.run("refill", "lisinopril", "--note", "Two weeks left", "--dry-run", "--json").json
    Communication.model_validate_json(json.dumps(plan))
    assert plan["about"][0]["reference"].startswith("MedicationRequest/")
    assert plan["recipient"][0]["reference"].startswith("Practitioner/")
    sent = ask(home, "lisinopril", "--note", "Two weeks left")
    assert (sent["status"], sent["is_message"]) == ("sent", True)
    messages = [version.resource() for version in writing.portal.repository.everything("Communication")]
    assert sum("Two weeks left" in json.dumps(message.get("payload")) for message in messages) == 1
    again = home.run("refill", "lisinopril", "--yes")
    assert again.code == 1
    assert "already open (sent)" in again.err
    assert home.run("refills", "show", sent["request_id"]).code == 0


@pytest.mark.parametrize("mode", sorted({*table.MODES} - {"messages only"}))
def test_every_vendors_portal_takes_a_refill_or_says_that_it_does_not(mode: str, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode)) as portal:
        home = at_home(tmp_path / mode, portal)
        said = home.run("refill", "lisinopril", "--note", "please", "--json")
        if not portal.mode or not portal.mode.offers("Task", "create"):
            assert said.code == 7
            assert "does not offer refill requests" in said.err
            assert home.run("outbox", "list", "--json").json == []
            return
        assert said.code == 16
        asked = ask(home, "lisinopril")
        move(portal, asked, "received")
        cancelled = home.run("refills", "cancel", asked["id"], "--reason", "found some", "--yes", "--json")
        assert (cancelled.code, cancelled.json["status"]) == (0, "cancelled"), cancelled.err
        assert [step["status"] for step in shown(home, asked)["steps"]] == ["requested", "received", "cancelled"]

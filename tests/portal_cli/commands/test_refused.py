"""What the practice refuses, at the command line and over a socket: it is said why, and what was written is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox import messaging
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, Said, at_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal_cli.sandbox.versions import Version

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


@pytest.fixture(scope="module")
def practice() -> Iterator[Sandbox]:
    """One practice for all of these: each begins something of its own there, and settles it."""
    with Sandbox(SandboxOptions(clinic_delay=3600, faults="")) as running:
        yield running


@pytest.fixture(scope="module")
def home(practice: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = at_home(tmp_path_factory.mktemp("ada"), practice)
    assert found.run("config", "set", "retries", "0").code == 0
    return found


@pytest.fixture
def ada(home: Home) -> Iterator[Home]:
    """Somebody of whom nothing waits, before and after."""
    yield home
    assert home.run("sync").code == 0
    for item in waiting(home):
        assert home.run("outbox", "cancel", item["id"], "--yes").code == 0
    assert waiting(home) == []


def waiting(home: Home) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.run("outbox", "list", "--waiting", "--json").json
    return found


def done(home: Home, *arguments: str) -> Any:
    said = home.run(*arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json


def refused(home: Home, said: Said, words: str) -> dict[str, Any]:
    """Make sure that a refusal is told in a sentence with its way out; gives what the outbox keeps."""
    assert said.code == 8, said.err
    told = [line for line in said.err.splitlines() if line.startswith("portal: ")]
    assert len(told) == 1
    assert words in told[0]
    (kept,) = waiting(home)
    assert (kept["state"], words in kept["reason"]) == ("rejected", True)
    assert f"→ What you wrote is kept: `portal outbox edit {kept['id']}`" in said.err
    found: dict[str, Any] = home.run("outbox", "show", kept["id"], "--json").json
    return found


def send_again(home: Home, kept: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Change what was refused, and send it; a member of None is left out."""
    body = {name: value for name, value in {**kept["fhir"], **members}.items() if value is not None}
    said = home.run("outbox", "edit", kept["id"], "--file", "-", "--yes", "--json", typed=json.dumps(body))
    assert said.code == 0, said.err
    assert (said.json["state"], waiting(home)) == ("confirmed", [])
    found: dict[str, Any] = said.json
    return found


def there(practice: Sandbox, reference: str) -> Version:
    version = practice.portal.repository.current(*reference.split("/"))
    assert version is not None
    return version


def with_text(practice: Sandbox, text: str) -> list[dict[str, Any]]:
    every = [each.resource() for each in practice.portal.repository.everything("Communication")]
    return [each for each in every if text in json.dumps(each.get("payload", ""))]


def staff(practice: Sandbox, reference: str, **members: Any) -> None:
    """Let the practice change a record of its own accord."""
    before = there(practice, reference)
    after = {name: value for name, value in {**before.resource(), **members}.items() if value is not None}
    practice.portal.repository.put(after, before.key, before.creator)


def write(home: Home, *arguments: str, to: str = "") -> Said:
    somebody = to or home.run("messages", "recipients", "--json").json[0]["id"]
    return home.run("messages", "send", "--to", somebody, "--subject", "Knee", *arguments, "--yes")


def conversation(home: Home, text: str) -> str:
    """The id of a conversation that was begun with a text."""
    assert write(home, "--body", text).code == 0
    found = home.run("messages", "search", text, "--json").json
    return str(found[0]["id"])


def test_an_answer_in_a_closed_conversation_is_kept_and_sent_as_a_message_of_its_own(
    ada: Home, practice: Sandbox
) -> None:
    thread = conversation(ada, "It hurts.")
    practice.clinic.correspondence.close(there(practice, f"Communication/{thread}"))
    said = ada.run("messages", "reply", thread, "--body", "One more thing.", "--yes")
    kept = refused(ada, said, "this conversation is closed")
    assert kept["fhir"]["payload"] == [{"contentString": "One more thing."}]
    assert with_text(practice, "One more thing.") == []
    send_again(ada, kept, partOf=None, inResponseTo=None)
    assert len(with_text(practice, "One more thing.")) == 1


def test_a_message_to_somebody_who_has_left_is_kept_and_sent_to_another(ada: Home, practice: Sandbox) -> None:
    every = [each["id"] for each in ada.run("messages", "recipients", "--json").json]
    gone, other = [one for one in every if one.startswith("Practitioner/")][-1], every[0]
    before = there(practice, gone)
    practice.portal.repository.delete(before)
    kept = refused(ada, write(ada, "--body", "Are you there?", to=gone), "there is no such recipient")
    assert kept["fhir"]["payload"] == [{"contentString": "Are you there?"}]
    practice.portal.repository.put(before.resource(), before.key)
    send_again(ada, kept, recipient=[{"reference": other}], partOf=None)
    assert len(with_text(practice, "Are you there?")) == 1


def test_a_message_with_a_picture_that_is_not_taken_is_kept_and_sent_without_it(
    ada: Home, practice: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "knee.png"
    picture.write_bytes(PNG)
    monkeypatch.setattr(messaging, "CONTENT_TYPES", frozenset({"text/plain"}))
    kept = refused(ada, write(ada, "--body", "See this.", "--attach", str(picture)), "image/png")
    assert kept["fhir"]["payload"][0] == {"contentString": "See this."}
    send_again(ada, kept, payload=kept["fhir"]["payload"][:1])
    assert len(with_text(practice, "See this.")) == 1


def test_a_message_that_was_withdrawn_there_is_read_here_without_a_word(ada: Home, practice: Sandbox) -> None:
    thread = conversation(ada, "A question.")
    asked = with_text(practice, "A question.")[0]
    made = practice.portal.staff.act(f"Communication/{asked['id']}", "reply", "The answer.")
    assert ada.run("sync").code == 0
    staff(practice, str(made["made"]), status="entered-in-error")
    said = ada.run("messages", "read", thread, "--json")
    assert (said.code, said.json["unread"], waiting(ada)) == (0, 0, [])


@pytest.mark.parametrize(
    "steps",
    [
        ("received", "accepted", "in-progress"),
        ("received", "accepted", "in-progress", "on-hold"),
        ("received", "accepted", "in-progress", "failed"),
        ("received", "accepted", "in-progress", "completed"),
        ("received", "rejected"),
    ],
    ids=lambda steps: steps[-1],
)
def test_a_cancellation_that_comes_too_late_is_decided_refused_and_kept(
    ada: Home, practice: Sandbox, steps: tuple[str, ...]
) -> None:
    asked = done(ada, "refill", "lisinopril")
    practice.faults.set("cut-before=100%")
    done(ada, "refills", "cancel", asked["id"], "--reason", "found some")
    practice.faults.set("")
    for step in steps:
        reason = "Please call" if step in {"failed", "rejected", "on-hold"} else ""
        practice.clinic.refilling.move(there(practice, f"Task/{asked['id']}"), step, reason)
    assert ada.run("sync").code == 13
    (conflict,) = ada.run("conflicts", "--json").json
    sides = ada.run("conflicts", "show", conflict["id"]).out
    assert all(word in sides for word in ("found some", steps[-1]))
    said = ada.run("conflicts", "resolve", conflict["id"], "--mine", "--yes")
    kept = refused(ada, said, f"a task that is {steps[-1]} cannot become cancelled")
    assert kept["fhir"]["statusReason"] == {"text": "found some"}
    assert there(practice, f"Task/{asked['id']}").resource()["status"] == steps[-1]
    assert ada.run("outbox", "cancel", kept["id"], "--yes").code == 0
    if steps[-1] in {"in-progress", "on-hold"}:
        staff(practice, f"Task/{asked['id']}", status="completed")


def test_a_refill_of_a_prescription_that_is_gone_is_kept(ada: Home, practice: Sandbox) -> None:
    focus = ada.run("refill", "atorvastatin", "--dry-run", "--json").json["focus"]["reference"]
    before = there(practice, focus)
    practice.portal.repository.delete(before)
    said = ada.run("refill", "atorvastatin", "--note", "two left", "--yes")
    kept = refused(ada, said, "a prescription in the patient's own record")
    assert kept["fhir"]["note"][0]["text"] == "two left"
    practice.portal.repository.put(before.resource(), before.key, before.creator)
    assert done(ada, "outbox", "retry", kept["id"])["state"] == "confirmed"


def test_a_medicine_that_the_practice_took_out_is_not_changed_and_the_words_are_kept(
    ada: Home, practice: Sandbox
) -> None:
    made = done(ada, "medications", "add", "Zinc")["medication"]
    staff(practice, f"MedicationStatement/{made['id']}", status="entered-in-error")
    said = ada.run("medications", "edit", "zinc", "--directions", "two", "--yes")
    kept = refused(ada, said, "entered in error is not changed")
    assert kept["fhir"]["dosage"] == [{"text": "two"}]


@pytest.mark.parametrize("way", ["accept", "decline"])
def test_an_allergy_that_the_practice_has_looked_at_is_not_taken_back_and_the_words_are_kept(
    ada: Home, practice: Sandbox, way: str
) -> None:
    allergy = done(ada, "allergies", "add", f"latex {way}", "--note", "Gloves")["requests"][0]["result"]
    practice.portal.staff.act(allergy, way, "Not seen")
    said = ada.run("allergies", "end", allergy.partition("/")[2], "--yes")
    kept = refused(ada, said, "this allergy is the practice's")
    assert "Gloves" in json.dumps(kept["fhir"])


def test_an_insurance_that_was_ended_there_is_not_ended_again_and_the_day_is_kept(ada: Home, practice: Sandbox) -> None:
    insurance = done(ada, "insurance", "add", "--payer", "Example Plan", "--member", "X1")["requests"][0]["result"]
    staff(practice, insurance, status="entered-in-error")
    said = ada.run("insurance", "end", insurance.partition("/")[2], "--on", "2099-12-31", "--yes")
    assert said.code == 13, said.err
    (conflict,) = ada.run("conflicts", "--json").json
    kept = refused(
        ada, ada.run("conflicts", "resolve", conflict["id"], "--mine", "--yes"), "entered-in-error stays as it is"
    )
    assert kept["fhir"]["period"]["end"] == "2099-12-31"

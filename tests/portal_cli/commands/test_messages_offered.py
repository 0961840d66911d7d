"""Messages at portals that take them in another way, or not at all: told before anything is asked, the text kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hostile import PATIENT, Offer, ScriptedPortal, resource
from tests.support.wire import Answer, Call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

TAKES = Offer(("read", "search-type", "create"), ("patient", "identifier"), conditional_create=True)
DOCTOR = {"reference": "Practitioner/d1", "display": "Dr. Grace Hopper"}
ADA = {"reference": f"Patient/{PATIENT}"}
SEND = ("messages", "send", "--to", "hopper", "--subject", "Cough", "--body", "Since Monday.", "--yes")
PNG = b"\x89PNG\r\n\x1a\npicture"


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        team = [{"member": DOCTOR}, {"member": {"reference": "Practitioner/d2", "display": "Dr. Ed Hopper"}}]
        running.add(resource("CareTeam", "t", status="active", participant=team[:1]))
        first = {"status": "in-progress", "sender": DOCTOR, "recipient": [ADA], "sent": "2026-01-01T10:00:00Z"}
        running.add(resource("Communication", "m1", payload=[{"contentString": "Hello"}], **first))
        yield running


def signed_in(home: Home, portal: ScriptedPortal) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0


def created(portal: ScriptedPortal) -> list[dict[str, Any]]:
    return [json.loads(body) for body in portal.created]


def refuse(how: str) -> Any:
    """Refuse the creation of a resource in which a word stands."""

    def behaviour(call: Call) -> Answer | None:
        if how not in call.body.decode():
            return None
        issue = {"severity": "error", "code": "business-rule", "diagnostics": "we do not take that"}
        return Answer(422, json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode())

    return behaviour


@pytest.mark.parametrize("arguments", [("send",), ("reply", "m1"), SEND[1:]], ids=["send", "reply", "whole"])
def test_a_portal_that_only_shows_messages_takes_none(
    portal: ScriptedPortal, home: Home, arguments: tuple[str, ...]
) -> None:
    signed_in(home, portal)
    said = home.run("messages", *arguments, typed="what was typed")
    assert (said.code, "does not offer messages" in said.err) == (7, True), said.err
    assert "emergenc" not in said.err


def test_what_was_not_granted_is_not_offered_either(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Communication"] = TAKES
    portal.token_extra["scope"] = "launch/patient patient/Communication.rs patient/CareTeam.rs patient/Patient.rs"
    signed_in(home, portal)
    assert home.run(*SEND).code == 7


def test_a_portal_without_files_of_their_own_gets_them_within_the_message(
    portal: ScriptedPortal, home: Home, tmp_path: Path
) -> None:
    portal.types["Communication"] = TAKES
    signed_in(home, portal)
    (tmp_path / "rash.png").write_bytes(PNG)
    said = home.run(*SEND, "--attach", str(tmp_path / "rash.png"), "--json")
    assert said.code == 0, said.err
    header, message = created(portal)
    assert ("payload" in header, message["partOf"][0]["reference"].startswith("Communication/")) == (False, True)
    assert set(message["payload"][1]["contentAttachment"]) == {"contentType", "data", "size", "hash", "title"}


def test_a_portal_without_headers_gets_a_message_that_stands_alone(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Communication"] = TAKES
    refuse_headers = refuse('"recipient":[{"reference":"Practitioner/d1","display":"Dr. Grace Hopper"},')
    portal.behaviours["POST /fhir/Communication"] = refuse_headers
    signed_in(home, portal)
    said = home.run(*SEND, "--json")
    assert said.code == 0, said.err
    (message,) = created(portal)
    assert ("partOf" in message, message["topic"]["text"]) == (False, "Cough")
    assert (message["sender"], message["recipient"]) == (ADA, [DOCTOR])
    assert [each["state"] for each in home.run("outbox", "--json").json] == ["confirmed"]


def test_a_message_does_not_go_without_a_file_that_was_refused(
    portal: ScriptedPortal, home: Home, tmp_path: Path
) -> None:
    portal.types["Communication"] = TAKES
    portal.types["Binary"] = Offer(("read", "create"), ())
    portal.behaviours["POST /fhir/Binary"] = refuse("Binary")
    signed_in(home, portal)
    (tmp_path / "rash.png").write_bytes(PNG)
    said = home.run(*SEND, "--attach", str(tmp_path / "rash.png"))
    assert (said.code, "rash.png" in said.err, "we do not take that" in said.err) == (8, True, True), said.err
    assert created(portal) == []
    (item,) = home.run("outbox", "--json").json
    assert (item["state"], "rash.png" in item["reason"]) == ("rejected", True)
    del portal.behaviours["POST /fhir/Binary"]
    assert home.run("outbox", "retry", item["id"], "--yes").code == 0
    assert [each["resourceType"] for each in created(portal)] == ["Binary", "Communication", "Communication"]


def test_a_file_that_was_refused_can_be_left_out(portal: ScriptedPortal, home: Home, tmp_path: Path) -> None:
    portal.types["Communication"] = TAKES
    portal.types["Binary"] = Offer(("read", "create"), ())
    portal.behaviours["POST /fhir/Binary"] = refuse("Binary")
    signed_in(home, portal)
    (tmp_path / "rash.png").write_bytes(PNG)
    assert home.run(*SEND, "--attach", str(tmp_path / "rash.png")).code == 8
    (item,) = home.run("outbox", "--json").json
    body = home.run("outbox", "show", item["id"], "--json").json["fhir"]
    body["payload"].pop()
    edited = home.run("outbox", "edit", item["id"], "--file", "-", "--yes", typed=json.dumps(body))
    assert edited.code == 0, edited.err
    assert [each["resourceType"] for each in created(portal)] == ["Communication", "Communication"]
    assert home.run("status", "--json").json["waiting"] == 0


def test_reading_stays_here_where_the_portal_does_not_want_to_know(portal: ScriptedPortal, home: Home) -> None:
    signed_in(home, portal)
    assert home.run("status", "--json").json["unread"] == 1
    assert home.run("messages", "read", "m1", "--json").json["unread"] == 0
    assert home.run("sync", "--full").code == 0
    assert home.run("status", "--json").json["unread"] == 0
    assert home.run("outbox", "--json").json == []
    assert portal.count("PUT", "/fhir/Communication/m1") == 0


def test_a_portal_that_refuses_to_note_what_was_read_is_not_asked_again(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Communication"] = Offer(("read", "search-type", "update"), ("patient",), versioned=True)
    portal.behaviours["PUT /fhir/Communication"] = Answer(403)
    signed_in(home, portal)
    assert home.run("messages", "show", "m1").code == 0
    assert home.run("status", "--json").json["waiting"] == 1
    assert home.run("sync").code == 0
    assert home.run("sync").code == 0
    assert sum(call.method == "PUT" for call in portal.requests) == 1
    assert home.run("outbox", "--json").json == []
    assert home.run("status", "--json").json["unread"] == 0


def test_one_of_the_care_team_is_meant_before_others_and_several_are_asked_about(
    portal: ScriptedPortal, home: Home
) -> None:
    portal.types["Communication"] = TAKES
    other = {"reference": "Practitioner/d2", "display": "Dr. Ed Hopper"}
    fields = {"sent": "2026-01-01T10:00:00Z", "payload": [{"contentString": "x"}], "status": "completed"}
    portal.add(resource("Communication", "m2", sender=other, **fields))
    third = {"reference": "Practitioner/d3", "display": "Dr. Ed Wood"}
    portal.add(resource("Communication", "m3", sender=third, **fields))
    signed_in(home, portal)
    one = home.run(*SEND, "--dry-run", "--json").json
    assert one["entry"][1]["resource"]["recipient"] == [DOCTOR]
    both = home.run("messages", "send", "--to", "ed ", "--subject", "A", "--body", "B", "--yes")
    assert (both.code, "Dr. Ed Wood" in both.err) == (2, True)
    exact = home.run("messages", "send", "--to", "Practitioner/d2", "--subject", "A", "--body", "B", "--dry-run")
    assert "Dr. Ed Hopper" in exact.out


def test_what_a_portal_wrote_steers_no_terminal(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Communication"] = TAKES
    evil = {"reference": "Practitioner/d9", "display": "Dr. \x1b[2J\u202eEvil"}
    fields = {"sent": "2026-01-02T10:00:00Z", "payload": [{"contentString": "\x1b]0;x\x07Hi"}], "status": "completed"}
    portal.add(resource("Communication", "m9", sender=evil, topic={"text": "\x1b[31mRed"}, **fields))
    signed_in(home, portal)
    for arguments in (("show", "m9"), ("recipients",), ("reply", "m9", "--body", "\x1b[2Jx", "--dry-run")):
        said = home.run("messages", *arguments)
        assert said.code == 0, said.err
        assert not set(said.out + said.err) & {"\x1b", "\u202e", "\x07"}

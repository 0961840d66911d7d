from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.hostile import Offer, ScriptedPortal, outcome, resource
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home
    from tests.support.wire import Call


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        running.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
        running.add(resource("MedicationRequest", "m1", status="active", medicationCodeableConcept={"text": "Aspirin"}))
        yield running


@pytest.fixture
def signed_in(home: Home, portal: ScriptedPortal) -> Home:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    return home


def ask(home: Home, portal: ScriptedPortal, answer: Answer, *, stores: bool = False) -> str:
    """Ask for a refill that gets some answer; returns the id of the request."""

    def behave(call: Call) -> Answer:
        if stores:
            portal.usual(call)
        return answer

    portal.behaviours["POST /fhir/Task"] = behave
    home.run("refill", "aspirin", "--yes")
    portal.behaviours.clear()
    (row,) = home.run("outbox", "--json").json
    return str(row["id"])


def test_what_was_asked_for_is_listed_with_where_it_stands(signed_in: Home, portal: ScriptedPortal) -> None:
    name = ask(signed_in, portal, outcome(422, "no repeats left"))
    (row,) = signed_in.run("outbox", "list", "--json").json
    assert (row["state"], row["reason"], row["ways"]) == ("rejected", "no repeats left", ["retry", "edit", "cancel"])
    table = signed_in.run("outbox").out
    assert all(words in table for words in ("refill: Aspirin", "rejected", "no repeats left", name))


def test_a_request_is_shown_with_its_text_and_the_ways_out(signed_in: Home, portal: ScriptedPortal) -> None:
    name = ask(signed_in, portal, HANG_UP)
    said = signed_in.run("outbox", "show", name[-8:])
    assert said.code == 0
    assert f"`portal outbox retry {name}` looks it up once more, then sends it again" in said.out
    assert f"`portal outbox cancel {name}` lets it go; the portal may have it all the same" in said.out
    found = signed_in.run("outbox", "show", name, "--json").json
    assert (found["state"], found["fhir"]["resourceType"]) == ("unknown", "Task")
    assert "`portal outbox retry ID` sends it again" in signed_in.run("outbox").err


def test_a_lost_answer_is_sent_again_only_after_a_yes(signed_in: Home, portal: ScriptedPortal) -> None:
    name = ask(signed_in, portal, HANG_UP)
    assert signed_in.run("sync").code == 3
    asked = signed_in.run("outbox", "retry", name)
    assert (asked.code, portal.created) == (16, [])
    dry = signed_in.run("outbox", "retry", name, "--dry-run", "--json")
    assert (dry.code, dry.json["fhir"]["resourceType"], portal.created) == (0, "Task", [])
    done = signed_in.run("outbox", "retry", name, "--yes", "--json")
    assert (done.code, done.json["state"], len(portal.created)) == (0, "confirmed", 1)
    assert "The portal has it." in done.err


def test_a_request_that_the_portal_has_is_not_sent_again_even_when_it_is_to_be(
    signed_in: Home, portal: ScriptedPortal
) -> None:
    name = ask(signed_in, portal, HANG_UP, stores=True)
    assert signed_in.run("outbox", "retry", name, "--yes").code == 0
    assert len(portal.created) == 1


def test_a_request_is_given_up_after_a_yes(signed_in: Home, portal: ScriptedPortal) -> None:
    name = ask(signed_in, portal, HANG_UP)
    assert signed_in.run("outbox", "cancel", name).code == 16
    assert signed_in.run("outbox", "cancel", name, "--dry-run").code == 0
    assert signed_in.run("outbox", "list", "--waiting", "--json").json[0]["state"] == "unknown"
    done = signed_in.run("outbox", "cancel", name, "--yes")
    assert done.code == 0
    assert "the portal may have it" in done.out
    assert signed_in.run("outbox", "list", "--waiting", "--json").json == []
    again = signed_in.run("outbox", "cancel", name, "--yes", "--json")
    assert (again.code, again.error["code"]) == (1, "wrong-state")
    assert signed_in.run("sync").code == 0
    assert portal.created == []


def test_a_refused_request_is_changed_by_a_file_and_sent(
    signed_in: Home, portal: ScriptedPortal, tmp_path: Path
) -> None:
    name = ask(signed_in, portal, outcome(422, "too vague"))
    body = signed_in.run("outbox", "show", name, "--json").json["fhir"]
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**body, "description": "Two weeks left"}))
    dry = signed_in.run("outbox", "edit", name, "--file", str(file), "--dry-run", "--json")
    assert (dry.json["fhir"]["description"], portal.created) == ("Two weeks left", [])
    assert signed_in.run("outbox", "edit", name, "--file", str(file)).code == 16
    done = signed_in.run("outbox", "edit", name, "--file", "-", "--yes", "--json", typed=file.read_text())
    assert (done.code, done.json["state"]) == (0, "confirmed")
    assert json.loads(portal.created[0])["description"] == "Two weeks left"


def test_a_text_that_may_not_be_sent_is_refused_in_a_sentence(
    signed_in: Home, portal: ScriptedPortal, tmp_path: Path
) -> None:
    name = ask(signed_in, portal, outcome(422, "too vague"))
    for typed, words in (("{", "no FHIR resource"), ('{"resourceType":"Patient"}', "has to stay Task")):
        said = signed_in.run("outbox", "edit", name, "--file", "-", "--yes", typed=typed)
        assert (said.code, words in said.err) == (2, True)
    missing = signed_in.run("outbox", "edit", name, "--file", str(tmp_path / "gone"), "--yes")
    assert (missing.code, "cannot be read" in missing.err) == (2, True)
    assert signed_in.run("outbox", "edit", name).code == 2


def test_a_request_in_doubt_cannot_be_changed(signed_in: Home, portal: ScriptedPortal) -> None:
    name = ask(signed_in, portal, HANG_UP)
    said = signed_in.run("outbox", "edit", name, "--file", "-", "--yes", typed="{}")
    assert (said.code, "a request that is unknown cannot be changed" in said.err) == (1, True)


def test_a_refusal_and_a_lost_connection_have_their_codes(signed_in: Home, portal: ScriptedPortal) -> None:
    name = ask(signed_in, portal, outcome(422, "too vague"))
    portal.behaviours["POST /fhir/Task"] = outcome(422, "no repeats left")
    assert signed_in.run("outbox", "retry", name, "--yes").code == 8
    portal.behaviours["POST /fhir/Task"] = Answer(429)
    waits = signed_in.run("outbox", "retry", name, "--yes")
    assert (waits.code, "It is queued" in waits.err) == (0, True)
    portal.behaviours["POST /fhir/Task"] = HANG_UP
    lost = signed_in.run("outbox", "retry", name, "--yes")
    assert (lost.code, "answer was lost" in lost.err) == (0, True)
    portal.behaviours["GET /fhir/Task"] = HANG_UP
    assert signed_in.run("outbox", "retry", name, "--yes").code == 5


def test_an_id_of_no_request_is_not_found(signed_in: Home) -> None:
    for command in ("show", "retry", "cancel", "edit"):
        said = signed_in.run("outbox", command, "gone")
        assert (said.code, "`portal outbox list` lists them." in said.err) == (6, True)


def test_an_editor_may_change_a_request_at_a_terminal(signed_in: Home, portal: ScriptedPortal, tmp_path: Path) -> None:
    name = ask(signed_in, portal, outcome(422, "too vague"))
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/Refill Aspirin/Two weeks left/" "$1"\n')
    editor.chmod(0o700)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", "outbox", "edit", name],
        env={**signed_in.environment(), "TERM": "dumb", "EDITOR": str(editor), "VISUAL": ""},
        encoding="utf-8",
        timeout=30,
    )
    child.expect(r"Send it\? \[y/N\] ")
    child.sendline("y")
    child.expect("The portal has it.")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert json.loads(portal.created[0])["description"] == "Two weeks left"

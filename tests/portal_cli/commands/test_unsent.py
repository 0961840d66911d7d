"""What waits here stands where it will be once the portal has it, marked with where it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home


@dataclass(frozen=True)
class Away:
    """A home without a connection to its practice, whose patient is called `name`."""

    home: Home
    name: str
    options: SandboxOptions


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Away:
    folder = tmp_path_factory.mktemp("away")
    options = SandboxOptions(clinic_delay=3600, file=folder / "practice")
    with Sandbox(options) as practice:
        home = at_home(folder / "ada", practice)
        port = int(practice.base_url.rpartition(":")[2].partition("/")[0])
        return Away(home, practice.sign_ins[0].name, replace(options, port=port))


@pytest.fixture
def ada(away: Away) -> Home:
    return away.home


def listed(home: Home, *arguments: str) -> list[dict[str, Any]]:
    said = home.run(*arguments, "--json")
    assert said.code == 0, said.err
    found: list[dict[str, Any]] = said.json
    return found


def done(home: Home, *arguments: str) -> Any:
    said = home.run(*arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json


def one_of(home: Home, name: str, *arguments: str) -> dict[str, Any]:
    """The one of a list that has an id."""
    return next(each for each in listed(home, *arguments) if each["id"] == name)


def test_a_reply_and_a_draft_stand_in_their_conversation(ada: Home, away: Away) -> None:
    before = next(each for each in listed(ada, "messages") if each["unread"])
    done(ada, "messages", "reply", before["id"], "--body", "I will call on Monday.")
    ada.run("messages", "reply", before["id"], "--body", "A second thought.", "--draft")
    found = listed(ada, "messages")[0]
    assert (found["id"], found["unread"], found["waiting"], found["drafts"]) == (before["id"], before["unread"], 1, 1)
    reply, draft = found["messages"][-2:]
    assert (reply["text"], reply["state"]) == ("I will call on Monday.", "queued")
    assert (draft["text"], draft["state"]) == ("A second thought.", "draft")
    assert found["last"] == reply["sent"]
    assert all(each["state"] == "" for each in found["messages"][:-2])
    assert "1 waits here, 1 draft" in ada.run("messages").out
    shown = ada.run("messages", "show", before["id"]).out
    assert f"{away.name}  ● waits here, not sent yet (queued)\nI will call on Monday." in shown
    assert f"{away.name}  ● draft\nA second thought." in shown
    assert f"`portal messages draft send {draft['id']}`" in shown
    assert [each["id"] for each in listed(ada, "messages", "search", "second thought")] == [before["id"]]
    assert ada.run("messages", "draft", "delete", draft["id"], "--yes").code == 0
    assert one_of(ada, before["id"], "messages")["drafts"] == 0


def test_a_new_conversation_that_waits_is_one_by_itself_that_nobody_can_answer_yet(ada: Home) -> None:
    whom = listed(ada, "messages", "recipients")[0]
    sent = done(ada, "messages", "send", "--to", whom["id"], "--subject", "Swimming", "--body", "May I swim?")
    waiting = sent["request"]
    assert (waiting["state"], waiting["waits_for"]) == ("queued", "")
    found = one_of(ada, waiting["id"], "messages")
    assert (found["subject"], found["people"], found["waiting"]) == ("Swimming", [whom["name"]], 1)
    assert "waits here, not sent yet" in ada.run("messages", "show", waiting["id"]).out
    for way in (("reply", waiting["id"], "--body", "And dive?", "--yes"), ("archive", waiting["id"])):
        said = ada.run("messages", *way)
        assert (said.code, "not at the portal yet" in said.err) == (1, True)


def test_new_records_that_wait_are_listed_and_shown_as_what_they_will_be(ada: Home) -> None:
    for noun, arguments in (
        ("refills", ("refill", "lisinopril")),
        ("appointments", ("appointments", "request", "--reason", "Sore knee")),
        ("insurance", ("insurance", "add", "--payer", "Plan", "--member", "X1")),
        ("allergies", ("allergies", "add", "latex")),
    ):
        done(ada, *arguments)
        name = listed(ada, "outbox")[0]["id"]
        which = ("--requested",) if noun == "appointments" else ()
        assert one_of(ada, name, noun, "list", *which)["status"] == "queued"
        assert "queued (waits here)" in ada.run(noun, "list", *which).out
        shown = ada.run(noun, "show", name)
        assert (shown.code, "queued (waits here)" in shown.out) == (0, True), noun


def test_what_waits_cannot_be_changed_as_if_the_portal_had_it_and_the_way_out_is_told(ada: Home) -> None:
    done(ada, "appointments", "request", "--reason", "Sore knee")
    name = listed(ada, "outbox")[0]["id"]
    said = ada.run("appointments", "cancel", name, "--yes")
    assert said.code == 1
    assert "a request that is not at the portal yet cannot be used as a record" in said.err
    assert "portal outbox show" in said.err
    assert ada.run("outbox", "cancel", name, "--yes").code == 0


def test_changes_that_wait_stand_beside_what_they_change(ada: Home) -> None:
    insurance = next(each["id"] for each in listed(ada, "insurance") if each["status"] == "active")
    done(ada, "insurance", "end", insurance)
    found = one_of(ada, insurance, "insurance", "list")
    assert (found["status"], found["change"]) == ("active", "queued")
    assert "active (a change waits here)" in ada.run("insurance", "show", insurance).out
    done(ada, "profile", "edit", "--phone", "mobile=802-555-0144")
    asked = ada.run("profile", "show", "--json").json["requests"][0]
    assert (asked["status"], asked["changes"][0]["after"]) == ("queued", "802-555-0144")
    assert "→ 802-555-0144" in ada.run("profile", "show").out


def test_once_the_portal_is_back_it_is_all_there_and_no_draft(ada: Home, away: Away) -> None:
    whom = listed(ada, "messages", "recipients")[0]
    arguments = ("messages", "send", "--to", whom["id"], "--subject", "Diving", "--body")
    done(ada, *arguments, "May I dive?")
    assert ada.run(*arguments, "Or not?", "--draft").code == 0
    with Sandbox(away.options):
        assert ada.run("sync").code == 0
    assert {each["state"] for each in listed(ada, "outbox", "list", "--waiting")} == {"draft"}
    found = listed(ada, "messages", "search", "diving")
    assert sorted((each["people"], each["waiting"], each["drafts"]) for each in found) == [
        ([whom["name"]], 0, 1),
        ([whom["name"], away.name], 0, 0),
    ]
    assert all(not each["waiting"] for each in listed(ada, "messages"))
    assert "waits here" not in ada.run("insurance", "list", "--ended").out + ada.run("allergies").out

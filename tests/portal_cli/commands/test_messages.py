"""The life of messages at the command line, against the practice portal over a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox import messaging
from portal_cli.sandbox.correspondence import ANSWERS_AFTER
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, new_home
from tests.support.witness import flaws

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def doctor(ada: Home) -> str:
    """The name of somebody in the care team."""
    found = ada.run("messages", "recipients", "--json").json
    return str(next(each["name"] for each in found if each["is_in_team"]))


def write(ada: Home, *arguments: str, body: str = "It hurts.") -> Any:
    """Send a message for certain; what the conversation is afterwards."""
    subject = () if "--subject" in arguments else ("--subject", "Sore knee")
    said = ada.run("messages", "send", "--to", doctor(ada), *subject, "--body", body, *arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json["thread"]


def answered(ada: Home, practice: Sandbox) -> None:
    """Let the practice read what it got, and answer."""
    practice.clinic.step()
    practice.portal.clock.advance(ANSWERS_AFTER.total_seconds())
    practice.clinic.step()
    assert ada.run("sync").code == 0


def sent_here(practice: Sandbox) -> list[dict[str, Any]]:
    """The messages and headers that patients sent, in order of arrival."""
    return [each.resource() for each in practice.portal.repository.everything("Communication") if each.creator]


def close(practice: Sandbox, thread: str) -> None:
    version = practice.portal.repository.current("Communication", thread)
    assert version is not None
    practice.clinic.correspondence.close(version)


def unread(ada: Home) -> int:
    return int(ada.run("status", "--json").json["unread"])


def test_a_message_goes_to_somebody_of_the_care_team_and_is_answered(ada: Home, practice: Sandbox) -> None:
    thread = write(ada)
    assert (thread["subject"], thread["messages"][0]["text"]) == ("Sore knee", "It hurts.")
    assert "not read yet" in ada.run("messages", "show", thread["id"]).out
    before = unread(ada)
    answered(ada, practice)
    assert unread(ada) == before + 1
    assert ada.run("messages", "--unread", "--json").json[0]["id"] == thread["id"]
    said = ada.run("messages", "show", thread["id"])
    assert "Sore knee" in said.out
    assert "  read 20" in said.out
    assert "● unread" in said.out
    assert unread(ada) == before
    assert ada.run("sync").code == 0
    last = practice.portal.repository.everything("Communication")[-1].resource()
    assert (last["status"], bool(last["received"])) == ("completed", True)
    assert unread(ada) == before


def test_a_reply_stays_in_its_conversation(ada: Home, practice: Sandbox) -> None:
    thread = write(ada)
    answered(ada, practice)
    said = ada.run("messages", "reply", thread["id"], "--body", "-", "--yes", "--json", typed="Thank\nyou.")
    assert said.code == 0, said.err
    assert said.json["thread"]["id"] == thread["id"]
    assert {"It hurts.", "Thank\nyou."} < {each["text"] for each in said.json["thread"]["messages"]}
    reply = sent_here(practice)[-1]
    assert reply["partOf"] == [{"reference": f"Communication/{thread['id']}"}]
    (answer,) = [each for each in said.json["thread"]["messages"] if not each["is_from_patient"]]
    assert reply["inResponseTo"] == [{"reference": f"Communication/{answer['id']}"}]
    assert reply["recipient"][0]["reference"] == sent_here(practice)[0]["recipient"][0]["reference"]


def test_what_will_be_sent_is_shown_first_with_what_messages_are_not_for(ada: Home, practice: Sandbox) -> None:
    said = ada.run("messages", "send", "--to", doctor(ada), "--subject", "Cough", "--body", "Since Monday.")
    assert said.code == 16
    family = practice.sign_ins[0].name.split()[-1]
    assert all(word in said.err for word in ("emergenc", "answered within", "Cough", "Since Monday.", family))
    assert sent_here(practice) == []
    (draft,) = ada.run("messages", "draft", "--json").json
    assert draft["text"] == "Since Monday."
    assert ada.run("messages", "draft", "send", draft["id"][-8:], "--yes").code == 0
    assert len(sent_here(practice)) == 2
    again = ada.run("messages", "send", "--to", doctor(ada), "--subject", "B", "--body", "C", "--dry-run")
    assert "emergenc" not in again.err
    assert "answered within" in again.err


def test_a_dry_run_prints_valid_fhir_and_leaves_nothing_behind(ada: Home, practice: Sandbox, tmp_path: Path) -> None:
    picture = tmp_path / "rash.png"
    picture.write_bytes(PNG)
    arguments = ("--subject", "Rash", "--body", "Look.", "--attach", str(picture), "--category", "medical-question")
    dry = ada.run("messages", "send", "--to", doctor(ada), *arguments, "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert [each["resource"]["resourceType"] for each in dry.json["entry"]] == ["Binary", *["Communication"] * 2]
    assert flaws(json.loads(dry.out)) == []
    assert (sent_here(practice), ada.run("outbox", "--json").json) == ([], [])
    thread = ada.run("messages", "--json").json[0]["id"]
    reply = ada.run("messages", "reply", thread, "--body", "Good.", "--dry-run", "--json")
    assert (reply.json["resourceType"], flaws(reply.json)) == ("Communication", [])


def test_files_are_sent_before_their_message_and_can_be_fetched(ada: Home, practice: Sandbox, tmp_path: Path) -> None:
    picture = tmp_path / "rash.png"
    picture.write_bytes(PNG)
    thread = write(ada, "--attach", str(picture))
    shown = ada.run("messages", "show", thread["id"]).out
    assert "[attached: rash.png]" in shown
    message = thread["messages"][0]["id"]
    attachment = sent_here(practice)[-1]["payload"][1]["contentAttachment"]
    assert (attachment["contentType"], attachment["size"]) == ("image/png", len(PNG))
    assert attachment["url"].startswith("Binary/")
    assert ada.run("records", "fetch", message).code == 0
    assert {each["state"] for each in ada.run("outbox", "--json").json} == {"confirmed"}
    assert len(ada.run("outbox", "--json").json) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("program.exe", b"MZ", "only pictures"),
        ("rash.png", b"MZ", "not what its name says"),
        ("rash.jpg", b"", "is empty"),
        ("rash.pdf", b"%PDF-" + b"x" * (5 << 20), "too large"),
        ("none.png", None, "no file"),
    ],
)
def test_files_that_cannot_be_attached_are_told_before_anything_is_asked(
    ada: Home, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    said = ada.run("messages", "send", "--attach", str(tmp_path / name))
    assert (said.code, words in said.err) == (2, True), said.err


def test_whom_and_what_about_have_to_be_said_where_nobody_can_be_asked(ada: Home) -> None:
    nobody = ada.run("messages", "send", "--subject", "A", "--body", "B", "--yes")
    assert (nobody.code, "recipients" in nobody.err) == (2, True)
    unknown = ada.run("messages", "send", "--to", "Nobody", "--subject", "A", "--body", "B", "--yes")
    assert unknown.code == 6
    nothing = ada.run("messages", "send", "--to", doctor(ada), "--body", "B", "--yes")
    assert (nothing.code, "--subject" in nothing.err) == (2, True)
    empty = ada.run("messages", "send", "--to", doctor(ada), "--subject", "A", "--body", " ", "--yes")
    assert (empty.code, "empty" in empty.err) == (2, True)


def test_a_conversation_that_the_practice_closed_is_refused_and_the_text_kept(ada: Home, practice: Sandbox) -> None:
    thread = write(ada)
    close(practice, thread["id"])
    said = ada.run("messages", "reply", thread["id"], "--body", "One more thing.", "--yes")
    assert (said.code, "closed" in said.err) == (8, True)
    kept = ada.run("outbox", "list", "--waiting", "--json").json[0]
    assert kept["state"] == "rejected"
    assert "One more thing." in ada.run("outbox", "show", kept["id"]).out
    assert ada.run("sync").code in {0, 12}
    early = ada.run("messages", "reply", thread["id"], "--body", "And more.", "--yes")
    assert (early.code, "closed" in early.err) == (1, True)
    assert len(ada.run("outbox", "--json").json) == 2


def test_a_text_that_is_too_long_for_the_practice_is_kept_and_can_be_shortened(ada: Home, practice: Sandbox) -> None:
    long = "x" * (messaging.MOST_SIGNS + 1)
    arguments = ("--to", doctor(ada), "--subject", "Long", "--body", "-", "--yes")
    said = ada.run("messages", "send", *arguments, typed=long)
    assert (said.code, "at most" in said.err) == (8, True)
    item = ada.run("outbox", "list", "--waiting", "--json").json[0]
    found = ada.run("outbox", "show", item["id"], "--json").json["fhir"]
    assert found["payload"][0]["contentString"] == long
    found["payload"][0]["contentString"] = "Short."
    edited = ada.run("outbox", "edit", item["id"], "--file", "-", "--yes", typed=json.dumps(found))
    assert edited.code == 0, edited.err
    assert [len(each.get("payload", [])) for each in sent_here(practice)] == [0, 1]


def test_drafts_are_changed_deleted_and_sent_with_what_is_attached(
    ada: Home, practice: Sandbox, tmp_path: Path
) -> None:
    picture = tmp_path / "rash.png"
    picture.write_bytes(PNG)
    for subject in ("One", "Two"):
        arguments = ("--subject", subject, "--body", "First.", "--draft", "--json")
        assert ada.run("messages", "send", "--to", doctor(ada), *arguments).code == 0
    two, one = sorted(ada.run("messages", "draft", "--json").json, key=lambda each: str(each["subject"]), reverse=True)
    assert ada.run("messages", "draft", "edit", one["id"], "--body", "Second.", "--subject", "Uno").code == 0
    changed = ada.run("messages", "draft", "edit", one["id"], "--attach", str(picture), "--json").json
    assert (changed["subject"], changed["text"], changed["attached"][0]["title"]) == ("Uno", "Second.", "rash.png")
    for command in ("send", "delete"):
        unasked = ada.run("messages", "draft", command, two["id"])
        assert (unasked.code, "--dry-run" in unasked.err) == (16, False)
    assert ada.run("messages", "draft", "delete", two["id"], "--yes").code == 0
    assert [each["id"] for each in ada.run("messages", "draft", "--json").json] == [one["id"]]
    sent = ada.run("messages", "draft", "send", one["id"], "--yes", "--json")
    assert sent.code == 0, sent.err
    header, message = sent_here(practice)
    assert (header["topic"]["text"], message["topic"]["text"]) == ("Uno", "Uno")
    assert [*message["payload"][0], *message["payload"][1]] == ["contentString", "contentAttachment"]
    assert ada.run("messages", "draft", "--json").json == []
    assert ada.run("messages", "draft", "send", one["id"], "--yes").code == 6


def test_threads_are_put_away_until_something_comes(ada: Home, practice: Sandbox) -> None:
    thread = write(ada)
    assert ada.run("messages", "archive", thread["id"]).code == 0
    assert thread["id"] not in {each["id"] for each in ada.run("messages", "--json").json}
    assert [each["id"] for each in ada.run("messages", "list", "--archived", "--json").json] == [thread["id"]]
    assert ada.run("messages", "archive", thread["id"], "--undo", "--json").json["is_archived"] is False
    assert ada.run("messages", "archive", thread["id"]).code == 0
    answered(ada, practice)
    assert ada.run("messages", "--json").json[0]["id"] == thread["id"]


def test_words_are_found_in_messages_and_in_no_others(ada: Home) -> None:
    thread = write(ada, body="A peculiar Tingling\nin my toes.")
    found = ada.run("messages", "search", "toes tingling", "--json").json
    assert [each["id"] for each in found] == [thread["id"]]
    assert ada.run("messages", "search", "tingling nowhere", "--json").json == []
    assert ada.run("messages", "search", " ").code == 2


def test_reading_is_told_to_the_practice_at_once_when_asked_for(ada: Home, practice: Sandbox) -> None:
    thread = write(ada)
    answered(ada, practice)
    said = ada.run("messages", "read", thread["id"], "--json")
    assert (said.code, said.json["unread"]) == (0, 0)
    last = practice.portal.repository.everything("Communication")[-1].resource()
    assert last["status"] == "completed"
    assert all(each["kind"] != "read" for each in ada.run("outbox", "--json").json)


def test_a_message_that_waits_is_one_request_and_giving_it_up_takes_its_parts_along(
    practice: Sandbox, tmp_path: Path
) -> None:
    home = new_home(tmp_path)
    with Sandbox(SandboxOptions(clinic_delay=3600)) as other:
        account = other.sign_ins[0]
        home.sign_in(other.base_url, account.username, account.password)
        assert home.run("sync").code == 0
    sent = home.run("messages", "send", "--to", doctor(home), "--subject", "A", "--body", "B", "--yes", "--json")
    assert (sent.code, sent.json["request"]["state"], sent.json["thread"]) == (0, "queued", None)
    assert home.run("status", "--json").json["waiting"] == 1
    (item,) = home.run("outbox", "--json").json
    assert home.run("outbox", "cancel", item["id"], "--yes").code == 0
    assert home.run("status", "--json").json["waiting"] == 0
    assert sent_here(practice) == []

"""Messages as somebody at a terminal writes them: asked step by step, in an editor, and kept whatever is answered."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.support.hostile import PATIENT, Offer, ScriptedPortal, resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

TEXT = "It hurts when I kneel."


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        running.types["Communication"] = Offer(
            ("read", "search-type", "create"), ("patient", "identifier"), conditional_create=True
        )
        members = [
            {"member": {"reference": f"Practitioner/d{place}", "display": name}, "role": [{"text": "Physician"}]}
            for place, name in enumerate(("Dr. Grace Hopper", "Dr. Ada Byron"))
        ]
        running.add(resource("CareTeam", "t", status="active", participant=members))
        subject = {"subject": {"reference": f"Patient/{PATIENT}"}, "sender": members[0]["member"]}
        running.add(resource("Communication", "m1", status="completed", payload=[{"contentString": "Hi"}], **subject))
        yield running


def typing(home: Home, tmp_path: Path, *arguments: str, script: str) -> pexpect.spawn[str]:
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o700)
    return pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", "messages", *arguments],
        env={**home.environment(), "TERM": "dumb", "EDITOR": str(editor), "VISUAL": ""},
        encoding="utf-8",
        timeout=30,
    )


def ended(child: pexpect.spawn[str]) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    code: int | None = child.exitstatus
    return code


def drafts(home: Home) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.run("messages", "draft", "--json").json
    return found


def test_everything_is_asked_in_turn_and_a_no_keeps_a_draft(home: Home, portal: ScriptedPortal, tmp_path: Path) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    child = typing(home, tmp_path, "send", script=f'echo "{TEXT}" > "$1"')
    child.expect("1  Dr. Grace Hopper")
    child.expect("Number: ")
    child.sendline("2")
    child.expect("not for emergencies")
    child.expect("Subject: ")
    child.sendline("Sore knee")
    child.expect(TEXT)
    child.expect(r"Send this\? \[y/N\] ")
    child.sendline("n")
    child.expect("kept as the draft")
    assert ended(child) == 1
    (draft,) = drafts(home)
    assert (draft["text"], draft["subject"], draft["recipients"]) == (TEXT, "Sore knee", ["Dr. Ada Byron"])
    assert portal.created == []
    child = typing(home, tmp_path, "draft", "edit", draft["id"], script='sed -i "s/kneel/run/" "$1"')
    assert ended(child) == 0
    assert drafts(home)[0]["text"] == "It hurts when I run."
    child = typing(home, tmp_path, "draft", "send", draft["id"], script="false")
    child.expect(r"Send this\? \[y/N\] ")
    child.sendline("y")
    child.expect("The portal has it.")
    assert ended(child) == 0
    assert json.loads(portal.created[-1])["payload"] == [{"contentString": "It hurts when I run."}]


def test_what_was_typed_survives_a_hang_up_at_the_question(home: Home, portal: ScriptedPortal, tmp_path: Path) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    child = typing(home, tmp_path, "reply", "m1", script=f'echo "{TEXT}" > "$1"')
    child.expect(r"Send this\? \[y/N\] ")
    child.close(force=True)
    assert [each["text"] for each in drafts(home)] == [TEXT]
    assert portal.created == []


def test_what_an_editor_saves_that_is_no_text_is_refused_and_what_can_be_read_of_it_is_kept(
    home: Home, portal: ScriptedPortal, tmp_path: Path
) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    to = ("send", "--to", "Hopper", "--subject", "Knee")
    child = typing(home, tmp_path, *to, script="printf 'My knee is gr\\374n' > \"$1\"")
    child.expect("What can be read of it is kept as the draft ([0-9a-f-]+)")
    child.expect("what the editor saved is no text in UTF-8")
    child.expect("messages draft edit ID")
    assert (ended(child), portal.created) == (2, [])
    (draft,) = drafts(home)
    assert draft["text"] == "My knee is gr\ufffdn"
    child = typing(home, tmp_path, "draft", "edit", draft["id"], script="printf 'gr\\374ner' > \"$1\"")
    child.expect("is no text in UTF-8")
    assert (ended(child), drafts(home)[0]["text"]) == (2, "gr\ufffdner")


def test_an_editor_that_fails_sends_nothing(home: Home, portal: ScriptedPortal, tmp_path: Path) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    child = typing(home, tmp_path, "reply", "m1", script="exit 1")
    child.expect("editor")
    assert ended(child) == 1
    assert (drafts(home), portal.created) == ([], [])


def test_a_draft_that_is_sent_from_the_outbox_takes_its_conversation_along(home: Home, portal: ScriptedPortal) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    arguments = ("--to", "byron", "--subject", "A", "--body", "B", "--draft", "--json")
    name = home.run("messages", "send", *arguments).json["id"]
    assert home.run("outbox", "retry", name, "--yes").code == 0
    header, message = (json.loads(body) for body in portal.created)
    assert ("payload" in header, "partOf" in message) == (False, True)

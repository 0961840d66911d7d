"""Messages whose program is killed while their editor is open: what was saved is a draft, and can be gone on with."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.support.hostile import PATIENT, Offer, ScriptedPortal, resource
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

TEXT = "It hurts when I kneel."
_EDITOR = """#!/bin/sh
trap '' HUP
echo $$ > FOLDER/from
while read -r line < FOLDER/to; do
    case "$line" in end) exit 0;; fail) exit 1;; esac
    echo "$line" >> "$1"
    echo saved > FOLDER/from
done
"""
SEND = ("send", "--to", "hopper", "--subject", "Knee")


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        running.types["Communication"] = Offer(
            ("read", "search-type", "create"), ("patient", "identifier"), conditional_create=True
        )
        member = {"member": {"reference": "Practitioner/d0", "display": "Dr. Grace Hopper"}}
        running.add(resource("CareTeam", "t", status="active", participant=[member]))
        about = {"subject": {"reference": f"Patient/{PATIENT}"}, "sender": member["member"]}
        running.add(resource("Communication", "m1", status="completed", payload=[{"contentString": "Hi"}], **about))
        yield running


class Desk:
    """Somebody at a terminal, whose editor saves what a test says, and stays open until it is told to end."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self._folder = folder
        self._editor = folder / "editor"
        self.runtime = folder / "run"
        self.runtime.mkdir(mode=0o700)
        for name in ("to", "from"):
            os.mkfifo(folder / name)
        self._editor.write_text(_EDITOR.replace("FOLDER", str(folder)))
        self._editor.chmod(0o700)
        self.editor = 0

    def begin(self, *arguments: str) -> pexpect.spawn[str]:
        """Run a command at a terminal."""
        environment = {**self.home.environment(), "TERM": "dumb", "EDITOR": str(self._editor), "VISUAL": ""}
        return pexpect.spawn(
            sys.executable,
            ["-m", "portal_cli", "messages", *arguments],
            env={**environment, "XDG_RUNTIME_DIR": str(self.runtime)},
            encoding="utf-8",
            timeout=30,
        )

    def opened(self) -> None:
        """Wait for the editor."""
        self.editor = int((self._folder / "from").read_text())

    def save(self, line: str) -> None:
        """Save one line more."""
        self.tell(line)
        assert (self._folder / "from").read_text() == "saved\n"

    def tell(self, line: str) -> None:
        (self._folder / "to").write_text(f"{line}\n")

    def drafts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.home.run(
            "messages", "draft", "--json", XDG_RUNTIME_DIR=str(self.runtime)
        ).json
        return found

    def has_draft(self, text: str) -> bool:
        return [each["text"] for each in self.drafts()] == [text]


@pytest.fixture
def desk(home: Home, portal: ScriptedPortal, tmp_path: Path) -> Desk:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(home, folder)


def killed(child: pexpect.spawn[str]) -> None:
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


def sent(portal: ScriptedPortal) -> list[str]:
    every = [json.loads(body) for body in portal.created]
    return [part["contentString"] for each in every for part in each.get("payload", [])]


@pytest.mark.parametrize("arguments", [SEND, ("reply", "m1")], ids=["send", "reply"])
def test_what_an_editor_saved_is_a_draft_when_both_are_killed_and_can_be_gone_on_with(
    desk: Desk, portal: ScriptedPortal, arguments: tuple[str, ...]
) -> None:
    child = desk.begin(*arguments)
    desk.opened()
    desk.save(TEXT)
    until(lambda: desk.has_draft(TEXT))
    killed(child)
    os.kill(desk.editor, signal.SIGKILL)
    assert desk.has_draft(TEXT)
    until(lambda: desk.has_draft(TEXT) and not list(desk.runtime.iterdir()))
    assert sent(portal) == []
    again = desk.begin(*arguments)
    again.expect(f"There is a draft of .*{TEXT}")
    again.expect(r"Go on with it\? \[y/N\] ")
    again.sendline("y")
    desk.opened()
    desk.save("Since Monday.")
    desk.tell("end")
    again.expect(r"Send this\? \[y/N\] ")
    again.sendline("y")
    again.expect("The portal has it.")
    again.expect(pexpect.EOF)
    assert (sent(portal), desk.drafts()) == ([f"{TEXT}\nSince Monday."], [])


def test_what_an_editor_saves_after_its_program_was_killed_comes_into_the_draft(desk: Desk) -> None:
    child = desk.begin(*SEND)
    desk.opened()
    desk.save(TEXT)
    until(lambda: desk.has_draft(TEXT))
    killed(child)
    desk.save("Since Monday.")
    assert desk.has_draft(f"{TEXT}\nSince Monday.")
    desk.save("And at night.")
    desk.tell("end")
    until(lambda: desk.has_draft(f"{TEXT}\nSince Monday.\nAnd at night.") and not list(desk.runtime.iterdir()))


def test_a_message_that_was_kept_meanwhile_is_sent_once_and_leaves_no_draft(desk: Desk, portal: ScriptedPortal) -> None:
    child = desk.begin(*SEND, "--yes")
    desk.opened()
    desk.save(TEXT)
    until(lambda: desk.has_draft(TEXT))
    desk.save("Since Monday.")
    desk.tell("end")
    child.expect("The portal has it.")
    child.expect(pexpect.EOF)
    assert (sent(portal), desk.drafts()) == ([f"{TEXT}\nSince Monday."], [])


def test_an_editor_that_is_given_up_leaves_a_new_text_as_a_draft_and_an_old_one_as_it_was(
    desk: Desk, portal: ScriptedPortal
) -> None:
    child = desk.begin(*SEND)
    desk.opened()
    desk.save(TEXT)
    until(lambda: desk.has_draft(TEXT))
    desk.tell("fail")
    child.expect("What was saved is kept as the draft")
    child.expect(pexpect.EOF)
    (draft,) = desk.drafts()
    change = desk.begin("draft", "edit", draft["id"])
    desk.opened()
    desk.save("Since Monday.")
    until(lambda: desk.has_draft(f"{TEXT}\nSince Monday."))
    desk.tell("fail")
    change.expect("nothing was changed")
    change.expect(pexpect.EOF)
    assert desk.has_draft(TEXT)
    assert sent(portal) == []

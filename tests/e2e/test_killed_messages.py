"""Messages whose program is killed on the way: each reaches the practice once, whole, and none is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "It hurts when I kneel."
PNG = b"\x89PNG\r\n\x1a\npicture"
STEPS = [f"push.{step}:{number}" for step in ("sending", "answered", "confirmed") for number in (1, 2, 3)]


def killed(home: Home, point: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal_cli", *arguments],
        env={**home.environment(), "PORTAL_FAILPOINT": point},
        input=TEXT,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def about_to_write(folder: Path, practice: Sandbox) -> tuple[Home, list[str]]:
    """A home in step with the practice, and how a message with a picture is sent from it."""
    home = at_home(folder, practice)
    picture = folder / "knee.png"
    picture.write_bytes(PNG)
    somebody = home.run("messages", "recipients", "--json").json[0]["id"]
    return home, ["messages", "send", "--to", somebody, "--subject", "Knee", "--body", "-", "--attach", str(picture)]


def arrived(practice: Sandbox) -> list[int]:
    """The parts of each Communication that a patient sent: none in a header."""
    every = practice.portal.repository.everything("Communication")
    return sorted(len(each.resource().get("payload", [])) for each in every if each.creator)


@pytest.mark.parametrize("point", STEPS)
def test_a_message_typed_offline_and_killed_on_its_way_arrives_once(point: str, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, file=tmp_path / "practice")) as practice:
        home, arguments = about_to_write(tmp_path, practice)
        port = int(practice.base_url.rpartition(":")[2].partition("/")[0])
    said = home.run(*arguments, "--yes", "--json", typed=TEXT)
    assert (said.code, said.json["request"]["state"]) == (0, "queued"), said.err
    with Sandbox(SandboxOptions(port, clinic_delay=3600, file=tmp_path / "practice")) as practice:
        killed(home, point, "sync")
        assert home.run("sync").code == 0
        assert home.run("sync").code == 0
        assert arrived(practice) == [0, 2]
        assert [each["state"] for each in home.run("outbox", "--json").json] == ["confirmed"]
        assert TEXT in home.run("messages", "show", home.run("messages", "--json").json[0]["id"]).out


@pytest.mark.parametrize(("point", "flags"), [("letter.kept", ["--draft"]), ("letter.kept", [])])
def test_what_was_typed_is_a_draft_before_anything_is_asked(point: str, flags: list[str], tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as practice:
        home, arguments = about_to_write(tmp_path, practice)
        killed(home, point, *arguments, *flags)
        (draft,) = home.run("messages", "draft", "--json").json
        assert (draft["text"], draft["attached"][0]["title"]) == (TEXT, "knee.png")
        assert home.run("sync").code == 0
        assert arrived(practice) == []
        assert home.run("messages", "draft", "send", draft["id"], "--yes").code == 0
        assert home.run("sync").code == 0
        assert arrived(practice) == [0, 2]


def test_a_draft_killed_between_the_yes_and_the_sending_arrives_once(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as practice:
        home, arguments = about_to_write(tmp_path, practice)
        assert home.run(*arguments, "--draft", typed=TEXT).code == 0
        (draft,) = home.run("messages", "draft", "--json").json
        killed(home, "letter.queued", "messages", "draft", "send", draft["id"], "--yes")
        assert home.run("messages", "draft", "--json").json == []
        assert arrived(practice) == []
        for _ in range(2):
            assert home.run("sync").code == 0
        assert arrived(practice) == [0, 2]


def test_a_message_killed_after_it_was_queued_arrives_once(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as practice:
        home, arguments = about_to_write(tmp_path, practice)
        killed(home, "letter.queued", *arguments, "--yes")
        for _ in range(2):
            assert home.run("sync").code == 0
        assert arrived(practice) == [0, 2]

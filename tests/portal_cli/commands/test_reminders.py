"""`portal reminders` at the command line, as its users and their timers run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from tests.support.hostile import ScriptedPortal, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.conftest import Home


@pytest.fixture
def home(home: Home) -> Iterator[Home]:
    """A home with an appointment in an hour, at a portal that calls it by what it is."""
    start = datetime.fromtimestamp(time.time() + 3600, UTC).isoformat()
    with ScriptedPortal() as portal:
        portal.add(resource("Appointment", "a1", status="booked", description="Oncology\x1b[2J follow-up", start=start))
        home.sign_in(portal.base_url)
        assert home.run("sync").code == 0
        yield home


def test_rules_are_offered_and_none_works_until_it_is_added(home: Home) -> None:
    said = home.run("reminders")
    assert (said.code, said.out) == (0, "")
    assert "`portal reminders add suggested`" in said.err
    assert "1w before, 1d before, 2h before" in said.err
    assert home.run("reminders", "run", "--json").json == []
    added = home.run("reminders", "add", "suggested", "--json")
    assert [(row["topic"], row["before"]) for row in added.json] == [
        ("appointment", "1w"), ("appointment", "1d"), ("appointment", "2h"), ("refill", "1w"), ("message", ""),
        ("result", ""),
    ]  # fmt: skip
    assert home.run("reminders", "list", "--json").json == added.json


def test_what_is_due_is_printed_once_by_a_process_of_its_own(home: Home) -> None:
    assert home.run("reminders", "add", "appointment", "--before", "1d", "--before", "2h").code == 0
    dry = home.process("reminders", "run", "--dry-run", "--json")
    assert [row["state"] for row in dry.json] == ["due"]
    said = home.process("reminders", "run")
    assert said.code == 0
    assert said.out.startswith("An appointment at your practice to")
    assert len(said.out.splitlines()) == 1
    assert "Oncology" not in said.out
    again = home.process("reminders", "run")
    assert (again.code, again.out, again.err) == (0, "", "Nothing is due.\n")


def test_what_the_reader_of_a_pipe_did_not_take_is_told_the_next_time(home: Home) -> None:
    home.run("reminders", "add", "appointment", "--before", "1d")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "portal_cli", "reminders", "run"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=home.environment(),
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 141
    assert home.process("reminders", "run").out.startswith("An appointment at your practice")


def test_details_are_said_where_a_rule_allows_them_and_cannot_steer_the_terminal(home: Home) -> None:
    home.run("reminders", "add", "appointment", "--before", "1d", "--with-details")
    said = home.run("reminders", "run")
    assert "Oncology" in said.out
    assert "\x1b" not in said.out


def test_details_that_are_for_another_channel_are_not_printed(home: Home) -> None:
    home.run("reminders", "add", "appointment", "--before", "1d", "--by", "desktop", "--with-details")
    said = home.run("reminders", "run", "--unattended", PATH=str(home.folder))
    assert said.code == 3
    assert said.out.endswith("(desktop: failed)\n")
    assert "desktop: there is no `notify-send` on this computer; it is tried again the next time" in said.err
    assert "Oncology" not in said.out + said.err


def test_a_rule_is_removed_and_rests_by_its_number(home: Home) -> None:
    (row,) = home.run("reminders", "add", "appointment", "--before", "1 day", "--json").json
    number = str(row["id"])
    assert home.run("reminders", "pause", number, "--json").json[0]["is_paused"] is True
    assert home.run("reminders", "run", "--json").json == []
    assert home.run("reminders", "pause", number, "--resume", "--json").json[0]["is_paused"] is False
    assert home.run("reminders", "remove", number).code == 0
    gone = home.run("reminders", "remove", number)
    assert (gone.code, "`portal reminders list`" in gone.err) == (6, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("birthday",),
        ("appointment",),
        ("appointment", "--before", "soon"),
        ("message", "--before", "1d"),
        ("suggested", "--before", "1d"),
        ("result", "--by", "pigeon"),
        ("result", "--by", "email"),
    ],
)
def test_a_rule_that_cannot_be_is_a_matter_of_usage(home: Home, arguments: tuple[str, ...]) -> None:
    said = home.run("reminders", "add", *arguments)
    assert (said.code, said.out) == (2, "")
    assert "→" in said.err


def test_a_locked_vault_is_one_sentence_to_a_timer(home: Home) -> None:
    said = home.process("reminders", "run", "--unattended", locked=True)
    assert (said.code, said.out) == (10, "")
    assert said.err.splitlines()[0].startswith("portal: the vault is locked")
    assert home.process("reminders", "run", "--unattended").code == 0


def test_an_email_goes_out_by_the_settings_and_a_failed_one_the_next_time(home: Home) -> None:
    got: list[Any] = []

    class Box:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            got.append(envelope)
            return "250 OK"

    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    text = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "me@a.example"\nto = "me@b.example"\n'
    (home.folder / "config.toml").write_text(text)
    assert home.run("reminders", "add", "appointment", "--before", "1d", "--by", "email").code == 0
    failed = home.run("reminders", "run", "--unattended", "--json")
    assert (failed.code, failed.json[0]["state"]) == (3, "failed")
    assert "tried again the next time" in home.run("reminders", "run").err
    server = Controller(Box(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert home.run("reminders", "run", "--unattended", "--json").json[0]["state"] == "delivered"
        assert home.run("reminders", "run", "--unattended", "--json").json == []
    finally:
        server.stop()
    (envelope,) = got
    found = message_from_bytes(envelope.content, policy=policy.default)
    assert found["Subject"].startswith("An appointment at your practice")
    assert b"ncology" not in envelope.content


def timer_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    programs = home.folder / "programs"
    programs.mkdir()
    (programs / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> "{home.folder}/ran"\n')
    (programs / "systemctl").chmod(0o700)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return {"HOME": str(home.folder), "PATH": f"{programs}:/usr/bin:/bin"}


def test_a_timer_is_shown_before_it_is_written_and_written_after_a_yes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = timer_home(home, monkeypatch)
    unit = home.folder / ".config" / "systemd" / "user" / "portal-reminders.timer"
    shown = home.run("reminders", "install", "--system", "systemd", "--dry-run", **here)
    assert shown.code == 0
    assert all(
        words in shown.err for words in (str(unit), "OnCalendar", "PORTAL_PASSPHRASE_FILE", "Nothing was written.")
    )
    asked = home.run("reminders", "install", "--system", "systemd", **here)
    assert (asked.code, unit.exists(), (home.folder / "ran").exists()) == (16, False, False)
    assert home.run("reminders", "install", "--system", "systemd", "--yes", **here).code == 0
    dry = home.run("reminders", "uninstall", "--system", "systemd", "--dry-run", "--json", **here)
    assert (dry.code, str(unit) in {one["path"] for one in dry.json["files"]}) == (0, True)
    assert unit.is_file()
    gone = home.run("reminders", "uninstall", "--system", "systemd", "--yes", "--json", **here)
    assert (gone.code, unit.exists(), len(gone.json["files"])) == (0, False, 2)


def test_a_timer_says_what_it_needs_where_nothing_opens_the_vault(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {**timer_home(home, monkeypatch), "PORTAL_PASSPHRASE_FILE": ""}
    said = home.run("reminders", "install", "--system", "systemd", "--dry-run", **here)
    assert "A timer cannot type a passphrase" in said.err
    plan = home.run("reminders", "install", "--system", "cron", "--dry-run", "--json", **here).json
    assert "reminders run --unattended" in plan["crontab"]
    assert home.run("reminders", "install", "--system", "sundial").code == 2

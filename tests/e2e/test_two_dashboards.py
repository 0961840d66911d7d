"""Two dashboards and a command line at once on one vault: each shows what is so, and each write arrives once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.e2e.conftest import start_portal, stop_portal
from tests.support.onlooker import Onlooker
from tests.support.tmux import Terminal
from tests.support.visits import ask_for_a_refill, go, write_a_message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Home

_PATIENCE_SECONDS = 60
LETTER, TEXT = "Written in the first", "Could we talk?"
REFILL, VISIT, LATER = "Asked in the second", "Asked at the prompt", "Asked at last"


def test_two_dashboards_and_a_command_line_that_write_and_sync_at_once_stay_right(
    home: Home, tmp_path: Path, terminals: list[Terminal]
) -> None:
    file = str(tmp_path / "practice")
    portal = start_portal(tmp_path, "--file", file, "--clinic-delay", "1h")
    person = portal.sign_ins[0]
    portal.login(home)
    home.ok("sync")
    stop_portal(portal)  # what is written now waits for all three to send it
    terminals += [Terminal(home, sys.executable, "-m", "portal_cli", "dashboard") for _ in range(2)]
    first, second = terminals
    write_a_message(first, LETTER, TEXT)
    first.wait_for("It waits here.")
    ask_for_a_refill(second, "metformin", REFILL)
    second.wait_for("waits here")
    home.run("appointments", "request", "--reason", VISIT, "--when", "2999-01-02", "--yes")
    for terminal in terminals:
        go(terminal, "b")
        assert LETTER in terminal.wait_for("○ waiting to send", times=3)

    again = start_portal(tmp_path, "--file", file, "--port", portal.url.rpartition(":")[2].partition("/")[0])
    try:
        command = subprocess.Popen(
            [sys.executable, "-m", "portal_cli", "sync"],
            env=home.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for terminal in terminals:
            terminal.press("s")
        said, _ = command.communicate(timeout=_PATIENCE_SECONDS)
        assert command.returncode == 0, said
        for terminal in terminals:
            terminal.wait_for("● Online")
            terminal.wait_for("✓ arrived", times=3)
        home.ok("appointments", "request", "--reason", LATER, "--when", "2999-01-03", "--yes")
        for terminal in terminals:  # that another process wrote something is seen without a key
            terminal.wait_for("✓ arrived", times=4)
            terminal.press("q")
            assert terminal.exit_code() == 0
        assert sorted((one["kind"], one["state"]) for one in home.json("outbox", "list")) == [
            ("appointment", "confirmed"),
            ("appointment", "confirmed"),
            ("message", "confirmed"),
            ("refill", "confirmed"),
        ]
        home.ok("vault", "check")
        home.ok("audit", "verify")
        onlooker = Onlooker(again.url, person["username"], person["password"])
        told = {name: [str(one) for one in onlooker.every(name)] for name in ("Communication", "Task", "Appointment")}
        found = [("Communication", TEXT), ("Task", REFILL), ("Appointment", VISIT), ("Appointment", LATER)]
        assert [sum(words in one for one in told[name]) for name, words in found] == [1, 1, 1, 1]
    finally:
        stop_portal(again)

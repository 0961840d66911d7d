"""The dashboard in a real terminal: what a person sees and types, by way of tmux."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PASSPHRASE
from tests.support.tmux import Terminal
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Home, Portal


def portal(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "portal_cli", *arguments]


def test_the_demo_opens_the_dashboard_and_leaves_nothing_behind(home: Home, terminals: list[Terminal]) -> None:
    terminal = Terminal(home, *portal("demo"))
    terminals.append(terminal)
    shown = terminal.wait_for("lisinopril")
    assert "ppointments" in shown
    assert "essages" in shown
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert list((home.folder / "tmp").iterdir()) == []
    assert not (home.folder / ".local").exists()


def test_the_dashboard_is_unlocked_by_its_passphrase_and_syncs_from_inside(
    home: Home, portal_process: Portal, terminals: list[Terminal]
) -> None:
    portal_process.login(home)
    home.ok("sync")
    terminal = Terminal(home, *portal("dashboard"), PORTAL_PASSPHRASE_FILE="")
    terminals.append(terminal)
    shown = terminal.wait_for("assphrase")
    assert portal_process.sign_ins[0]["name"].split()[0] not in shown
    terminal.press("-l", "not it")
    terminal.press("Enter")
    terminal.wait_for("does not open")
    time.sleep(0.5)
    terminal.press("-l", PASSPHRASE)
    terminal.press("Enter")
    terminal.wait_for("lisinopril")
    terminal.press("s")
    terminal.wait_for("updated")
    terminal.press("q")
    assert terminal.exit_code() == 0


@pytest.fixture
def portal_process(portal: Portal) -> Portal:
    """The practice portal, under a name that leaves `portal` to the command."""
    return portal


def test_passphrases_are_typed_at_the_terminal_and_not_shown(
    home: Home, portal_process: Portal, terminals: list[Terminal]
) -> None:
    person = portal_process.sign_ins[0]
    terminal = Terminal(
        home,
        *portal("login", portal_process.url, "--username", person["username"]),
        PORTAL_PASSPHRASE_FILE="",
    )
    terminals.append(terminal)
    for _ in range(2):
        terminal.wait_for("assphrase")
        terminal.press("-l", PASSPHRASE)
        terminal.press("Enter")
        time.sleep(0.3)
    terminal.wait_for("assword")
    terminal.press("-l", person["password"])
    terminal.press("Enter")
    assert terminal.exit_code() == 0
    shown = terminal.screen()
    assert PASSPHRASE not in shown
    assert person["password"] not in shown
    assert (home.vault / "vault.json").exists()


def test_a_dashboard_whose_terminal_is_closed_ends_and_leaves_no_process_with_an_open_vault(
    home: Home, terminals: list[Terminal]
) -> None:
    home.ok("vault", "init")
    command = shlex.join(portal("dashboard"))
    files = [home.folder / f"number-{at}" for at in range(3)]
    terminals += [Terminal(home, "sh", "-c", f"echo $$ >{file}; exec {command}") for file in files]
    for terminal in terminals:
        terminal.wait_for("No patient yet")
        terminal.close()
    until(lambda: not any(is_running(int(file.read_text())) for file in files))


def is_running(number: int) -> bool:
    """Whether a process is there that has not ended, also if nobody has asked yet how."""
    try:
        state = Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

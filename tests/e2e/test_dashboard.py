"""A whole visit in a real terminal: from an empty home to a synced vault, read, locked, unlocked and left."""

from __future__ import annotations

import re
import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PASSPHRASE
from tests.e2e.test_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Home, Portal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def typed(terminal: Terminal, text: str) -> None:
    terminal.press("-l", text)
    terminal.press("Enter")
    time.sleep(0.5)  # a person's fingers: the next field has to be there first


def test_a_visit_from_an_empty_home_to_a_vault_that_holds_what_was_done(
    home: Home, portal: Portal, terminals: list[Terminal]
) -> None:
    terminal = Terminal(home, sys.executable, "-m", "portal_cli", "dashboard", PORTAL_PASSPHRASE_FILE="", DISPLAY="")
    terminals.append(terminal)
    make_vault(terminal)
    sign_in(terminal, portal)
    first_sync(terminal)
    read_a_record(terminal)
    lock_and_unlock(terminal)
    look_after_it(terminal)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert [slot["type"] for slot in home.json("vault", "slots")] == ["passphrase", "recovery"]
    assert home.json("portals", "list")[0]["url"] == portal.url
    assert home.json("status")["records"] > 20


def escape(terminal: Terminal) -> None:
    """Press Escape; a key right behind it would be taken for one with Alt."""
    terminal.press("Escape")
    time.sleep(0.5)


def go(terminal: Terminal, letter: str) -> None:
    """Go to a screen by its letter, once the choice is there."""
    terminal.press("g")
    terminal.wait_for("Every record, newest first")
    terminal.press(letter)


def make_vault(terminal: Terminal) -> None:
    terminal.wait_for("Welcome to portal")
    terminal.press("Enter")
    terminal.wait_for("1 of 3")
    typed(terminal, PASSPHRASE)
    typed(terminal, PASSPHRASE)
    terminal.wait_for("2 of 3")
    shown = terminal.wait_for("Type group")
    assert PASSPHRASE not in shown
    groups = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{5}\b", shown)
    number = re.search(r"Type group (\d)", shown)
    assert number is not None
    typed(terminal, groups[int(number[1]) - 1])
    terminal.wait_for("3 of 3")


def sign_in(terminal: Terminal, portal: Portal) -> None:
    person = portal.sign_ins[0]
    terminal.press("-l", portal.url)
    terminal.press("Enter")
    terminal.wait_for("How do you want to sign in?")
    terminal.press("j", "j", "Enter")
    terminal.wait_for("User name")
    typed(terminal, person["username"])
    typed(terminal, person["password"])


def first_sync(terminal: Terminal) -> None:
    terminal.wait_for("✓ complete")
    terminal.wait_for("updated")


def read_a_record(terminal: Terminal) -> None:
    go(terminal, "h")
    terminal.wait_for("ppointments")
    terminal.wait_for("lisinopril")
    go(terminal, "r")
    terminal.wait_for("All records")
    terminal.press("Enter")
    terminal.wait_for("─")


def lock_and_unlock(terminal: Terminal) -> None:
    escape(terminal)
    terminal.press("C-l")
    shown = terminal.wait_for("The vault is locked.")
    assert "lisinopril" not in shown
    typed(terminal, PASSPHRASE)
    terminal.wait_for("All records")


def look_after_it(terminal: Terminal) -> None:
    go(terminal, "u")
    terminal.wait_for("Every line")
    terminal.press("v")
    terminal.wait_for("each as it was written")
    escape(terminal)
    go(terminal, "c")
    terminal.wait_for("lock_after")
    escape(terminal)
    terminal.wait_for("ppointments")

"""What a person does in the dashboard at a terminal, key by key, looking at the screen before the next one."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.tmux import Terminal

_LABEL_ABOVE = 2  # lines
_ESCAPE_SECONDS = 0.2  # a key right behind Escape would be taken for one with Alt


def escape(terminal: Terminal) -> None:
    """Press Escape, and nothing else for a moment."""
    terminal.press("Escape")
    time.sleep(_ESCAPE_SECONDS)


def go(terminal: Terminal, letter: str) -> None:
    """Go to a screen by its letter, once the choice is there."""
    terminal.wait_for("g Go to")
    terminal.press("g")
    terminal.wait_for("Every record, newest first")
    terminal.press(letter)
    terminal.wait_until_gone("Every record, newest first")


def fill_in(terminal: Terminal, label: str, text: str) -> None:
    """Go to a field by tabs, and type into it."""
    while not _is_in(terminal, label):
        terminal.press("Tab")
        terminal.rest()
    terminal.press("-l", text)
    terminal.wait_for(text)


def _is_in(terminal: Terminal, label: str) -> bool:
    """Whether the cursor is in the field under a label."""
    lines = terminal.rest().splitlines()
    here = terminal.cursor_line() - _LABEL_ABOVE
    return 0 <= here < len(lines) and re.search(rf"│ +{label} +│", lines[here]) is not None


def send(terminal: Terminal, *shown: str) -> None:
    """Review what was typed; it is sent after a yes alone."""
    terminal.press("F2")
    asked = terminal.wait_for("Go back")
    assert [words for words in shown if words not in asked] == []
    terminal.press("y")
    terminal.wait_until_gone("Go back")


def write_a_message(terminal: Terminal, subject: str, text: str) -> None:
    """Write to the first of those whom one can write to."""
    go(terminal, "m")
    terminal.wait_for(" conversations")
    terminal.rest()
    terminal.press("n")
    terminal.wait_for("Choose whom you write to")
    terminal.rest()
    terminal.press("Enter")
    terminal.wait_for("Care team of")
    terminal.press("Down", "Enter")
    terminal.wait_until_gone("Choose whom you write to")
    fill_in(terminal, "Subject", subject)
    fill_in(terminal, "Message", text)
    send(terminal, "Send this message?", subject, text)


def ask_for_a_refill(terminal: Terminal, medicine: str, note: str) -> None:
    """Ask for a refill of the medicine at the top of the list."""
    go(terminal, "d")
    terminal.wait_for(f"▸ {medicine}")
    terminal.rest()
    terminal.press("r")
    terminal.wait_for("How much is left")
    fill_in(terminal, "A few words to the practice", note)
    send(terminal, f"A refill of {medicine}", note)

"""What is pasted arrives as it stood, in one piece, and presses no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import _xterm_parser, events
from textual.drivers import linux_driver

from tui import pasting
from tui.pasting import WholePasteParser

if TYPE_CHECKING:
    import pytest

_PASTED = "before \x1b[31mred\x1b[0m, \x1b alone, \x1b[20 and after\x1b"
_TEXT = "before [31mred[0m,  alone, [20 and after"


def read(*parts: str) -> list[tuple[str, str]]:
    """The events that come of what a terminal sends in parts: their kinds, and the keys or the texts."""
    parser = WholePasteParser()
    found = []
    for part in parts:
        for event in parser.feed(part):
            if isinstance(event, events.Paste):
                found.append(("paste", event.text))
            elif isinstance(event, events.Key):
                found.append(("key", event.key))
    return found


def test_a_paste_with_escapes_comes_in_its_order_and_as_no_key() -> None:
    sent = f"a\x1b[200~{_PASTED}\x1b[201~b"
    assert read(sent) == [("key", "a"), ("paste", _TEXT), ("key", "b")]


def test_it_is_the_same_wherever_what_is_sent_is_cut() -> None:
    sent = f"a\x1b[200~{_PASTED}\x1b[201~b"
    whole = read(sent)
    assert all(read(sent[:at], sent[at:]) == whole for at in range(1, len(sent)))
    assert read(*sent) == whole


def test_keys_and_pastes_one_after_the_other_are_kept_apart() -> None:
    sent = "\x1b[200~one\x1b\x1b[201~\x1b[A\x1b[200~two\x1b[201~\x1b[B"
    assert read(sent) == [("paste", "one"), ("key", "up"), ("paste", "two"), ("key", "down")]


def test_the_end_of_what_is_sent_is_the_end() -> None:
    assert read("a", "") == [("key", "a")]


def test_a_terminal_is_read_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_xterm_parser, linux_driver):
        monkeypatch.setattr(module, "XTermParser", _xterm_parser.XTermParser)
    pasting.settle()
    assert vars(linux_driver)["XTermParser"] is WholePasteParser

from __future__ import annotations

import io
import sys

import pytest

from portal_cli import prompts
from portal_cli.problems import Misused
from store.errors import ConfirmationNeeded


def test_a_yes_is_not_read_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(ConfirmationNeeded, match="the refill request"):
        prompts.confirm("Send it?", "the refill request")


def test_a_choice_is_not_read_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert prompts.choose("Which?", ("a", "b")) is None


def test_a_password_on_stdin_is_its_first_line_whatever_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("  a b =\r\nsecond\n"))
    assert prompts.password_on_stdin() == "  a b ="


def test_an_empty_stdin_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(Misused):
        prompts.password_on_stdin()

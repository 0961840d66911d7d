from __future__ import annotations

import getpass
import io
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from portal_cli import prompts, quick
from portal_cli.hints import hint_for
from portal_cli.problems import Misused
from store.errors import ConfirmationNeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.portal_cli.conftest import Home


def test_a_yes_is_not_read_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(ConfirmationNeeded, match="the refill request"):
        prompts.confirm("Send it?", "the refill request")


def test_a_dry_run_is_named_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for has_dry_run in (True, False):
        with pytest.raises(ConfirmationNeeded) as raised:
            prompts.confirm("Do it?", "doing it", has_dry_run=has_dry_run)
        assert ("--dry-run" in hint_for(raised.value)) is has_dry_run


def test_a_choice_is_not_read_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert prompts.choose("Which?", ("a", "b")) is None


def test_a_password_on_stdin_is_its_first_line_whatever_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("  a b =\r\nsecond\n"))
    assert prompts.password_on_stdin() == "  a b ="


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
@pytest.mark.parametrize(
    "ask", [prompts.piped_text, prompts.password_on_stdin, lambda: prompts.line("there is nothing")]
)
def test_bytes_on_stdin_that_are_no_text_are_refused(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], str], errors: str, encoding: str
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"bin\xff\xfe\n"), encoding=encoding, errors=errors)
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(Misused, match="no text in the encoding of this terminal"):
        ask()


def test_an_empty_stdin_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(Misused):
        prompts.password_on_stdin()


@pytest.mark.parametrize("line", [["labs"], ["status"]])
def test_the_end_of_input_at_a_passphrase_stops_the_quick_door_as_an_interrupt_does(
    line: list[str], filled: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", nothing)
    monkeypatch.setattr(prompts, "has_terminal", lambda: True)
    for name, value in filled.environment(locked=True).items():
        monkeypatch.setenv(name, value)
    assert quick.run(line) == 130
    assert capsys.readouterr().err.endswith("portal: stopped\n")


def test_a_passphrase_with_letters_that_the_terminal_has_not_is_the_bytes_that_were_typed(home: Home) -> None:
    chosen = "zwölf grüne Flaschen stehen"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "dumb"}
    environment = {**home.environment(locked=True), **ascii_only}
    child = pexpect.spawn(sys.executable, ["-m", "portal_cli", "vault", "init"], env=environment, timeout=30)
    for question in (b"New passphrase: ", b"The same again: "):
        child.expect(question)
        child.sendline(chosen.encode())
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    child = pexpect.spawn(sys.executable, ["-m", "portal_cli", "outbox"], env=environment, timeout=30)
    child.expect(b"Passphrase of the vault: ")
    child.sendline(chosen.encode())
    child.expect(b"No requests")
    child.expect(pexpect.EOF)
    home.passphrase_file.write_text(chosen + "\n", encoding="utf-8")
    assert home.run("outbox").code == 0

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portal_cli import output
from portal_cli.registry import COMMANDS

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

_HEAVY = {"textual", "sqlmodel", "sqlalchemy", "sqlcipher3", "httpx", "flask", "tui", "rich", "pydantic", "asyncio"}


def test_help_names_every_command_with_its_line(home: Home) -> None:
    said = home.run("--help")
    assert said.code == 0
    for name, entry in COMMANDS.items():
        assert f"  {name} " in said.out
        assert entry.help in said.out


def test_help_loads_no_heavy_module_and_no_command(home: Home) -> None:
    program = "import sys; from portal_cli.main import run; run(['--help']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=home.environment()
    )
    loaded = set(done.stdout.split())
    assert not loaded & _HEAVY
    assert not {name for name in loaded if name.startswith(("portal_cli.commands.", "store.vault", "store.client"))}


def test_every_command_and_every_command_of_a_group_has_help(home: Home) -> None:
    groups = [(name, sub) for name in ("records", "appointments", "messages", "refills") for sub in ("list", "show")]
    for words in [(name,) for name in COMMANDS] + groups:
        said = home.run(*words, "--help")
        assert said.code == 0, words
        assert f"Usage: portal {' '.join(words)}" in said.out


def test_the_version_is_told_on_stdout(home: Home) -> None:
    said = home.run("--version")
    assert said.code == 0
    assert said.out.startswith("portal ")
    alone = home.process("--version")
    assert (alone.code, alone.out, alone.err) == (0, said.out, "")


def test_portal_alone_in_a_pipe_prints_the_help(home: Home) -> None:
    said = home.run()
    assert (said.code, said.out) == (0, home.run("--help").out)


def test_portal_alone_on_a_terminal_says_how_to_begin_in_lines_that_fit(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    said = home.run()
    assert said.code == 0
    assert {"  portal login https://ADDRESS/fhir", "  portal dashboard", "  portal demo"} <= set(said.out.splitlines())
    assert max(map(len, said.out.splitlines())) < 80


def test_a_misspelled_command_is_a_usage_error_that_suggests_the_right_one(home: Home) -> None:
    said = home.run("lasb")
    assert said.code == 2
    assert said.out == ""
    assert said.err == "portal: no such command 'lasb'. Did you mean 'labs'?\n  → See `portal --help`.\n"


def test_a_usage_error_is_json_where_json_was_asked_for(home: Home) -> None:
    said = home.run("labs", "--json", "--limit", "-1")
    assert said.code == 2
    assert said.error["code"] == "usage"
    assert said.error["exit"] == 2
    assert said.error["hint"] == "See `portal labs list --help`."


def test_what_was_typed_is_echoed_without_what_a_terminal_would_obey(home: Home) -> None:
    said = home.run("\x1b[31mlabs")
    assert said.code == 2
    assert "\x1b" not in said.err


def test_two_formats_at_once_are_refused(home: Home) -> None:
    assert home.run("labs", "--json", "--format", "csv").code == 2


def test_an_error_is_two_lines_and_debug_adds_the_place_in_the_program(home: Home) -> None:
    plain, traced = home.run("labs"), home.run("labs", "--debug")
    assert plain.code == traced.code == 11
    assert plain.err.splitlines()[0] == "portal: there is no vault yet"
    assert plain.err.splitlines()[1].startswith("  → ")
    assert len(plain.err.splitlines()) == 2
    assert "NoVault" in traced.err
    assert "client.py" in traced.err


def test_a_configuration_that_cannot_be_read_is_a_usage_error(home: Home) -> None:
    (home.folder / "config.toml").write_text("colour = 'blue'\n")
    said = home.run("labs")
    assert said.code == 2
    assert "colour" in said.err


@pytest.mark.parametrize(
    "words",
    [
        (b"labs", b"show", b"x-\xc3\xbc"),
        (b"messages", b"send", b"--subject", b"R\xc3\xbc", b"--body", b"x", b"--yes"),
        (b"status", b"--portal", b"\xff", b"--json"),
    ],
)
def test_a_word_that_cannot_be_decoded_is_refused_before_anything_is_done(home: Home, words: tuple[bytes, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal_cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**home.environment(), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "of the command line is no text in the encoding of this terminal" in done.stderr
    assert "LC_ALL=C.UTF-8" in done.stderr
    assert "Traceback" not in done.stderr

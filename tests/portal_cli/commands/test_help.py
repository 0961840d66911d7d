"""`portal help`: topics that the program itself fills in, and the help of every command."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portal_cli import topics
from portal_cli.diagnostics import ExitCode
from portal_cli.registry import COMMANDS
from store.config import VARIABLES

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

ROOT = Path(__file__).resolve().parents[3]


def test_alone_it_lists_the_topics(home: Home) -> None:
    said = home.run("help")
    assert (said.code, said.err) == (0, "")
    assert all(name in said.out for name in topics.names())


def test_every_exit_code_is_told_with_its_meaning(home: Home) -> None:
    lines = home.run("help", "exit-codes").out.splitlines()
    assert all(any(line.split(maxsplit=1) == [str(code.value), code.meaning] for line in lines) for code in ExitCode)


def test_every_variable_that_the_program_reads_is_told(home: Home) -> None:
    said = home.run("help", "environment").out
    sources = "\n".join(
        path.read_text() for name in ("portal_cli", "store", "tui") for path in (ROOT / name).rglob("*.py")
    )
    read = set(re.findall(r'"(PORTAL_[A-Z_]+)"', sources)) - {
        "PORTAL_FAILPOINT",
        "PORTAL_SERVED",
    }  # of tests, and of the program itself
    assert read <= {name for line in VARIABLES for name in line.split(", ")}
    assert all(name in said for name in VARIABLES)


@pytest.mark.parametrize("name", [name for name in topics.names() if name != "man"])  # which is for man to lay out
def test_a_topic_fits_a_terminal_of_common_width(home: Home, name: str) -> None:
    assert max(map(len, home.run("help", name).out.splitlines())) <= 120


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_what_its_option_shows(home: Home, name: str) -> None:
    assert home.run("help", name).out == home.run(name, "--help").out


def test_the_help_of_a_command_inside_a_command_is_found_too(home: Home) -> None:
    assert home.run("help", "vault", "keychain", "on").out == home.run("vault", "keychain", "on", "--help").out


@pytest.mark.parametrize("words", [("nonsense",), ("labs", "nonsense"), ("vault", "nonsense"), ("vault", "check", "x")])
def test_what_there_is_not_is_said_with_what_there_is(home: Home, words: tuple[str, ...]) -> None:
    said = home.run("help", *words)
    assert (said.code, said.out) == (6, "")


@pytest.mark.parametrize(("noun", "command"), [("labs", "labs list"), ("sync", "sync run"), ("refill", "refill")])
def test_the_schema_of_a_noun_is_that_of_what_it_does_alone(home: Home, noun: str, command: str) -> None:
    assert home.run("help", "schemas", noun).out == home.run("help", "schemas", *command.split()).out


def test_a_schema_that_there_is_not_names_those_that_may_be_meant(home: Home) -> None:
    said = home.run("help", "schemas", "vault")
    assert (said.code, "`vault check` or `vault lock`" in said.err) == (6, True)
    assert "Did you mean `labs list`" in home.run("help", "schemas", "labs", "lst").err
    assert "`portal help schemas` lists them." in home.run("help", "schemas", "zzz").err

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from portal_cli import aliases

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


@pytest.fixture
def named(home: Home) -> Home:
    """A home with aliases of every kind."""
    lines = {
        "where": "config path",
        "slow": "config get timeout",
        "labs": "config path",
        "loop": "loop",
        "shell": "config path; touch /tmp/never",
        "open-quote": "config get 'timeout",
        "nothing": "--version",
    }
    text = "\n".join(f'{name} = "{line}"' for name, line in lines.items())
    (home.folder / "config.toml").write_text(f"[aliases]\n{text}\n")
    return home


def test_an_alias_stands_for_its_line_and_takes_more_words(named: Home) -> None:
    assert named.run("where").out == named.run("config", "path").out
    assert named.run("slow", "--json").json == named.run("config", "get", "timeout", "--json").json


def test_no_alias_stands_before_a_command(named: Home) -> None:
    assert named.run("labs").code == 11


def test_an_alias_is_expanded_once_and_only_into_a_command(named: Home) -> None:
    for name in ("loop", "nothing"):
        said = named.run(name)
        assert (said.code, "does not begin with a command of portal" in said.err) == (2, True)


def test_no_shell_sees_an_alias(named: Home) -> None:
    said = named.run("shell")
    assert (said.code, "no such command" in said.err) == (2, True)


def test_a_quotation_mark_that_is_not_closed_is_said(named: Home) -> None:
    said = named.run("open-quote")
    assert (said.code, "quotation mark" in said.err) == (2, True)


@pytest.mark.parametrize("line", ["Labs = 'labs'", "'-x' = 'labs'", "x = 3", "x = ''"])
def test_what_is_no_alias_is_refused(line: str, home: Home) -> None:
    (home.folder / "config.toml").write_text(f"[aliases]\n{line}\n")
    assert home.run("config", "list").code == 2


def test_aliases_are_set_and_taken_away_by_their_names(home: Home) -> None:
    assert home.run("config", "set", "aliases.due", "refills due --days 30").code == 0
    assert home.run("config", "get", "aliases.due").out == "refills due --days 30\n"
    assert home.run("due").code == 11
    assert home.run("config", "unset", "aliases.due").code == 0
    assert home.run("due").code == 2


def test_a_line_that_begins_with_a_command_needs_no_configuration(home: Home) -> None:
    (home.folder / "config.toml").write_text("this is no TOML")
    assert aliases.expanded(["labs", "--json"]) == ["labs", "--json"]
    assert sys.modules["portal_cli.aliases"] is aliases
    assert home.run("help", "exit-codes").code == 0

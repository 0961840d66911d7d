"""What the documents say is so: the tests that they name are there, and their claims hold."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from portal_cli.registry import COMMANDS
from store.config import VARIABLES
from tests.support.command_tree import commands

ROOT = Path(__file__).resolve().parents[1]
SECURITY = (ROOT / "SECURITY.md").read_text()
README = (ROOT / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SECURITY + README)))
_SECRET = re.compile(r"passphrase|password|secret|token|recovery")


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_a_document_names_is_there(file: str, name: str) -> None:
    assert name in names_in(file)


def test_every_threat_and_every_safeguard_is_shown_by_a_test() -> None:
    rows = re.findall(r"^\| (T\d+) \| (.+) \| (.+) \| (.+) \|$", SECURITY, re.MULTILINE)
    assert [number for number, *_ in rows] == [f"T{number}" for number in range(1, len(rows) + 1)]
    assert len(rows) > 25
    assert [number for number, *_, shown in rows if "::test_" not in shown] == []
    safeguards = re.findall(r"^\| (\([a-e]\)\S*) [^|]+\| [^|]+\| (.+) \|$", SECURITY, re.MULTILINE)
    assert {name[:3] for name, _ in safeguards} == {"(a)", "(b)", "(c)", "(d)", "(e)"}
    known = {number for number, *_ in rows}
    assert [name for name, shown in safeguards if "::test_" not in shown and not set(shown.split(", ")) <= known] == []


def test_the_tests_of_the_documents_run_where_a_change_is_checked() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert ".venv/bin/pytest" in script
    assert [file for file, _ in NAMED if not file.startswith("tests/")] == []


def test_no_option_takes_a_secret() -> None:
    taking = [
        (name, option)
        for name, command in commands().items()
        for parameter in command.params
        for option in parameter.opts
        if _SECRET.search(option) and not getattr(parameter, "is_flag", True)
    ]
    assert taking == []
    assert [
        name for name in VARIABLES if _SECRET.search(name.lower()) and "_FILE" not in name and "_COMMAND" not in name
    ] == []


def test_every_claim_of_the_readme_s_table_is_shown_by_a_test() -> None:
    table = README.split("## What it does", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| (.+) \|$", table, re.MULTILINE)[2:]
    assert len(rows) >= 12
    assert [what for what, _, shown in rows if "::test_" not in shown] == []


def test_the_readme_s_tour_is_a_picture_of_real_runs() -> None:
    tour = ROOT / ".docs" / "tour.svg"
    assert ".docs/tour.svg" in README
    text = tour.read_text()
    assert text.startswith("<svg")
    assert tour.stat().st_size < 200_000
    assert not re.search(r"<script|href=|file://", text)
    plain = re.sub(r"&#160;|\s+", " ", text)
    assert [name for name in ("portal status", "portal labs", "portal refill") if name not in plain] == []


def test_contributing_tells_how_to_add_each_thing() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    wanted = ("A record type", "A command", "An export format", "A screen", "A quirk", "A schema", "A transcript")
    assert [name for name in wanted if f"- **{name}**" not in told] == []
    assert [name for name in COMMANDS if not name] == []

"""`--format`, `--columns`, `--sort` and `--limit`, which every listing has."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from portal_cli.options import FORMAT_HELP
from tests.support.command_tree import commands

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

_WITH = {
    "messages search": ["a"],
    "audit list": ["--action", "sync"],
    "records search": ["a"],
    "portals search": ["a"],
    "refills history": [],
    "labs list": [],
}
LISTINGS = [
    name
    for name, command in commands().items()
    if any(getattr(option, "help", None) == FORMAT_HELP for option in command.params)
]
_NEEDS_MORE = {
    "portals search",
    "refills history",
    "account devices",
    "appointments slots",
    "sandbox clinic",
}  # than there is


def options(name: str) -> set[str]:
    return {option for parameter in commands()[name].params for option in parameter.opts}


def test_whatever_lists_can_be_written_arranged_and_cut_in_every_way() -> None:
    assert len(LISTINGS) > 20
    wanted = {"--format", "--columns", "--sort", "--limit"}
    assert [name for name in LISTINGS if not wanted <= options(name)] == []


@pytest.mark.parametrize("name", [name for name in LISTINGS if name not in _NEEDS_MORE])
def test_a_listing_has_the_columns_and_the_order_that_were_asked_for(name: str, filled: Home) -> None:
    line = [*name.split(), *_WITH.get(name, [])]
    whole = filled.run(*line, "--format", "csv")
    fields = whole.out.splitlines()[0].split(",")
    wanted = fields[:2]
    said = filled.run(*line, "--format", "csv", "--columns", ",".join(wanted), "--sort", f"-{wanted[1]}")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert said.code in {0, 13}, said.err
    assert next(csv.reader(io.StringIO(said.out))) == wanted
    assert len(rows) == len(whole.out.splitlines()) - 1 or "\n" in whole.out
    backwards = filled.run(*line, "--format", "csv", "--columns", ",".join(wanted), "--sort", wanted[1])
    assert sorted(map(str, csv.DictReader(io.StringIO(backwards.out)))) == sorted(map(str, rows))


def test_a_sorted_list_is_cut_after_it_is_sorted(filled: Home) -> None:
    every = filled.run("labs", "--json", "--sort", "-number").json
    first = filled.run("labs", "--json", "--sort", "-number", "--limit", "2")
    numbers = [row["number"] for row in every if row["number"] is not None]
    assert numbers == sorted(numbers, reverse=True)
    assert first.json == every[:2]
    assert f"showing 2 of {len(every)}" in first.err


def test_dates_are_sorted_by_time_and_texts_by_their_letters(filled: Home) -> None:
    names = [row["name"] for row in filled.run("labs", "--json", "--sort", "name", "--columns", "name").json]
    dates = [row["date"] for row in filled.run("labs", "--json", "--sort", "date", "--columns", "date").json]
    assert names == sorted(names, key=str.casefold)
    assert [date[:10] for date in dates] == sorted(date[:10] for date in dates)


def test_columns_are_those_of_json_too_and_a_table_shows_them(filled: Home) -> None:
    (first, *_) = filled.run("labs", "--format", "ndjson", "--columns", "id,value").out.splitlines()
    assert list(json.loads(first)) == ["id", "value"]
    head, *_ = filled.run("labs", "--columns", "name,range,patient").out.splitlines()
    assert head.split() == ["NAME", "RANGE", "PATIENT"]


@pytest.mark.parametrize("option", ["--columns", "--sort"])
def test_a_column_that_there_is_not_is_said_with_those_there_are(option: str, filled: Home) -> None:
    said = filled.run("labs", option, "colour")
    assert (said.code, said.out) == (2, "")
    assert "there is no column `colour`; there are: id, date, name" in said.err


def test_what_one_run_arranged_is_not_there_in_the_next(filled: Home) -> None:
    filled.run("labs", "--columns", "id", "--sort", "id")
    assert len(filled.run("labs", "--json").json[0]) > 5

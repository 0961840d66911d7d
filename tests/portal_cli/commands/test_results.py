"""`portal labs` and `portal vitals`: lists, one result in full, and trends, for people, listeners and programs."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

_SIGNS = re.compile("[░▲▼●○◆│┤└─]")


def test_a_name_alone_narrows_the_list(filled: Home) -> None:
    named = filled.run("labs", "glucose", "--json").json
    assert named
    assert named == filled.run("labs", "list", "glucose", "--json").json
    assert all("glucose" in item["name"].lower() for item in named)


def test_a_result_tells_what_was_before_and_the_change(filled: Home) -> None:
    found = filled.run("labs", "4548-4", "--json").json
    for item, before in pairwise(found):
        assert item["previous"] == f"{before['value']} {before['unit']}"
        assert item["previous_date"] == before["date"]
        assert round(item["change"] - (item["number"] - before["number"]), 9) == 0
    assert found[-1]["previous"] == ""
    assert found[-1]["change"] is None


def test_results_are_narrowed_to_a_time(filled: Home) -> None:
    every = filled.run("labs", "--json").json
    year = every[len(every) // 2]["date"][:4]
    within = filled.run("labs", "--between", f"{year}..{year}", "--json").json
    assert [item["id"] for item in within] == [item["id"] for item in every if item["date"][:4] == year]
    since = filled.run("labs", "--since", year, "--json").json
    assert [item["id"] for item in since] == [item["id"] for item in every if item["date"][:4] >= year]


@pytest.mark.parametrize("words", [("labs", "list"), ("labs", "trend", "glucose"), ("vitals", "list")])
def test_a_time_that_is_none_is_a_usage_error(filled: Home, words: tuple[str, ...]) -> None:
    for option in (("--since", "whenever"), ("--between", "2024-06..2024-01")):
        said = filled.run(*words, *option)
        assert (said.code, said.out) == (2, "")
        assert len(said.err.splitlines()) == 2


def test_a_trend_is_one_document_for_programs(filled: Home) -> None:
    document = filled.run("labs", "trend", "4548-4", "--json").json
    assert document["wanted"] == "4548-4"
    (trend,) = document["trends"]
    (line,) = trend["lines"]
    assert (trend["code"], line["unit"]) == ("4548-4", "%")
    listed = filled.run("labs", "4548-4", "--json").json
    assert [point["id"] for point in line["points"]] == [item["id"] for item in reversed(listed)]
    assert [point["number"] for point in line["points"]] == [item["number"] for item in reversed(listed)]
    assert line["statistics"]["count"] == len(listed)
    assert line["statistics"]["highest"] == max(item["number"] for item in listed)


def test_a_trend_for_people_has_its_chart_its_numbers_and_every_value(filled: Home) -> None:
    said = filled.run("labs", "trend", "4548-4", COLUMNS="80")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    for word in ("Hemoglobin A1c", "▲ high", "usual range", "Latest", "Median", "CHANGE"):
        assert word in said.out
    listed = filled.run("labs", "4548-4", "--json").json
    assert all(item["date"][:10] in said.out for item in listed)


def test_a_trend_may_be_cut_and_says_so(filled: Home) -> None:
    said = filled.run("labs", "trend", "4548-4", "--limit", "2")
    assert re.search(r"listing 2 of \d+ values, --limit 0 for all", said.err)


@pytest.mark.parametrize(
    "words",
    [
        ("labs", "trend", "4548-4"),
        ("vitals", "trend", "blood pressure"),
        ("labs", "list"),
        ("vitals", "list"),
        ("labs", "list", "--abnormal"),
    ],
    ids=" ".join,
)
def test_who_listens_hears_labels_before_values_and_no_signs(filled: Home, words: tuple[str, ...]) -> None:
    said = filled.run(*words, "--accessible")
    assert said.code == 0
    assert not _SIGNS.search(said.out)
    assert re.search(r"^Value: \S", said.out, re.MULTILINE)
    assert said.out == filled.run(*words, PORTAL_ACCESSIBLE="1").out
    assert _SIGNS.search(filled.run(*words, PORTAL_ACCESSIBLE="0").out) or "trend" not in words


def test_one_result_is_shown_in_full(filled: Home) -> None:
    wanted = filled.run("labs", "4548-4", "--json").json[0]
    said = filled.run("labs", "show", wanted["id"])
    for word in (wanted["name"], wanted["value"], "Usual range", "Before", "Change", f"Observation/{wanted['id']}"):
        assert word in said.out
    document = filled.run("labs", "show", f"Observation/{wanted['id']}", "--json").json
    assert document["result"]["number"] == wanted["number"]
    assert document["history"][0]["lines"][0]["points"][-1]["id"] == wanted["id"]


def test_a_panel_is_shown_with_its_results(filled: Home) -> None:
    shown = [
        filled.run("labs", "show", f"DiagnosticReport/{row['id']}", "--json").json
        for row in filled.run("records", "list", "reports", "--json").json
    ]
    panels = [each for each in shown if each["members"]]
    assert panels
    name = panels[0]["members"][0]["result"]["name"]
    assert name in " ".join(filled.run("labs", "show", panels[0]["result"]["id"], COLUMNS="120").out.split())


def test_what_is_not_there_is_not_found(filled: Home) -> None:
    for words in (("labs", "show", "nothing"), ("labs", "trend", "unobtainium"), ("vitals", "trend", "4548-4")):
        said = filled.run(*words, "--json")
        assert (said.code, said.out) == (6, "")
        assert said.error["code"] == "not-found"
    assert filled.run("labs", "trend", " ").code == 2


def test_a_terminal_gets_colour_unless_it_is_told_not_to(filled: Home) -> None:
    known = {name: value for name, value in filled.environment().items() if name not in {"COLUMNS", "NO_COLOR"}}

    def shown(**more: str) -> str:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "portal_cli", "labs", "trend", "4548-4"],
            env={**known, "TERM": "xterm-256color", **more},
            encoding="utf-8",
            dimensions=(40, 60),
            timeout=30,
        )
        text: str = child.read()
        child.close()
        assert child.exitstatus == 0, text
        return text

    assert "\x1b[1;31m▲" in shown()
    plain = shown(NO_COLOR="1")
    assert "\x1b" not in plain
    assert "listing 12 of" in plain
    assert "As of 20" in plain
    assert max(map(len, plain.splitlines())) <= 60


def test_json_of_a_result_keeps_the_digits_of_the_laboratory(filled: Home) -> None:
    listed = filled.run("labs", "--json").out
    wanted = next(item for item in json.loads(listed, parse_float=str) if str(item["number"]).endswith("0"))
    assert f'"number": {wanted["number"]}' in filled.run("labs", "show", wanted["id"], "--json").out

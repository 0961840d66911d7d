"""Looking at records from the command line: lists, timelines, differences, the summary, and output to listen to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

DRAWINGS = [*range(0x2500, 0x2600), *range(0x2800, 0x2900)]
LISTS = ("labs", "vitals", "medications", "appointments --all", "messages", "refills", "records", "records search a")


@pytest.mark.parametrize("words", [*LISTS, "summary", "status", "records timeline"])
@pytest.mark.parametrize("way", ["option before", "option after", "environment"])
def test_whoever_listens_gets_a_line_for_each_thing(filled: Home, words: str, way: str) -> None:
    line = words.split()
    if way == "environment":
        said = filled.run(*line, PORTAL_ACCESSIBLE="1")
    else:
        said = filled.run(*(["--accessible", *line] if way == "option before" else [*line, "--accessible"]))
    assert said.code == 0
    assert not [sign for sign in said.out if ord(sign) in DRAWINGS or sign in "▲▼●»«…→"]
    assert not [row for row in said.out.splitlines() if row.startswith(" ") or "  " in row]
    assert said.out.count(": ") > 3


def test_accessible_changes_nothing_of_what_programs_read(filled: Home) -> None:
    assert filled.run("labs", "--json", "--accessible").json == filled.run("labs", "--json").json


def test_records_are_narrowed_from_the_command_line(filled: Home) -> None:
    every = filled.run("records", "list", "labs", "--json")
    code = every.json[0]["code"]
    by_code = filled.run("records", "list", "--code", code, "--json").json
    assert by_code
    assert {row["code"] for row in by_code if row["type"] == "Observation"} >= {code}
    flags = {row["flag"] for row in filled.run("records", "list", "--abnormal", "--json").json}
    assert flags
    assert not flags & {"", "normal"}
    year = filled.run("records", "list", "labs", "--between", "2025..2025", "--json").json
    assert all(row["date"].startswith(("2025", "2024-12-31", "2026-01-01")) for row in year)
    assert filled.run("records", "list", "--since", "never").code == 2


def test_the_rest_of_a_list_follows_after_its_last_record(filled: Home) -> None:
    whole = filled.run("records", "list", "conditions", "--json").json
    last = f"{whole[1]['type']}/{whole[1]['id']}"
    assert filled.run("records", "list", "conditions", "--after", last, "--json").json == whole[2:]
    cut = filled.run("records", "list", "conditions", "--limit", "1")
    assert f"showing 1 of {len(whole)}" in cut.err


def test_a_timeline_puts_records_together_by_month_or_day(filled: Home) -> None:
    months = filled.run("records", "timeline", "labs", "--json").json
    assert sum(len(stretch["items"]) for stretch in months) > 10
    assert all(len(stretch["name"]) == 7 for stretch in months)
    days = filled.run("records", "timeline", "labs", "--by", "day", "--json").json
    assert len(days) >= len(months)
    shown = filled.run("records", "timeline", "labs", "--limit", "3")
    assert months[0]["name"] in shown.out
    assert "showing 3 of" in shown.err


def test_a_record_is_shown_raw_as_it_was_served(filled: Home) -> None:
    row = filled.run("records", "list", "conditions", "--json").json[0]
    raw = filled.run("records", "show", f"Condition/{row['id']}", "--raw").json
    assert (raw["resourceType"], raw["id"]) == ("Condition", row["id"])


def test_a_difference_asks_the_portal_for_versions_that_the_vault_does_not_have(filled: Home) -> None:
    row = filled.run("records", "list", "conditions", "--json").json[0]
    alone = filled.run("records", "diff", f"Condition/{row['id']}")
    assert alone.code == 6
    assert "earlier version" in alone.err
    asked = filled.run("records", "diff", f"Condition/{row['id']}", "--history")
    assert asked.code == 6  # the portal was asked, and has one version, too
    assert "earlier version" in asked.err


def test_the_summary_is_typed_as_json(filled: Home) -> None:
    found = filled.run("summary", "--json").json
    names = [section["name"] for section in found["sections"]]
    assert names == ["problems", "allergies", "medications", "results", "immunizations", "care"]
    problem = found["sections"][0]["entries"][0]
    assert problem["record"].startswith("Condition/")
    assert problem["title"] in filled.run("summary").out


def test_a_search_marks_its_hits_and_offers_spellings(filled: Home) -> None:
    said = filled.run("records", "search", "lisinopril", "--limit", "3")
    assert "»lisinopril«" in said.out.lower()
    hit = filled.run("records", "search", "lisinopril", "--by", "relevance", "--json").json[0]["snippet"]
    start, end = hit["hits"][0]
    assert hit["text"][start:end].lower() == "lisinopril"
    assert "Did you mean: portal records search lisinopril" in filled.run("records", "search", "lisinoprl").err


def test_new_records_are_listed_once(filled: Home) -> None:
    first = json.loads(filled.run("records", "list", "immunizations", "--new", "--json").out)
    assert first
    assert filled.run("records", "list", "immunizations", "--new", "--json").json == []

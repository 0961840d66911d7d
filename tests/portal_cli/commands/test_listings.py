from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from portal_cli import views, views_of_medicines, views_of_sources

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

_FULL = Path("/dev/full")
LISTINGS = [
    (("labs",), views.LABS.fields),
    (("vitals",), views.VITALS.fields),
    (("medications",), views_of_medicines.MEDICATIONS.fields),
    (("appointments", "list", "--all"), views.APPOINTMENTS.fields),
    (("messages", "list"), views.THREADS.fields),
    (("records", "list"), views.RECORDS.fields),
    (("records", "search", "a"), views.HITS.fields),
    (("refills", "list"), views_of_medicines.REFILLS.fields),
]
BY_NAME = [pytest.param(words, fields, id=" ".join(words)) for words, fields in LISTINGS]


@pytest.mark.parametrize(("words", "fields"), BY_NAME)
def test_json_is_a_bare_list_of_objects_with_the_documented_names(
    filled: Home, words: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    said = filled.run(*words, "--json")
    assert said.code == 0
    assert said.json
    assert all(tuple(item) == fields for item in said.json)
    assert said.json == filled.run(*words, "--format", "json").json


@pytest.mark.parametrize(("words", "fields"), BY_NAME)
def test_ndjson_and_csv_say_the_same_as_json(filled: Home, words: tuple[str, ...], fields: tuple[str, ...]) -> None:
    listed = filled.run(*words, "--json").json
    lines = filled.run(*words, "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == listed
    rows = list(csv.reader(io.StringIO(filled.run(*words, "--format", "csv").out, newline="")))
    assert tuple(rows[0]) == fields
    assert len(rows) == len(listed) + 1
    assert [row[0] for row in rows[1:]] == [item["id"] for item in listed]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("records", "timeline"), views.RECORDS.fields),
        (("sync", "report"), views_of_sources.GAP_ROWS.fields),
        (("import",), views_of_sources.IMPORTS.fields),
        (("portals", "import"), views.SOURCES.fields),
    ],
    ids=lambda value: " ".join(value)[:20],
)
def test_what_is_put_together_for_people_comes_row_by_row_where_that_is_asked_for(
    filled: Home, words: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    rows = list(csv.reader(io.StringIO(filled.run(*words, "--format", "csv").out, newline="")))
    lines = filled.run(*words, "--format", "ndjson").out.splitlines()
    assert (tuple(rows[0]), len(rows)) == (fields, len(lines) + 1)
    narrow = filled.run(*words, "--columns", fields[0], "--sort", f"-{fields[0]}", "--format", "csv").out.splitlines()
    assert narrow[1:] == sorted(narrow[1:], reverse=True)
    assert len(filled.run(*words, "--limit", "1", "--format", "csv").out.splitlines()) <= 2


@pytest.mark.parametrize("words", [("import", "no-such.json"), ("portals", "import", "no-such.json")])
def test_how_a_list_is_printed_is_refused_where_nothing_is_listed(filled: Home, words: tuple[str, ...]) -> None:
    assert filled.run(*words, "--format", "csv").code == 2
    assert filled.run(*words, "--columns", "name").code == 2


@pytest.mark.parametrize("words", [words for words, _ in LISTINGS], ids=" ".join)
def test_a_table_in_a_pipe_is_plain_whole_and_silent(filled: Home, words: tuple[str, ...]) -> None:
    said = filled.run(*words)
    listed = filled.run(*words, "--json").json
    assert said.code == 0
    assert "\x1b" not in said.out
    assert len(said.out.splitlines()) == len(listed) + 1
    assert [line.rsplit(None, 1)[-1] for line in said.out.splitlines()[1:]] == [item["id"] for item in listed]
    assert said.err == ""


def test_a_group_alone_lists(filled: Home) -> None:
    for noun in ("records", "appointments", "messages", "refills"):
        assert filled.run(noun, "--json").json == filled.run(noun, "list", "--json").json


def test_a_list_that_is_cut_says_so(filled: Home) -> None:
    every = len(filled.run("labs", "--json").json)
    said = filled.run("labs", "--json", "--limit", "2")
    assert len(said.json) == 2
    assert said.err == f"showing 2 of {every}, --limit 0 for all\n"
    assert len(filled.run("labs", "--json", "--limit", "0").json) == every


def test_an_empty_list_is_no_failure(filled: Home) -> None:
    said = filled.run("labs", "no such thing", "--json")
    assert (said.code, said.json, said.err) == (0, [], "No laboratory results.\n")
    assert filled.run("labs", "no such thing").out == ""


def test_a_flag_has_a_sign_and_a_word(filled: Home) -> None:
    said = filled.run("labs", "--abnormal")
    assert said.out
    assert "▲ high" in said.out


def test_a_kind_that_does_not_exist_is_a_usage_error(filled: Home) -> None:
    said = filled.run("records", "list", "unicorns\x1b[2J")
    assert said.code == 2
    assert "\x1b" not in said.err


@pytest.mark.parametrize(("noun", "key"), [("appointments", "start"), ("messages", "messages"), ("refills", "status")])
def test_one_thing_is_shown_as_text_and_as_one_object(filled: Home, noun: str, key: str) -> None:
    wanted = filled.run(noun, "list", "--json").json[0]
    shown = filled.run(noun, "show", wanted["id"], "--json")
    assert shown.json[key] == wanted[key]
    assert wanted["id"] in filled.run(noun, "show", wanted["id"]).out


def test_a_record_is_shown_with_the_resource_the_portal_served(filled: Home) -> None:
    wanted = filled.run("labs", "glucose", "--json", "--limit", "1").json[0]
    shown = filled.run("records", "show", f"Observation/{wanted['id']}", "--json")
    assert shown.json["fhir"]["resourceType"] == "Observation"
    assert shown.json["row"]["title"] == wanted["name"]
    text = filled.run("records", "show", wanted["id"]).out
    assert wanted["name"] in text
    assert "Status: final" in text


@pytest.mark.parametrize(
    "words", [("records", "show"), ("appointments", "show"), ("messages", "show"), ("refills", "show")]
)
def test_what_is_not_there_is_not_found(filled: Home, words: tuple[str, ...]) -> None:
    said = filled.run(*words, "no-such-id", "--json")
    assert (said.code, said.out) == (6, "")
    assert said.error["code"] == "not-found"


def test_the_status_is_a_card_for_people_and_an_object_for_programs(filled: Home) -> None:
    card, document = filled.run("status"), filled.run("status", "--json").json
    assert card.code == 0
    assert document["is_locked"] is False
    assert document["records"] > 100
    for word in ("Vault", "Portal", "Records", "Messages", "Appointment", "To send", "portal sync"):
        assert word in card.out
    assert document["portals"][0]["patient_name"] in card.out


_PRINTING = [["labs", "--json"], ["export"], ["export", "--format", "csv"], ["--help"], ["labs", "--help"]]


def test_a_reader_that_goes_away_ends_it_quietly(filled: Home) -> None:
    for words in _PRINTING:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal_cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=filled.environment(),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(timeout=60), said) == (141, b"")


@pytest.mark.parametrize(
    "words", [*(words for words, _ in LISTINGS), ("audit", "list"), ("records", "timeline")], ids=" ".join
)
def test_a_limit_that_no_database_can_count_to_is_no_limit(filled: Home, words: tuple[str, ...]) -> None:
    said = filled.run(*words, "--json", "--limit", "9" * 20)
    assert (said.code, said.err) == (0, "")
    assert len(said.json) > 0


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["labs"], *_PRINTING[1:]], ids=" ".join)
def test_a_full_disk_behind_stdout_is_a_plain_failure(filled: Home, words: list[str]) -> None:
    with _FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "portal_cli", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=filled.environment(),
            check=False,
        )
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    "noun",
    [
        "labs list",
        "labs trend",
        "vitals list",
        "vitals trend",
        "medications list",
        "appointments list",
        "messages list",
        "records list",
        "records search",
        "records timeline",
        "summary",
        "refills list",
    ],
)
def test_every_example_of_the_help_can_be_run_as_it_stands(filled: Home, noun: str) -> None:
    examples = filled.run(*noun.split(), "--help").out.split("Examples:")[1].strip().splitlines()
    assert len(examples) >= 2
    for line in examples:
        said = filled.run(*shlex.split(line)[1:])
        assert said.code == 0, line


def test_a_table_on_a_terminal_is_cut_to_a_screenful_and_tells_its_age(filled: Home) -> None:
    environment = {**filled.environment(), "TERM": "xterm-256color", "NO_COLOR": "1"}
    shown = on_terminal(["records"], environment)
    assert "showing 30 of" in shown
    assert "As of 20" in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_portal_alone_on_a_terminal_shows_the_card_or_how_to_begin(filled: Home, home: Home) -> None:
    environment = {**os.environ, "TERM": "dumb"}
    assert "To send" in on_terminal([], {**environment, **filled.environment()})
    welcome = on_terminal([], {**environment, **home.environment()})
    assert "portal login https://" in welcome
    assert "portal demo" in welcome


def on_terminal(words: list[str], environment: dict[str, str]) -> str:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", *words],
        env=environment,
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=30,
    )
    shown: str = child.read()
    child.close()
    assert child.exitstatus == 0, shown
    return shown

"""Several portals and patients at the command line: whose each row is, and `--portal`, `--patient` and `--all`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from portal_cli.commands import (
    appointments,
    audit,
    conflicts,
    export,
    import_,
    labs,
    logout,
    medications,
    messages,
    outbox,
    records,
    refill,
    refills,
    reminders,
    status,
    sync,
    vitals,
)
from tests.portal_cli.conftest import new_home
from tests.store.services.test_scope import ONE, TWO, TYPES, two_in_one

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

LISTS = ("records", "labs", "messages", "appointments", "medications", "refills", "outbox")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose vault has two patients with records of the same ids."""
    found = new_home(tmp_path_factory.mktemp("scoped"))
    made = [(kind, "a") for kind in TYPES]
    two_in_one(found.folder, {ONE: made, TWO: made}).close()
    return found


@pytest.mark.parametrize("noun", LISTS)
def test_a_list_of_several_patients_says_whose_each_row_is(home: Home, noun: str) -> None:
    rows = home.run(noun, "--json").json
    assert {row["portal"] for row in rows} == {ONE, TWO}
    assert {row["patient"] for row in rows} == {f"Person {ONE}", f"Person {TWO}"}
    table = home.run(noun).out
    assert "PORTAL" in table
    assert "PATIENT" in table
    lines = list(csv.DictReader(io.StringIO(home.run(noun, "--format", "csv").out)))
    assert {line["portal"] for line in lines} == {ONE, TWO}


@pytest.mark.parametrize("noun", LISTS)
def test_a_list_is_narrowed_to_a_portal_or_a_patient(home: Home, noun: str) -> None:
    assert {row["portal"] for row in home.run(noun, "--json", "--portal", ONE).json} == {ONE}
    assert {row["portal"] for row in home.run(noun, "--json", "--patient", TWO).json} == {TWO}
    assert home.run(noun, "--portal", "nowhere").code == 6


def test_a_default_narrows_until_all_are_asked_for(home: Home) -> None:
    try:
        assert home.run("portals", "use", ONE).code == 0
        assert {row["portal"] for row in home.run("records", "--json").json} == {ONE}
        assert {row["portal"] for row in home.run("records", "--json", "--all").json} == {ONE, TWO}
        assert {row["portal"] for row in home.run("medications", "--json", "--all").json} == {ONE, TWO}
    finally:
        home.run("portals", "use", "--none")
    assert {row["portal"] for row in home.run("records", "--json").json} == {ONE, TWO}


def test_what_several_patients_have_is_asked_about(home: Home) -> None:
    said = home.run("records", "show", "Condition/a")
    assert said.code == 2
    assert f"Person {ONE} at {ONE}; Person {TWO} at {TWO}" in said.err
    assert TWO in home.run("records", "show", "Condition/a", "--portal", TWO).out


def test_a_refill_for_one_of_two_patients_is_asked_about(home: Home) -> None:
    assert home.run("refill", "medicationrequest", "--dry-run").code == 2


def test_an_export_of_one_patient_has_nothing_of_the_other(home: Home) -> None:
    said = home.run("export", "--patient", ONE)
    assert ONE in said.out
    assert TWO not in said.out


def test_every_command_that_reads_or_writes_records_takes_the_three_options() -> None:
    modules = (
        appointments, audit, conflicts, export, import_, labs, logout, medications, messages, outbox, records, refill,
        refills, reminders, status, sync, vitals,
    )  # fmt: skip
    lacking = [
        f"{module.__name__} {command.callback.__name__}"
        for module in modules
        for command in module.app.registered_commands
        if command.callback is not None
        and not {"of_portal", "of_patient"} <= set(command.callback.__annotations__)
        and not (module is audit and command.callback.__name__ in {"verify", "export"})  # the trail is one
        and not (module is reminders and command.callback.__name__ in {"install", "uninstall"})  # so is the timer
    ]
    assert lacking == []

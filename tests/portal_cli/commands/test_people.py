"""`portal people`, whose chart is shown, and what is written for somebody else, at the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.portal_cli.conftest import new_home
from tests.support.caring import CHILD, MOTHER, OWN, CaringPortal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.conftest import Home, Said
    from tests.support.hostile import ScriptedPortal

PASSWORD = ("--username", "ada", "--password-stdin")


@pytest.fixture(scope="module")
def caring() -> Iterator[CaringPortal]:
    with CaringPortal() as running:
        yield running


@pytest.fixture(scope="module")
def filled(caring: CaringPortal, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of a mother and her child, both in step."""
    found = new_home(tmp_path_factory.mktemp("people"))
    found.make_vault()
    for whom, name in (("self", "own"), ("Ben", "child")):
        assert signed_in(found, caring, whom, name).code == 0
        assert found.run("sync", name).code == 0
    return found


@pytest.fixture
def home(filled: Home) -> Home:
    """The same, with everybody shown."""
    assert filled.run("people", "switch", "--all").code == 0
    return filled


def signed_in(home: Home, portal: ScriptedPortal, whom: str, name: str) -> Said:
    return home.run("login", portal.base_url, *PASSWORD, "--for", whom, "--name", name, typed="secret\n")


def terminal(home: Home, *arguments: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", *arguments],
        env={**home.environment(), "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )


def test_a_sign_in_says_for_whom_and_as_whom_it_is(home: Home, caring: CaringPortal) -> None:
    said = signed_in(home, caring, "Ben", "child")
    assert "Signed in to child as Ben Doe, acting as Ada Doe (mother)." in said.err


def test_a_sign_in_that_nobody_can_choose_for_lists_the_choices(home: Home, caring: CaringPortal) -> None:
    said = home.run("login", caring.base_url, *PASSWORD, typed="secret\n")
    assert said.code == 2
    assert "Ada Doe (yourself); Ben Doe (you are: mother, no messages, until 2999-05-01)" in said.err
    assert "--for" in said.err
    assert home.run("login", caring.base_url, *PASSWORD, "--for", "Eve", typed="secret\n").code == 6


def test_on_a_terminal_the_choice_is_asked_for(home: Home, caring: CaringPortal) -> None:
    child = terminal(home, "login", caring.base_url, "--username", "ada")
    child.expect("Password of ada: ")
    child.sendline("secret")
    child.expect("Whose do you want to see?")
    child.expect("2  Ben Doe")
    child.sendline("2")
    child.expect("Signed in to child as Ben Doe")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_the_list_says_who_by_what_right_and_until_when(home: Home) -> None:
    said = home.run("people")
    assert [line.split("  ")[0] for line in said.out.splitlines()] == ["SHOWN", "yes", "yes"]
    assert "mother" in said.out
    assert "2999-05-01" in said.out
    rows = home.run("people", "list", "--json").json
    assert [(row["patient"], row["relationship"], row["portal"]) for row in rows] == [
        ("Ada Doe", "self", "own"),
        ("Ben Doe", "mother", "child"),
    ]
    assert "ask for refills" in rows[1]["rights"]


def test_a_right_that_is_over_is_said_in_the_list(home: Home, caring: CaringPortal) -> None:
    caring.ends = "2020-05-01"
    try:
        assert home.run("sync", "child").code == 0
        said = home.run("people", "list")
        assert "ended 2020-05-01" in said.out
        assert "The right to see the records of Ben Doe at child has ended." in said.err
        said = home.run("refill", f"order-{CHILD}", "--patient", "Ben", "--yes")
        assert said.code == 4
        assert "has ended on 2020-05-01" in said.err
        assert "Ask the practice to renew it" in said.err
    finally:
        caring.ends = "2999-05-01"
        home.run("sync", "child")


def test_what_is_shown_follows_the_switch_and_is_said_where_people_read_it(home: Home) -> None:
    everybody = home.run("medications")
    assert {OWN, CHILD} <= set(everybody.out.split())
    assert "Shown: everybody, Ada Doe, Ben Doe." in everybody.err
    assert "Ben Doe (you are: mother) is shown from now on" in home.run("people", "switch", "Ben").err
    shown = home.run("medications")
    assert OWN not in shown.out.split()
    assert shown.err == "Shown: Ben Doe (you are: mother).\n"
    assert home.run("medications", "--json").err == ""
    assert {row["patient"] for row in home.run("medications", "--json").json} == {"Ben Doe"}
    assert home.run("status", "--json").json["shown"] == {
        "names": ["Ben Doe"], "acts_as": "mother", "is_everybody": False, "is_several": True,
    }  # fmt: skip
    assert home.run("medications", "--patient", "Ada").err == "Shown: Ada Doe.\n"
    assert home.run("people", "switch", "self", "--json").json["names"] == ["Ada Doe"]
    assert home.run("people", "switch", "Eve").code == 6
    assert home.run("people", "switch").code == 2


def test_what_is_told_of_several_people_says_whose_it_is(home: Home) -> None:
    for spoken in ((), ("--accessible",)):
        told = home.run("records", "timeline", "appointments", *spoken).out
        assert ("Ada Doe, appointment" in told, "Ben Doe, appointment" in told) == (True, True)
    assert "Check-up, for Ben Doe" in home.run("status").out
    rules = home.run("reminders", "add", "suggested").out.splitlines()
    assert "PATIENT" in rules[0]
    assert {"Ada", "Ben"} == {line.split()[-3] for line in rules[1:]}
    one = rules[1].split()[0]
    assert "Ada Doe" in home.run("reminders", "remove", one).out


def test_a_write_for_another_needs_the_patient_to_be_named_where_nobody_is_asked(
    home: Home, caring: CaringPortal
) -> None:
    home.run("people", "switch", "self")
    before = caring.count("POST", "/fhir/Appointment")
    asks = ("appointments", "request", "--reason", "Cough")
    for options in (("--portal", "child"), ("--portal", "child", "--yes"), ("--patient", "Ben")):
        said = home.run(*asks, *options)
        assert said.code == 16
        assert "this is for Ben Doe, and Ada Doe is shown" in said.err
        assert "--patient 'Ben Doe' --yes" in said.err
    assert caring.count("POST", "/fhir/Appointment") == before
    assert home.run(*asks, "--patient", "Ben", "--yes").code == 0
    assert caring.count("POST", "/fhir/Appointment") == before + 1
    assert home.run(*asks).code == 16
    assert home.run(*asks, "--yes").code == 0


def test_a_write_for_another_is_confirmed_by_typing_the_name(home: Home, caring: CaringPortal) -> None:
    home.run("people", "switch", "self")
    for typed, code in (("y", 1), ("Ada Doe", 1), ("ben doe", 0)):
        before = caring.count("POST", "/fhir/Appointment")
        child = terminal(home, "appointments", "request", "--reason", "Cough", "--patient", "Ben")
        child.expect("This is for Ben Doe, and Ada Doe is shown.")
        child.expect("Type `Ben Doe` to go on: ")
        child.sendline(typed)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
        assert caring.count("POST", "/fhir/Appointment") == before + (code == 0)


def test_the_same_word_keeps_every_kind_of_write(home: Home) -> None:
    home.run("people", "switch", "self")
    visit = f"visit-{CHILD}"
    for words in (
        ("refill", f"order-{CHILD}"),
        ("appointments", "cancel", visit),
        ("appointments", "checkin", visit),
        ("appointments", "reschedule", visit, "--when", "2999-02-01"),
    ):
        said = home.run(*words, "--portal", "child", "--yes")
        assert said.code == 16
        assert "this is for Ben Doe" in said.err
        assert home.run(*words, "--portal", "child", "--dry-run").code == 0


def test_what_the_sign_in_does_not_allow_comes_before_any_question(home: Home, caring: CaringPortal) -> None:
    caring.scopes[CHILD] = "patient/*.rs"
    try:
        assert signed_in(home, caring, "Ben", "child").code == 0
        said = home.run("refill", "order", "--patient", "Ben")
        assert said.code == 7
        assert "the sign-in at child for Ben Doe does not allow refill requests" in said.err
        assert home.run("people", "--json").json[1]["rights"] == ["see the chart", "change nothing"]
    finally:
        caring.scopes[CHILD] = "patient/*.cruds offline_access"
        signed_in(home, caring, "Ben", "child")


def test_the_audit_shows_who_acted_and_for_whom(home: Home) -> None:
    home.run("people", "switch", "Ben")
    assert home.run("refill", f"order-{CHILD}", "--yes").code in {0, 1}
    lines = home.run("audit", "list", "--json", "--action", "write").json
    about = [line for line in lines if line["subject"] == f"Patient/{CHILD}"]
    assert about
    assert all(line["actor"].endswith(f" as RelatedPerson/{MOTHER}") for line in about)


def test_adding_a_person_signs_in_to_the_portal_that_there_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = new_home(tmp_path_factory.mktemp("adding"))
    home.make_vault()
    assert home.run("people", "add", *PASSWORD, "--for", "Ben", typed="secret\n").code == 4
    with CaringPortal() as portal, CaringPortal() as other:
        signed_in(home, portal, "self", "clinic")
        said = home.run("people", "add", *PASSWORD, "--for", "Ben", typed="secret\n")
        assert said.code == 0
        assert said.err.endswith(f"Next: portal sync clinic-2, then portal people switch {CHILD}\n")
        again = home.run("people", "add", "clinic", *PASSWORD, "--for", "Ben", "--json", typed="secret\n")
        assert again.json["name"] == "clinic-2"
        assert "was there already" in again.err
        signed_in(home, other, "self", "other")
        assert home.run("people", "add", *PASSWORD, typed="secret\n").code == 2
        assert home.run("people", "add", "elsewhere", *PASSWORD, typed="secret\n").code == 6
        assert home.run("people", "add", "--device", *PASSWORD).code == 2

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect

from tests.support.hostile import Offer, ScriptedPortal, resource

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


def offering(portal: ScriptedPortal) -> None:
    """Let a portal have two prescriptions whose names begin alike, and take requests."""
    portal.types["Task"] = Offer(("read", "search-type", "create"))
    for number, name in enumerate(("Lisinopril 10 MG [b]Oral[/b]", "Lisinopril 20 MG")):
        medicine = {"text": name}
        portal.add(
            resource(
                "MedicationRequest",
                f"m{number}",
                status="active",
                intent="order",
                authoredOn=f"2026-01-0{2 - number}",
                medicationCodeableConcept=medicine,
            )
        )


def signed_in(home: Home, portal: ScriptedPortal) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0


def test_a_refill_is_shown_first_and_sent_only_after_a_yes(home: Home) -> None:
    with ScriptedPortal() as portal:
        offering(portal)
        signed_in(home, portal)
        asked = home.run("refill", "20")
        assert asked.code == 16
        assert "Lisinopril 20 MG" in asked.err
        assert "Ada Long" in asked.err
        assert portal.created == []
        sent = home.run("refill", "20", "--yes", "--note", "Two weeks left", "--json")
        assert (sent.code, sent.json["status"]) == (0, "requested")
        assert len(portal.created) == 1
        again = home.run("refill", "20", "--yes", "--json")
        assert (again.code, again.error["code"]) == (1, "already-requested")


def test_a_dry_run_shows_the_very_request_and_sends_nothing(home: Home) -> None:
    with ScriptedPortal() as portal:
        offering(portal)
        signed_in(home, portal)
        plan = home.run("refill", "20", "--dry-run", "--json", "--note", "a\u202eb")
        assert plan.json["resourceType"] == "Task"
        assert plan.json["focus"]["reference"] == "MedicationRequest/m1"
        assert plan.json["note"][0]["text"] == "a\u202eb"
        assert "\u202e" not in plan.out
        assert "Ada Long" in home.run("refill", "20", "--dry-run").out
        assert portal.created == []
        assert home.run("refills", "--json").json == []


def test_an_ambiguous_name_lists_the_choices_and_an_unknown_one_suggests(home: Home) -> None:
    with ScriptedPortal() as portal:
        offering(portal)
        signed_in(home, portal)
        said = home.run("refill", "lisinopril", "--yes")
        assert said.code == 2
        assert "Lisinopril 10 MG [b]Oral[/b]; Lisinopril 20 MG" in said.err
        unknown = home.run("refill", "lisinoprel", "--yes")
        assert unknown.code == 6
        assert "Did you mean `Lisinopril" in unknown.err


def test_on_a_terminal_an_ambiguous_name_is_a_choice_and_no_means_nothing_is_sent(home: Home) -> None:
    with ScriptedPortal() as portal:
        offering(portal)
        signed_in(home, portal)
        child = pexpect.spawn(
            sys.executable,
            ["-m", "portal_cli", "refill", "lisinopril"],
            env={**home.environment(), "TERM": "dumb"},
            encoding="utf-8",
            timeout=30,
        )
        child.expect("Number: ")
        child.sendline("1")
        child.expect(r"Send this request\? \[y/N\] ")
        assert "[b]Oral[/b]" in (child.before or "")
        child.sendline("n")
        child.expect("Nothing was sent.")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 1
        assert portal.created == []


def test_without_a_connection_a_refill_is_queued_and_says_so(home: Home) -> None:
    with ScriptedPortal() as portal:
        offering(portal)
        signed_in(home, portal)
    said = home.run("refill", "20", "--yes")
    assert said.code == 0
    assert "queued" in said.err
    assert home.run("refills", "--json").json[0]["is_waiting"] is True
    assert home.run("status", "--json").json["waiting"] == 1


def test_a_portal_that_takes_no_requests_does_not_offer_it(home: Home) -> None:
    with ScriptedPortal() as portal:
        offering(portal)
        portal.types["Task"] = Offer()
        signed_in(home, portal)
        assert home.run("refill", "20", "--yes").code == 7

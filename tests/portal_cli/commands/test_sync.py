from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.hostile import Offer, ScriptedPortal, bundle, outcome, resource
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

HOSTILE = "=1+1 [bold red]x[/] \x1b]0;owned\x07\u202egnp.exe"


def signed_in(home: Home, portal: ScriptedPortal) -> None:
    portal.add(resource("Observation", "o1", status="final", code={"text": "Sodium"}))
    home.sign_in(portal.base_url)


def test_a_sync_says_what_came(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        said = home.run("sync", "--json")
        assert said.code == 0
        assert said.json["failures"] == []
        assert said.json["portals"][0]["received"] >= 1
        assert "records received" in home.run("sync", "--full").out


def test_a_sync_that_takes_long_shows_a_bar_on_a_terminal_and_nothing_in_a_pipe(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        portal.behaviours["/fhir/Observation"] = Answer(
            200, bundle(portal.resources["Observation"].values()), delay=1.0
        )
        assert home.run("sync").err == ""
        child = pexpect.spawn(
            sys.executable,
            ["-m", "portal_cli", "sync"],
            env={**home.environment(), "TERM": "xterm"},
            encoding="utf-8",
            timeout=30,
        )
        child.expect("100%")
        child.expect("records received")
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus == 0


def test_a_part_that_fails_is_named_and_the_rest_is_done(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        portal.add(resource("Condition", "c1", code={"text": "Cough"}))
        home.sign_in(portal.base_url)
        portal.behaviours["/fhir/Observation"] = Answer(500, b"no")
        said = home.run("sync")
    assert said.code == 3
    assert "  - Observation:" in said.err
    assert len(home.run("records", "--json").json) >= 1


def test_a_portal_that_hangs_up_is_a_network_error_or_a_part_that_failed(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        portal.behaviours["GET /fhir/"] = HANG_UP
        said = home.run("sync")
    assert said.code in {3, 5}
    assert "Traceback" not in said.err


def test_a_sync_without_a_connection_is_a_network_error(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
    said = home.run("sync", "--json")
    assert (said.code, said.error["code"]) == (5, "unreachable")


def test_hostile_text_of_a_portal_is_shown_and_obeyed_by_nobody(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.add(resource("Condition", "c1", code={"text": HOSTILE}))
        signed_in(home, portal)
        assert home.run("sync").code == 0
    for words in (["records", "list"], ["records", "show", "c1"], ["records", "show", "c1", "--json"]):
        said = home.run(*words)
        assert "[bold red]x[/]" in said.out
        assert not {"\x1b", "\x07", "\u202e"} & set(said.out)
    assert "'=1+1 [bold red]" in home.run("records", "list", "--format", "csv").out


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_progress_as_json_is_a_line_for_each_event_and_says_nothing_of_what_is_in_the_records(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.add(resource("Observation", "o1", status="final", code={"text": "Sodium"}))
        home.sign_in(portal.base_url)
        portal.add(resource("Observation", "o2", status="final", code={"text": "Potassium"}))
        said = home.run("sync", "--json", "--progress", "json")
        told = events(said.err)
        assert {"sync-started", "page-stored", "query-done"} <= {item["event"] for item in told}
        assert sum(item["changed"] for item in told if item["event"] == "page-stored") == 2  # type: ignore[misc]
        assert "answered" not in {item["event"] for item in told}
        debugged = home.run("--debug", "sync")
    answers = [item for item in events(debugged.err) if item["event"] == "answered"]
    assert {"metadata", "Patient/p1", "Observation?patient&_lastUpdated&_count"} <= {item["what"] for item in answers}
    assert all(item["status"] == 200 and item["size"] for item in answers)
    assert "Potassium" not in debugged.err + said.err


def test_the_report_names_what_is_complete_what_is_refused_and_what_cannot_be_used(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        assert home.run("sync").code == 0
        assert home.run("sync", "report").code == 0
        portal.add(resource("Goal", "g"), resource("Condition", "c"))
        portal.behaviours["/fhir/Goal"] = outcome(403, "not for patients")
        portal.resources["Condition"]["c"] = resource("Condition", "c", subject={"reference": "Patient/other"})
        assert home.run("sync").code == 3
        said = home.run("sync", "report", "--json")
        assert said.code == 3
        types = {item["type"]: item for item in said.json[0]["types"]}
        assert (types["Observation"]["standing"], types["Observation"]["records"]) == ("complete", 1)
        assert (types["Goal"]["standing"], "not for patients" in types["Goal"]["detail"]) == ("refused", True)
        assert types["Condition"]["standing"] == "partly"
        assert types["Condition"]["unusable"][0]["name"] == "Condition/c"
        assert types["Immunization"]["standing"] == "not offered"
        words = home.run("sync", "report")
    assert words.code == 3
    assert "Not offered by this portal: " in words.out
    assert "Condition/c: it is about another patient" in words.out
    assert "Condition: partly" in words.err


def test_kinds_can_be_chosen_and_an_unknown_one_is_a_usage_error(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        portal.requests.clear()
        assert home.run("sync", "--only", "conditions").code == 0
        assert portal.count("GET", "/fhir/Observation") == 0
        said = home.run("sync", "--only", "horoscopes")
    assert (said.code, "horoscopes" in said.err) == (2, True)


def test_a_loss_that_was_not_believed_says_how_to_accept_it(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.types["Goal"] = Offer(search=("patient",))
        portal.add(*(resource("Goal", f"g{place}") for place in range(9)))
        home.sign_in(portal.base_url)
        assert home.run("sync").code == 0
        portal.resources["Goal"].clear()
        said = home.run("sync")
        assert (said.code, "--accept-loss" in said.out) == (3, True)
        assert home.run("sync", "--accept-loss").code == 0
        assert home.run("sync").code == 0


@pytest.mark.parametrize("every", ["10s", "soon", "0m"])
def test_a_watch_that_is_too_eager_is_a_usage_error(home: Home, every: str) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        assert home.run("sync", "--watch", every).code == 2


def test_a_watch_goes_on_until_it_is_stopped(home: Home) -> None:
    with ScriptedPortal() as portal:
        signed_in(home, portal)
        child = pexpect.spawn(
            sys.executable, ["-m", "portal_cli", "sync", "--watch", "5m", "--json"],
            env={**home.environment(), "TERM": "xterm"}, encoding="utf-8", timeout=30,
        )  # fmt: skip
        child.expect('{"received":.*}')
        child.sendintr()
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus == 130

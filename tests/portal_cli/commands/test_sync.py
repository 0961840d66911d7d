from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect

from tests.support.hostile import HANG_UP, Answer, ScriptedPortal, bundle, resource

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

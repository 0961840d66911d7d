"""Connections that break off now and then, or always: what is only read is asked for again, within bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import MAX_RETRIES
from store.errors import Unreachable
from store.events import AskedAgain
from store.vault import keys, reading
from tests.conftest import PASSPHRASE, sign_in
from tests.portal_cli.conftest import new_home
from tests.support.hostile import ScriptedPortal, resource
from tests.support.waiting import no_pauses
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.config import Settings
    from store.events import Event

PARTLY, NETWORK = 3, 5
TRIES = 4
HALF = Answer(200, b'{"resourceType":"Bundle"', declared=1000, hangs_up=True)


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with no_pauses():
        yield


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600, page_size=10, faults="", seed=7)) as running:
        yield running


@pytest.fixture
def stubborn(settings: Settings) -> Iterator[Client]:
    """A client that asks as often as can be configured: by chance, a tenth of all answers may be a few in a row."""
    often = replace(settings, retries=MAX_RETRIES)
    with Client(often, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR) as client:
        yield client


def held(client: Client) -> set[str]:
    with client.vault.reading() as connection:
        return {f"{row.type}/{row.id}" for row in reading.rows(connection, reading.Filter())}


@pytest.mark.parametrize("fault", ["cut=5%", "reset=5%", "cut-during=10%"])
def test_a_sync_over_a_line_that_breaks_off_now_and_then_brings_everything(
    stubborn: Client, sandbox: Sandbox, fault: str
) -> None:
    sign_in(stubborn, sandbox)
    sandbox.faults.set(fault)
    told: list[Event] = []
    assert stubborn.sync.run(on_event=told.append).failures == ()
    broken = sum(sandbox.faults.counts().values())
    brought = held(stubborn)
    sandbox.faults.clear()
    assert stubborn.sync.run(full=True).changed == 0
    assert held(stubborn) == brought
    assert broken > 0
    assert sum(isinstance(event, AskedAgain) for event in told) == broken


def test_a_portal_that_breaks_every_connection_off_is_given_up_after_a_few_tries(
    client: Client, sandbox: Sandbox
) -> None:
    sign_in(client, sandbox)
    sandbox.faults.set("cut=100%")
    with pytest.raises(Unreachable, match="broke off"):
        client.sync.run()
    assert sum(sandbox.faults.counts().values()) == TRIES


@pytest.mark.parametrize("broken", [HANG_UP, HALF])
def test_a_type_whose_connection_always_breaks_off_fails_alone(tmp_path: Path, broken: Answer) -> None:
    with ScriptedPortal() as portal:
        portal.add(resource("Observation", "o1"), resource("Condition", "c1"))
        home = new_home(tmp_path)
        home.sign_in(portal.base_url)
        portal.behaviours["GET /fhir/Observation"] = broken
        said = home.run("sync", "--progress", "json")
        assert said.code == PARTLY
        assert portal.count("GET", "/fhir/Observation") == TRIES
        told = [json.loads(line) for line in said.err.splitlines() if line.startswith("{")]
        again = [event["what"] for event in told if event.get("event") == "asked-again"]
        assert again == ["Observation?patient&_count"] * (TRIES - 1)
        report = home.run("sync", "report", "--json").json[0]["types"]
        standings = {gap["type"]: gap["standing"] for gap in report}
        assert (standings["Observation"], standings["Condition"]) == ("failed", "complete")


def test_retries_are_switched_off_in_the_configuration(tmp_path: Path) -> None:
    with ScriptedPortal() as portal:
        portal.add(resource("Observation", "o1"))
        home = new_home(tmp_path)
        home.sign_in(portal.base_url)
        (home.folder / "config.toml").write_text("retries = 0\n")
        portal.behaviours["GET /fhir/Observation"] = HANG_UP
        assert home.run("sync").code == PARTLY
        assert portal.count("GET", "/fhir/Observation") == 1

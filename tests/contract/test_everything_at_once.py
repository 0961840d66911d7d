"""A portal that narrows no search and has `$everything`: asked for all at once, and still in step to the byte."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.quirks.healow import HEALOW
from portal_cli.sandbox.quirks.mode import READS, Mode, Searching
from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.events import Answered
from tests.conftest import sign_in
from tests.contract.test_quirk_modes import in_vault, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from store.events import Event

NARROWING_NOTHING = {
    "healow": replace(HEALOW, searching=replace(HEALOW.searching, last_updated=frozenset()), requests_per_minute=None),
    "own": Mode("own", interactions=READS, searching=Searching(last_updated=frozenset())),
}


@pytest.fixture(params=sorted(NARROWING_NOTHING))
def portal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A running portal of each kind, whose clinic does nothing by itself."""
    monkeypatch.setitem(MODES, request.param, NARROWING_NOTHING[request.param])
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=request.param)) as running:
        yield running


def asked(client: Client, *, full: bool = False) -> list[str]:
    """Sync without a failure; gives what was asked for."""
    seen: list[Event] = []
    assert client.sync.run(full=full, on_event=seen.append).failures == ()
    return [event.what for event in seen if isinstance(event, Answered)]


def test_what_changes_arrives_byte_for_byte_without_the_searches(portal: Sandbox, client: Client) -> None:
    sign_in(client, portal)
    patient = portal.sign_ins[0].patient
    first = asked(client)
    assert in_vault(client) == served(portal, patient)
    assert any("$everything" in what and "_since" not in what for what in first)
    version = portal.portal.repository.visible(patient, "Observation")[0]
    portal.portal.repository.put({**version.resource(), "status": "amended"}, version.key)
    portal.portal.repository.put({**version.resource(), "status": "final", "id": "another"}, "another")
    second = asked(client)
    assert in_vault(client) == served(portal, patient)
    assert any("$everything" in what and "_since" in what for what in second)
    assert not [what for what in second if what.startswith("Observation?")]
    assert len(second) < len(first)
    assert sum("$everything" in what and "_since" not in what for what in asked(client, full=True)) > 0
    assert in_vault(client) == served(portal, patient)


@pytest.mark.parametrize("own", ["healow", "own"])
def test_a_portal_that_narrows_every_search_is_not_asked_for_everything(own: str, client: Client) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=None if own == "own" else own)) as portal:
        sign_in(client, portal)
        assert not [what for what in asked(client) if "everything" in what]

"""Records that are gone from their portal: found out with care, kept, and never believed in masses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.services.sync import How
from store.vault import absences
from tests.support.hostile import Offer, ScriptedPortal, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client


def goals(number: int) -> list[bytes]:
    return [resource("Goal", f"g{place}", description={"text": f"goal {place}"}) for place in range(number)]


def absent(client: Client) -> set[str]:
    with client.vault.reading() as connection:
        marked = absences.marked(connection, (1,))
        rows = connection.execute("SELECT pk, id FROM resource").fetchall()
    return {record_id for pk, record_id in rows if pk in marked}


@pytest.fixture
def signed_in(client: Client, portal: ScriptedPortal) -> Client:
    sign_in_to(client, portal)
    portal.types["Goal"] = Offer(search=("patient",))
    portal.add(*goals(20))
    assert client.sync.run().failures == ()
    return client


def test_a_record_that_is_gone_is_kept_and_marked_and_comes_back(signed_in: Client, portal: ScriptedPortal) -> None:
    kept = portal.resources["Goal"].pop("g3")
    assert signed_in.sync.run().failures == ()
    assert absent(signed_in) == {"g3"}
    assert signed_in.records.show("Goal/g3").fhir == kept
    portal.requests.clear()
    assert signed_in.sync.run().failures == ()
    assert portal.count("GET", "/fhir/Goal/g3") == 0
    portal.resources["Goal"]["g3"] = kept
    assert signed_in.sync.run().changed == 0
    assert absent(signed_in) == set()


def test_a_record_that_no_search_brings_but_can_be_read_is_there(signed_in: Client, portal: ScriptedPortal) -> None:
    hidden = resource("Goal", "g3", description={"text": "another goal"})
    del portal.resources["Goal"]["g3"]
    portal.behaviours["/fhir/Goal/g3"] = Answer(200, hidden)
    assert signed_in.sync.run().failures == ()
    assert absent(signed_in) == set()
    assert signed_in.records.show("Goal/g3").fhir == hidden


@pytest.mark.parametrize("status", [400, 403, 404, 410, 500])
def test_only_a_portal_that_says_gone_is_believed(signed_in: Client, portal: ScriptedPortal, status: int) -> None:
    del portal.resources["Goal"]["g3"]
    portal.behaviours["/fhir/Goal/g3"] = outcome(status, "no")
    signed_in.sync.run()
    assert absent(signed_in) == ({"g3"} if status in {404, 410} else set())


def test_a_search_that_did_not_end_tells_nothing_of_what_is_gone(signed_in: Client, portal: ScriptedPortal) -> None:
    del portal.resources["Goal"]["g3"]
    portal.page_size = 5
    portal.behaviours["/fhir/Goal"] = lambda call: Answer(500) if "_offset=10" in call.target else None
    assert signed_in.sync.run().failures
    assert absent(signed_in) == set()


def test_a_search_that_went_on_from_where_it_was_tells_nothing_but_the_next_one_does(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    del portal.resources["Goal"]["g3"]
    portal.page_size = 5
    portal.behaviours["/fhir/Goal"] = lambda call: Answer(500) if "_offset=10" in call.target else None
    signed_in.sync.run()
    del portal.behaviours["/fhir/Goal"]
    assert signed_in.sync.run().failures == ()
    assert absent(signed_in) == set()
    signed_in.sync.run()
    assert absent(signed_in) == {"g3"}


@pytest.mark.parametrize("left", [0, 15])
def test_a_loss_that_is_not_plausible_changes_nothing_until_it_is_accepted(
    signed_in: Client, portal: ScriptedPortal, left: int
) -> None:
    portal.resources["Goal"] = dict(list(portal.resources["Goal"].items())[:left])
    for _ in range(2):
        report = signed_in.sync.run()
        assert "are gone from the portal" in str(report.failures)
        assert absent(signed_in) == set()
        assert signed_in.portals.list()[0].synced
    signed_in.sync.run(how=How(accepts_loss=True))
    assert len(absent(signed_in)) == 20 - left
    assert signed_in.sync.run().failures == ()


def test_a_portal_that_has_lost_a_little_of_everything_is_not_believed(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    types = ("Goal", "Condition", "Procedure")
    for name in types:
        portal.types[name] = Offer(search=("patient",))
        portal.add(*(resource(name, f"{name}{place}") for place in range(3)))
    client.sync.run()
    for name in types:
        portal.resources[name].clear()
    assert client.sync.run().failures
    assert absent(client) == set()


def test_a_patient_may_lose_the_only_record_of_a_kind(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    portal.types["Goal"] = Offer(search=("patient",))
    portal.add(*goals(1))
    client.sync.run()
    portal.resources["Goal"].clear()
    assert client.sync.run().failures == ()
    assert absent(client) == {"g0"}


def test_what_a_narrowed_search_leaves_out_is_not_gone(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    portal.add(*(resource("Goal", f"g{place}", meta={"lastUpdated": "2020-01-01T00:00:00Z"}) for place in range(9)))
    client.sync.run()
    del portal.resources["Goal"]["g3"]
    assert client.sync.run().failures == ()
    assert absent(client) == set()
    client.sync.run(full=True)
    assert absent(client) == {"g3"}

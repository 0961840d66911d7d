"""Searches made in the way that a portal wants, and remembered so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from store.errors import InvalidInput
from store.services.sync import How
from store.vault import progress
from store.vault.progress import End
from tests.support.hostile import Offer, ScriptedPortal, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from store.services.sync import QueryReport, SyncReport
    from store.vault.progress import Progress
    from tests.support.hostile import Behaviour
    from tests.support.wire import Call


def in_category(category: str, record_id: str) -> bytes:
    return resource("Observation", record_id, category=[{"coding": [{"code": category}]}], code={"text": record_id})


def by_parameter(portal: ScriptedPortal, type_name: str, parameter: str, words: str, status: int = 400) -> Behaviour:
    """A search that has to say `parameter`, and brings what has that code in it."""

    def behave(call: Call) -> Answer | None:
        wanted = call.query.get(parameter)
        if wanted is None:
            return outcome(status, words)
        codes = wanted.split(",")
        return portal.search(call, type_name, lambda body: any(f'"{code}"'.encode() in body for code in codes))

    return behave


def query(report: SyncReport, type_name: str = "Observation") -> QueryReport:
    return next(item for item in report.portals[0].queries if item.type == type_name)


def ids(client: Client) -> set[str]:
    return {str(row.id) for row in client.records.list().items}


def searches(portal: ScriptedPortal, type_name: str = "Observation") -> list[str]:
    return [call.target for call in portal.requests if call.path == f"/fhir/{type_name}"]


def places(client: Client) -> dict[str, Progress]:
    with client.vault.reading() as connection:
        return progress.load(connection, 1)


@pytest.fixture
def signed_in(client: Client, portal: ScriptedPortal) -> Client:
    sign_in_to(client, portal)
    return client


@pytest.mark.parametrize("status", [400, 422])
def test_a_portal_that_wants_a_category_is_asked_by_categories_and_not_refused_twice(
    signed_in: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.add(in_category("laboratory", "a"), in_category("vital-signs", "b"), in_category("survey", "c"))
    portal.behaviours["/fhir/Observation"] = by_parameter(
        portal, "Observation", "category", "category required", status
    )
    report = signed_in.sync.run()
    assert report.failures == ()
    assert query(report).received == 3
    assert ids(signed_in) >= {"a", "b", "c"}
    portal.requests.clear()
    portal.add(in_category("laboratory", "d"))
    assert signed_in.sync.run().changed == 1
    assert all("category=" in target for target in searches(portal))
    gap = next(gap for gap in signed_in.gaps.report()[0].types if gap.type == "Observation")
    assert gap.standing == "complete"
    assert "categories that are not known here were not asked for" in gap.detail


def test_one_that_takes_several_values_at_once_is_asked_once(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(resource("MedicationRequest", "m1", intent="order"), resource("MedicationRequest", "m2", intent="plan"))
    portal.behaviours["/fhir/MedicationRequest"] = by_parameter(
        portal, "MedicationRequest", "intent", "intent required"
    )
    assert signed_in.sync.run().failures == ()
    assert ids(signed_in) >= {"m1", "m2"}
    assert len(searches(portal, "MedicationRequest")) == 2
    assert not any(gap.detail for gap in signed_in.gaps.report()[0].types if gap.type == "MedicationRequest")


def test_one_that_wants_two_parameters_is_asked_with_both(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(in_category("laboratory", "a"))

    def behave(call: Call) -> Answer | None:
        missing = [name for name in ("category", "date") if name not in call.query]
        return outcome(400, f"{missing[0]} is required") if missing else None

    portal.behaviours["/fhir/Observation"] = behave
    assert signed_in.sync.run().failures == ()
    assert "a" in ids(signed_in)
    assert places(signed_in)["Observation?patient=p1"].error == "category+date"


def test_a_category_that_a_portal_refuses_is_a_gap_and_the_others_come(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.add(in_category("laboratory", "a"))
    usual = by_parameter(portal, "Observation", "category", "category required")

    def behave(call: Call) -> Answer | None:
        if call.query.get("category") in {"survey", "sdoh"}:
            return outcome(403 if call.query["category"] == "survey" else 400, "not for you")
        assert callable(usual)
        return usual(call)

    portal.behaviours["/fhir/Observation"] = behave
    report = signed_in.sync.run()
    assert report.failures == ()
    assert "a" in ids(signed_in)
    ended = {key: place.ended for key, place in places(signed_in).items()}
    assert ended["Observation?patient=p1&category=survey"] == End.REFUSED
    assert ended["Observation?patient=p1&category=laboratory"] == End.COMPLETE
    assert ended["Observation?patient=p1"] == End.REFINED


def test_a_search_that_is_refused_in_every_way_fails_with_its_first_reason(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.add(in_category("laboratory", "a"), resource("Condition", "c"))
    portal.behaviours["/fhir/Observation"] = lambda call: outcome(
        400, "only on Sundays" if "category" not in call.query else "nor so"
    )
    report = signed_in.sync.run()
    assert "only on Sundays" in str(report.failures)
    assert "c" in ids(signed_in)
    place = places(signed_in)["Observation?patient=p1"]
    assert (place.ended, "only on Sundays" in str(place.error)) == (End.FAILED, True)


def test_a_portal_that_stops_wanting_more_is_asked_simply_again(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(in_category("laboratory", "a"))
    portal.behaviours["/fhir/Observation"] = by_parameter(portal, "Observation", "category", "category required")
    signed_in.sync.run()
    portal.add(in_category("something of its own", "b"))
    portal.behaviours["/fhir/Observation"] = lambda call: (
        outcome(400, "category is not supported") if "category" in call.query else None
    )
    assert signed_in.sync.run().failures == ()
    assert "b" in ids(signed_in)
    assert places(signed_in)["Observation?patient=p1"].ended == End.COMPLETE


def test_a_token_for_parts_of_a_type_asks_for_those_parts(signed_in: Client, portal: ScriptedPortal) -> None:
    lab = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
    portal.token_extra = {"scope": f"patient/Patient.rs patient/Observation.rs?category={lab}"}
    portal.add(in_category("laboratory", "a"))
    sign_in_to(signed_in, portal)
    portal.behaviours["/fhir/Observation"] = lambda call: (
        None if call.query.get("category") == lab else outcome(403, "no")
    )
    report = signed_in.sync.run()
    assert (report.failures, query(report).received) == ((), 1)


def test_provenance_comes_along_where_it_cannot_be_searched(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(resource("Condition", "c"))
    declared = portal.capability()
    for item in declared["rest"][0]["resource"]:
        item["searchRevInclude"] = ["Provenance:target"]
    portal.behaviours["/fhir/metadata"] = Answer(200, json.dumps(declared).encode())
    assert signed_in.sync.run().failures == ()
    assert all("_revinclude=Provenance%3Atarget" in target for target in searches(portal, "Condition"))
    portal.behaviours["/fhir/Condition"] = lambda call: outcome(400, "what?") if "_revinclude" in call.query else None
    assert signed_in.sync.run(full=True).failures == ()


def test_a_sync_for_some_kinds_asks_for_no_others(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.types["Goal"] = portal.types["Condition"] = portal.types["Observation"] = Offer()
    signed_in.sync.run(how=How(only=("conditions", "Goal")))
    assert searches(portal) == []
    assert searches(portal, "Condition")
    assert searches(portal, "Goal")
    assert signed_in.portals.list()[0].synced is None
    with pytest.raises(InvalidInput, match="horoscope"):
        signed_in.sync.run(how=How(only=("horoscope",)))
    signed_in.sync.run(how=How(only=("vitals",)))
    assert searches(portal)

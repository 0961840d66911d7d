"""The practice portal in Epic's manner."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.paging import LIFETIME_SECONDS
from portal_cli.sandbox.quirks.epic import CARE_PLAN_CATEGORIES, OBSERVATION_CATEGORIES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.quirks.conftest import CHART, ids, next_of, observations, vendor_codes

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    return arrive("epic")


@pytest.mark.parametrize("address", ["Observation?patient=ada", "CarePlan?patient=ada", "Patient?patient=ada"])
def test_a_search_without_what_is_required_is_a_fatal_error_with_the_vendor_s_code(ada: Caller, address: str) -> None:
    answer = ada.get(address)
    issue = (answer.json or {})["issue"][0]
    assert answer.status_code == 400
    assert (issue["severity"], issue["code"]) == ("fatal", "required")
    assert issue["details"]["coding"][0]["code"] == "59108"


@pytest.mark.parametrize(
    "address",
    [
        "Observation?patient=ada&category=laboratory",
        "Observation?patient=ada&code=2339-0",
        "Observation?_id=glucose",
        "CarePlan?patient=ada&category=734163000",
        "Patient?_id=ada",
    ],
)
def test_a_search_with_what_is_required_finds(ada: Caller, address: str) -> None:
    assert len(ids(ada.get(address).json or {})) == 1


def test_a_search_by_form_is_held_to_the_same_rules(ada: Caller) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert ada.refused("POST", "Observation/_search", "patient=ada", **form) == (400, "required")
    found = ada.call("POST", "Observation/_search", "patient=ada&category=laboratory", **form)
    assert ids(found.json or {}) == ["glucose"]
    assert ada.refused("POST", "MedicationStatement/_search", "patient=ada", **form)[0] == 404


def test_an_unknown_parameter_is_ignored_with_a_warning(ada: Caller) -> None:
    bundle = ada.get("Goal?patient=ada&colour=red&_lastUpdated=ge2999").json or {}
    assert vendor_codes(bundle) == ["59100", "59100", "4101"]
    bundle = ada.get("MedicationRequest?patient=ada&_lastUpdated=ge2999").json or {}
    assert ids(bundle) == ["order"]
    assert vendor_codes(bundle) == ["59100", "4119"]


def test_documents_alone_can_be_narrowed_by_their_last_update(ada: Caller) -> None:
    assert ids(ada.get("DocumentReference?patient=ada&_lastUpdated=ge2999").json or {}) == []
    assert ids(ada.get("DocumentReference?patient=ada&_lastUpdated=ge2000").json or {}) == ["note"]


def test_an_empty_result_says_so_in_an_entry(ada: Caller) -> None:
    bundle = ada.get("Goal?patient=ada").json or {}
    assert bundle["total"] == 0
    assert vendor_codes(bundle) == ["4101"]


def test_results_say_that_they_may_be_incomplete(ada: Caller) -> None:
    assert vendor_codes(ada.get("Observation?_id=glucose").json or {}) == ["4119"]


def test_messages_appointments_and_refills_are_not_there(ada: Caller) -> None:
    for kind in ("Communication", "Appointment", "Task", "Slot"):
        assert ada.refused("GET", f"{kind}?patient=ada") == (404, "not-supported")


def test_nothing_is_updated_patched_deleted_or_has_a_past(ada: Caller) -> None:
    body = ada.get("Observation/glucose").text
    assert ada.refused("PUT", "Observation/glucose", body) == (405, "not-supported")
    assert ada.refused("PATCH", "Observation/glucose", "[]") == (405, "not-supported")
    assert ada.refused("DELETE", "Observation/glucose") == (405, "not-supported")
    assert ada.refused("GET", "Observation/glucose/_history") == (404, "not-supported")
    assert ada.refused("GET", "Observation/glucose/_history/1") == (404, "not-supported")
    assert ada.refused("POST", "", {"resourceType": "Bundle", "type": "batch"}) == (405, "not-supported")


def test_nothing_is_conditional(ada: Caller) -> None:
    answer = ada.get("Observation/glucose", If_None_Match='W/"1"')
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers
    body = json.dumps({**json.loads(CHART["glucose.json"]), "identifier": [{"system": "urn:ours", "value": "1"}]})
    places = {
        ada.call("POST", "Observation", body, If_None_Exist="identifier=urn:ours%7C1").headers["Location"]
        for _ in range(2)
    }
    assert len(places) == 2


def test_a_create_is_answered_without_what_was_created(ada: Caller) -> None:
    answer = ada.call("POST", "Observation", CHART["glucose.json"], Prefer="return=representation")
    assert (answer.status_code, answer.data) == (201, b"")
    assert "_history" not in answer.headers["Location"]
    assert ada.get(answer.headers["Location"]).status_code == 200
    assert ada.refused("POST", "Coverage", {"resourceType": "Coverage"}) == (405, "not-supported")


def test_an_old_page_has_the_vendor_s_code(arrive: Arrive) -> None:
    ada = arrive("epic", observations(5))
    address = next_of(ada.get("Observation?category=laboratory&_count=2").json or {})
    assert "sessionID=" in address
    ada.sandbox.portal.clock.advance(LIFETIME_SECONDS + 1)
    ada.tokens = ada.exchange(ada.code()).json or {}
    answer = ada.get(address)
    assert answer.status_code == 400
    assert (answer.json or {})["issue"][0]["details"]["coding"][0]["code"] == "4113"


def test_the_token_is_a_lowercase_bearer_and_cannot_be_renewed(ada: Caller) -> None:
    assert ada.tokens["token_type"] == "bearer"
    assert ada.tokens["patient"] == "ada"
    assert "refresh_token" not in ada.tokens
    assert "offline_access" not in ada.tokens["scope"].split()
    refused = ada.refresh("anything")
    assert (refused.status_code, (refused.json or {})["error"]) == (400, "unsupported_grant_type")


def test_made_up_patients_have_the_vendor_s_categories() -> None:
    repository = Sandbox(SandboxOptions(quirks="epic")).portal.repository
    plans = [version.resource() for version in repository.everything("CarePlan")]
    assert {plan["category"][0]["coding"][0]["code"] for plan in plans} <= set(CARE_PLAN_CATEGORIES)
    for patient in repository.everything("Patient"):
        found = [version.resource() for version in repository.visible(patient.key, "Observation")]
        assert {one["category"][0]["coding"][0]["code"] for one in found} >= set(OBSERVATION_CATEGORIES)

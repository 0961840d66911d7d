"""Every kind of search parameter finds what it should and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.compartment import COMPARTMENT
from portal_cli.sandbox.instants import span
from portal_cli.sandbox.parameters.clinical import CLINICAL
from portal_cli.sandbox.parameters.orders import ORDERS
from portal_cli.sandbox.parameters.people import PEOPLE
from portal_cli.sandbox.parameters.table import OWNER_PATH, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

BOTH = {"glucose", "pulse"}


@pytest.fixture(scope="module")
def ada(shared_sandbox: Sandbox, call_as: type[Caller]) -> Caller:
    return call_as(shared_sandbox)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("patient=ada", BOTH),
        ("patient=Patient/ada", BOTH),
        ("subject:Patient=ada", BOTH),
        ("subject=http://elsewhere.example/Patient/ada", set()),
        ("patient=Practitioner/ada", set()),
        ("patient=ben", set()),
        ("code=2339-0", {"glucose"}),
        ("code=http://loinc.org|2339-0", {"glucose"}),
        ("code=http://loinc.org|", {"glucose"}),
        ("code=|8867-4", {"pulse"}),
        ("code=|2339-0", set()),
        ("code=2339-0,8867-4", BOTH),
        ("code:not=2339-0", {"pulse"}),
        ("status=final&code=8867-4", set()),
        ("status=final&status=final,amended", {"glucose"}),
        ("date=2024-03-05", {"glucose"}),
        ("date=2024-03", {"glucose"}),
        ("date=2024-03-05T08:30:00Z", {"glucose"}),
        ("date=2024-03-05T10:30:00%2B02:00", {"glucose"}),
        ("date=ge2025", {"pulse"}),
        ("date=lt2025", {"glucose"}),
        ("date=gt2024-03-05T08:30:00Z", {"pulse"}),
        ("date=ge2024-01&date=le2024-12", {"glucose"}),
        ("date=sa2024-12-31", {"pulse"}),
        ("date=eb2024-03-06", {"glucose"}),
        ("date=ne2024-03-05", {"pulse"}),
        ("_id=pulse,glucose,ben-pulse", BOTH),
        ("_lastUpdated=gt2000", BOTH),
        ("_lastUpdated=gt2999", set()),
        ("encounter:missing=true", BOTH),
        ("date:missing=true", set()),
        ("nonsense=1", BOTH),
        ("_format=json", BOTH),
    ],
)
def test_a_query_finds_what_it_describes(ada: Caller, query: str, expected: set[str]) -> None:
    assert ada.found(f"Observation?{query}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=long", {"ada"}),
        ("family=LÓN", {"ada"}),
        ("family:exact=Lóng", {"ada"}),
        ("family:exact=long", set()),
        ("name:contains=on", {"ada"}),
        ("identifier=urn:mrn|A1", {"ada"}),
        ("identifier=|A1", set()),
        ("birthdate=1970", {"ada"}),
        ("birthdate=1970-02-01", set()),
        ("active=true", {"ada"}),
    ],
)
def test_people_are_found_by_name_number_and_birth(ada: Caller, query: str, expected: set[str]) -> None:
    assert ada.found(f"Patient?{query}") == expected


@pytest.mark.parametrize("query", ["date=yesterday", "_count=many", "date:exact=2024", "date:missing=maybe"])
def test_a_value_that_makes_no_sense_is_refused(ada: Caller, query: str) -> None:
    assert ada.refused("GET", f"Observation?{query}")[0] == 400


def test_an_unknown_parameter_is_refused_only_when_strictness_is_asked_for(ada: Caller) -> None:
    assert ada.refused("GET", "Observation?nonsense=1", Prefer="handling=strict")[0] == 400
    assert "nonsense" not in str((ada.get("Observation?nonsense=1").json or {})["link"])


def test_the_most_recent_change_can_be_asked_for_again_without_being_repeated(ada: Caller) -> None:
    updated = (ada.get("Observation/glucose").json or {})["meta"]["lastUpdated"]
    assert ada.found(f"Observation?_id=glucose&_lastUpdated=gt{updated}") == set()
    assert ada.found(f"Observation?_id=glucose&_lastUpdated=ge{updated}") == {"glucose"}


def test_results_are_sorted_both_ways(ada: Caller) -> None:
    up = [entry["resource"]["id"] for entry in (ada.get("Observation?_sort=date").json or {})["entry"]]
    down = [entry["resource"]["id"] for entry in (ada.get("Observation?_sort=-date").json or {})["entry"]]
    assert up == ["glucose", "pulse"]
    assert down == ["pulse", "glucose"]


def test_a_count_comes_without_entries(ada: Caller) -> None:
    for query in ("_summary=count", "_count=0"):
        bundle = ada.get(f"Observation?{query}").json or {}
        assert bundle["total"] == 2
        assert "entry" not in bundle


def test_a_form_searches_as_an_address_does(ada: Caller) -> None:
    answer = ada.call("POST", "Observation/_search", "code=2339-0", Content_Type="application/x-www-form-urlencoded")
    assert [entry["resource"]["id"] for entry in (answer.json or {})["entry"]] == ["glucose"]


def test_includes_follow_references_both_ways(ada: Caller) -> None:
    bundle = ada.get("Provenance?_include=Provenance:target&_include=Provenance:agent").json or {}
    modes = {entry["resource"]["id"]: entry["search"]["mode"] for entry in bundle["entry"]}
    assert modes == {"origin": "match", "glucose": "include", "doctor": "include"}
    assert bundle["total"] == 1
    assert "origin" in ada.found("Observation?_revinclude=Provenance:target")


def test_a_bundle_says_what_it_is_and_where_each_resource_lives(ada: Caller) -> None:
    sandbox = ada.sandbox
    bundle = ada.get("Observation?_id=glucose").json or {}
    assert bundle["type"] == "searchset"
    assert bundle["link"] == [{"relation": "self", "url": f"{sandbox.base_url}/Observation?_id=glucose"}]
    assert bundle["entry"][0]["fullUrl"] == f"{sandbox.base_url}/Observation/glucose"
    assert bundle["entry"][0]["search"] == {"mode": "match"}


def test_every_type_of_the_compartment_can_be_searched_by_patient() -> None:
    assert all("patient" in parameters_of(kind) for kind in COMPARTMENT)


def test_every_path_of_the_tables_exists_in_the_standard() -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="the standard's models are not installed")
    for kind in {**CLINICAL, **ORDERS, **PEOPLE}:
        elements = set(models.get_fhir_model_class(kind).model_json_schema()["properties"])
        elements |= {"meta", "id", OWNER_PATH}
        for parameter in parameters_of(kind).values():
            heads = {path.partition(".")[0].partition("[")[0] for path in parameter.paths}
            assert heads <= elements, (kind, parameter)


def test_a_partial_date_spans_everything_it_could_mean() -> None:
    assert span("2024-02") == (datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
    assert span("9999") is not None
    assert span("2024-13") is None
    assert span("tomorrow") is None


def test_a_type_without_rows_of_its_own_is_searched_by_common_elements(
    open_sandbox: Callable[..., Sandbox], call_as: type[Caller]
) -> None:
    plain = '{"resourceType":"Library","id":"one","status":"active","type":{"text":"x"}}'
    sandbox = open_sandbox({"a.json": '{"resourceType":"Patient","id":"ada"}', "l.json": plain})
    assert call_as(sandbox).found("Library?status=active") == {"one"}
    assert call_as(sandbox).found("Library?status=draft") == set()

"""Charts of any size: exact, repeatable, valid, and linked within themselves."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.compartment import COMPARTMENT, owners
from portal_cli.sandbox.generator.bulk import BUILDERS, MIX, apportion, generate_many

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)
SHARED = {"Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "Schedule", "Slot"}


@cache
def record(seed: int = 1, patients: int = 2, resources: int = 600) -> tuple[dict[str, Any], ...]:
    return tuple(generate_many(seed, NOW, patients, resources))


def name(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def references(element: Any) -> Iterator[str]:
    if isinstance(element, dict):
        if isinstance(element.get("reference"), str):
            yield element["reference"]
        for inner in element.values():
            yield from references(inner)
    elif isinstance(element, list):
        for inner in element:
            yield from references(inner)


def by_owner(resources: tuple[dict[str, Any], ...]) -> Counter[str]:
    known: dict[str, frozenset[str]] = {}
    counts: Counter[str] = Counter()
    for resource in resources:
        found, _ = owners(resource, lambda target: known.get(target, frozenset()))
        known[name(resource)] = found
        counts.update(found)
    return counts


@pytest.mark.parametrize("total", [1, 2, 7, len(MIX), len(MIX) + 1, 100, 999, 12_345, 200_000])
def test_a_size_is_shared_out_exactly(total: int) -> None:
    counts = apportion(total)
    assert sum(counts.values()) == total
    assert all(counts.values())
    assert counts["Patient"] == 1


@pytest.mark.parametrize(("patients", "resources"), [(1, 1), (3, 2), (2, 25), (4, 60), (2, 600)])
def test_every_patient_has_exactly_the_size_asked_for(patients: int, resources: int) -> None:
    counts = by_owner(record(1, patients, resources))
    assert list(counts.values()) == [resources] * patients
    others = {each["resourceType"] for each in record(1, patients, resources)} - set(COMPARTMENT)
    assert others <= SHARED


def test_the_same_seed_gives_the_same_charts_and_another_gives_others() -> None:
    assert tuple(generate_many(1, NOW, 2, 600)) == record()
    assert {name(each) for each in record()}.isdisjoint(name(each) for each in record(2))


def test_ids_are_given_once_and_references_lead_somewhere() -> None:
    for sizes in ((2, 600), (3, 12), (1, 45)):
        names = [name(each) for each in record(1, *sizes)]
        assert len(names) == len(set(names))
    names = [name(each) for each in record()]
    assert {target for each in record() for target in references(each)} <= set(names)


def test_every_kind_of_resource_is_valid_fhir() -> None:
    models: dict[str, Any] = {}
    for resource in (*record(), *record(1, 3, 12)):
        kind = resource["resourceType"]
        if kind not in models:
            models[kind] = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        models[kind].model_validate_json(json.dumps(resource, default=float))
    assert {part.partition("/")[0] for part in MIX} | SHARED <= set(models)
    assert set(BUILDERS) == set(MIX)


def test_observations_dominate_in_several_categories() -> None:
    kinds = Counter(each["resourceType"] for each in record(1, 1, 20_000))
    assert 0.5 < kinds["Observation"] / 20_000 < 0.75
    categories = {
        each["category"][0]["coding"][0]["code"] for each in record() if each["resourceType"] == "Observation"
    }
    assert categories >= {"laboratory", "vital-signs", "social-history", "survey", "imaging", "activity", "sdoh"}


def test_results_belong_to_the_report_that_names_them() -> None:
    by_name = {name(each): each for each in record()}
    for report in (each for each in record() if each["resourceType"] == "DiagnosticReport"):
        codes = [by_name[result["reference"]]["code"]["text"] for result in report["result"]]
        assert len(codes) == len(set(codes))
        for result in report["result"]:
            assert by_name[result["reference"]]["effectiveDateTime"] == report["effectiveDateTime"]


def test_nothing_but_one_appointment_lies_ahead() -> None:
    for resource in record():
        for field in ("effectiveDateTime", "issued", "sent", "received", "authoredOn", "date", "created", "recorded"):
            if len(str(resource.get(field, ""))) > len("2026-11-23"):
                assert datetime.fromisoformat(resource[field]) <= NOW
    ahead = [each for each in record() if each["resourceType"] == "Appointment" and each["status"] == "booked"]
    assert len(ahead) == 2
    assert all(datetime.fromisoformat(each["start"]) > NOW for each in ahead)


@pytest.mark.parametrize("resources", [2, 60, 600])
def test_every_patient_takes_lisinopril_now(resources: int) -> None:
    orders = [
        each
        for each in record(1, 2, resources)
        if each["resourceType"] == "MedicationRequest" and each["status"] == "active"
    ]
    assert ["lisinopril" in each["medicationCodeableConcept"]["text"] for each in orders] == [True, True]
    assert all(each["dispenseRequest"]["validityPeriod"]["end"] > "2026-11-23" for each in orders)


def test_a_great_chart_begins_without_being_made_whole() -> None:
    begun = list(islice(generate_many(1, NOW, 1_000, 1_000_000), 500))
    assert len(begun) == 500

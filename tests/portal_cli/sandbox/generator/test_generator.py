"""The seeded generator as the practice portal uses it: three charts of valid, consistent FHIR resources."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.generator import GeneratedPatient, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)
SEEDS = (1, 2, 3, 20)
BOUNDS = ((250, 450), (30, 80), (900, 1500))
LISINOPRIL = "314076"


@cache
def patients(seed: int = 1) -> tuple[GeneratedPatient, ...]:
    return tuple(generate(seed, NOW))


def resources(seed: int = 1) -> list[dict[str, Any]]:
    return [resource for patient in patients(seed) for resource in patient.resources]


def of_type(kind: str, patient: GeneratedPatient | None = None) -> list[dict[str, Any]]:
    chosen = patient.resources if patient else resources()
    return [resource for resource in chosen if resource["resourceType"] == kind]


def walk(element: Any) -> Iterator[dict[str, Any]]:
    if isinstance(element, dict):
        yield element
        for inner in element.values():
            yield from walk(inner)
    elif isinstance(element, list):
        for inner in element:
            yield from walk(inner)


def references(element: Any) -> set[str]:
    return {part["reference"] for part in walk(element) if isinstance(part.get("reference"), str)}


def as_json(element: Any) -> str:
    return json.dumps(element, default=float)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_same_seed_and_moment_give_the_same_charts() -> None:
    assert generate(1, NOW) == list(patients(1))
    assert as_json([patient.resources for patient in generate(1, NOW)]) == as_json(
        [patient.resources for patient in patients(1)]
    )


def test_another_clock_face_of_the_same_moment_changes_nothing() -> None:
    assert generate(2, NOW.astimezone()) == list(patients(2))


def test_another_seed_gives_other_names_dates_and_values() -> None:
    first, second = patients(1), patients(2)
    assert {patient.name for patient in first}.isdisjoint(patient.name for patient in second)
    assert {patient.patient_id for patient in first}.isdisjoint(patient.patient_id for patient in second)
    for field in ("valueQuantity", "effectiveDateTime"):
        values = [
            [observation.get(field) for observation in of_type("Observation", chart[0])] for chart in (first, second)
        ]
        assert values[0] != values[1]


def test_the_patient_ids_stay_the_same_as_time_passes() -> None:
    later = generate(1, NOW + timedelta(days=400))
    assert [patient.patient_id for patient in later] == [patient.patient_id for patient in patients(1)]


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        generate(1, NOW.replace(tzinfo=None))


def test_every_resource_is_valid_fhir() -> None:
    models: dict[str, Any] = {}
    for resource in resources():
        kind = resource["resourceType"]
        if kind not in models:
            models[kind] = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        models[kind].model_validate_json(as_json(resource))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_reference_resolves_inside_its_own_chart(seed: int) -> None:
    for patient in patients(seed):
        present = {f"{resource['resourceType']}/{resource['id']}" for resource in patient.resources}
        assert references(patient.resources) <= present


@pytest.mark.parametrize("seed", SEEDS)
def test_an_id_names_one_resource_and_repeats_only_identically(seed: int) -> None:
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for patient in patients(seed):
        keys = [(resource["resourceType"], resource["id"]) for resource in patient.resources]
        assert len(keys) == len(set(keys))
        for key, resource in zip(keys, patient.resources, strict=True):
            assert seen.setdefault(key, resource) == resource


def test_ids_are_opaque_and_legal() -> None:
    for patient in patients():
        for resource in patient.resources:
            assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource["id"])
            assert not any(part.lower() in resource["id"].lower() for part in patient.name.split())


def test_no_two_resources_share_a_mutable_part() -> None:
    parts = [id(part) for resource in resources() for part in {id(p): p for p in walk(resource)}.values()]
    assert len(parts) == len(set(parts))


def test_numbers_are_exact() -> None:
    for resource in resources():
        for part in walk(resource):
            assert not any(isinstance(value, float) for value in part.values())


def test_nothing_is_empty_and_nothing_is_versioned_by_the_generator() -> None:
    for resource in resources():
        assert {"versionId", "lastUpdated"}.isdisjoint(resource.get("meta", {}))
        for part in walk(resource):
            assert not any(value in (None, "", [], {}) for value in part.values())


def test_every_concept_and_coding_can_be_read_by_a_person() -> None:
    for resource in resources():
        for part in walk(resource):
            if isinstance(part.get("coding"), list):
                assert part.get("text")
                assert all(coding.get("display") for coding in part["coding"])


@pytest.mark.parametrize("seed", SEEDS)
def test_charts_have_their_sizes(seed: int) -> None:
    for patient, (least, most) in zip(patients(seed), BOUNDS, strict=True):
        assert least <= len(patient.resources) <= most


def flagged(seed: int) -> Iterator[tuple[dict[str, Any], str]]:
    for resource in resources(seed):
        for part in (resource, *resource.get("component", [])):
            if "interpretation" in part:
                yield part, part["interpretation"][0]["coding"][0]["code"]


@pytest.mark.parametrize("seed", SEEDS)
def test_flags_agree_with_reference_ranges(seed: int) -> None:
    sides = {"LL": -1, "L": -1, "N": 0, "H": 1, "HH": 1}
    count = 0
    for part, code in flagged(seed):
        ends = part["referenceRange"][0]
        value = part["valueQuantity"]["value"]
        assert part["valueQuantity"].get("comparator", "<") == "<"
        is_low = "low" in ends and value < ends["low"]["value"]
        is_high = "high" in ends and value > ends["high"]["value"]
        assert sides[code] == is_high - is_low
        count += 1
    assert count > 500


def test_charts_hold_normal_low_high_and_critical_results() -> None:
    codes = Counter(code for seed in SEEDS for _, code in flagged(seed))
    assert {"L", "N", "H"} <= codes.keys()
    assert codes["N"] > codes["H"] > codes["HH"]


def test_quantities_have_ucum_units_as_printed_and_as_code() -> None:
    for observation in of_type("Observation"):
        for part in (observation, *observation.get("component", [])):
            if "valueQuantity" in part:
                assert part["valueQuantity"]["system"] == "http://unitsofmeasure.org"
                assert part["valueQuantity"]["code"]


def test_calculated_results_agree_with_what_they_are_calculated_from() -> None:
    first = patients()[0]
    by_id = {f"Observation/{each['id']}": each for each in of_type("Observation", first)}
    reports = [each for each in of_type("DiagnosticReport", first) if each["code"]["text"] == "Lipid panel"]
    assert reports
    for report in reports:
        found = {
            by_id[result["reference"]]["code"]["coding"][0]["code"]: by_id[result["reference"]]["valueQuantity"][
                "value"
            ]
            for result in report["result"]
        }
        friedewald = found["2093-3"] - found["2085-9"] - Decimal(found["2571-8"]) / 5
        assert abs(found["13457-7"] - friedewald) <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_patient_has_an_active_lisinopril_order_that_can_be_refilled(seed: int) -> None:
    orders = [
        order
        for order in of_type("MedicationRequest", patients(seed)[0])
        if order["medicationCodeableConcept"]["coding"][0]["code"] == LISINOPRIL and order["status"] == "active"
    ]
    assert len(orders) == 1
    assert orders[0]["intent"] == "order"
    supply = orders[0]["dispenseRequest"]
    assert supply["numberOfRepeatsAllowed"] > 0
    assert supply["quantity"]["value"] == supply["expectedSupplyDuration"]["value"]
    today = NOW.date().isoformat()
    assert supply["validityPeriod"]["start"] <= today <= supply["validityPeriod"]["end"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_patient_has_a_story_in_hemoglobin_a1c(seed: int) -> None:
    values = [
        each["valueQuantity"]["value"]
        for each in of_type("Observation", patients(seed)[0])
        if each["code"]["coding"][0]["code"] == "4548-4"
    ]
    assert len(values) > 10
    assert values[0] < Decimal("6.5") < values[-1] + Decimal("0.3")
    assert max(values) > Decimal("8.7")
    assert values[-1] < Decimal("7.0")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_third_patient_loses_kidney_function_over_the_years(seed: int) -> None:
    values = [
        each["valueQuantity"]["value"]
        for each in of_type("Observation", patients(seed)[2])
        if each["code"]["text"] == "eGFR"
    ]
    assert values[0] > 60
    assert 30 <= values[-1] < 45


@pytest.mark.parametrize("seed", SEEDS)
def test_upcoming_appointments_lie_ahead_in_office_hours_and_others_behind(seed: int) -> None:
    for appointment in (each for each in resources(seed) if each["resourceType"] == "Appointment"):
        if appointment["status"] == "proposed":
            assert "start" not in appointment
            assert moment(appointment["requestedPeriod"][0]["start"]) > NOW
            continue
        start = moment(appointment["start"])
        assert 8 <= start.hour < 17
        assert start.weekday() < 5
        assert start.utcoffset() in (timedelta(hours=-5), timedelta(hours=-4))
        if appointment["status"] == "booked":
            assert NOW < start < NOW + timedelta(weeks=7)
        else:
            assert moment(appointment["end"]) < NOW


def test_the_first_patient_has_appointments_of_every_ordinary_kind() -> None:
    statuses = Counter(each["status"] for each in of_type("Appointment", patients()[0]))
    assert statuses["booked"] == 2
    assert statuses["proposed"] == 1
    assert statuses["fulfilled"] >= 3
    assert {"noshow", "cancelled"} <= statuses.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_but_plans_lies_in_the_future(seed: int) -> None:
    fields = (
        "effectiveDateTime",
        "issued",
        "sent",
        "received",
        "whenHandedOver",
        "authoredOn",
        "date",
        "created",
    )
    for resource in resources(seed):
        for field in fields:
            if len(resource.get(field, "")) > len("2026-11-23"):
                assert moment(resource[field]) <= NOW


@pytest.mark.parametrize("seed", SEEDS)
def test_threads_are_well_formed(seed: int) -> None:
    for patient in patients(seed):
        threads = {f"Communication/{each['id']}": each for each in of_type("Communication", patient)}
        headers = {key: each for key, each in threads.items() if "partOf" not in each}
        messages = [each for each in threads.values() if "partOf" in each]
        assert headers
        assert all("payload" not in header for header in headers.values())
        assert {message["partOf"][0]["reference"] for message in messages} == set(headers)
        own = f"Patient/{patient.patient_id}"
        for message in messages:
            assert message["payload"][0]["contentString"]
            ends = {message["sender"]["reference"], message["recipient"][0]["reference"]}
            assert own in ends
            assert len(ends) == 2
            assert ("received" in message) == (message["status"] == "completed")
            assert message["topic"] == headers[message["partOf"][0]["reference"]]["topic"]


def test_every_patient_writes_and_has_an_unread_answer() -> None:
    for patient in patients():
        own = f"Patient/{patient.patient_id}"
        messages = [each for each in of_type("Communication", patient) if "payload" in each]
        senders = {message["sender"]["reference"] == own for message in messages}
        assert senders == {True, False}
        assert any(each["status"] == "in-progress" and each["sender"]["reference"] != own for each in messages)


def test_reports_refer_to_their_results_or_carry_their_text() -> None:
    for report in of_type("DiagnosticReport"):
        category = report["category"][0]["coding"][0]["code"]
        assert ("result" in report) == (category == "LAB")
        assert ("presentedForm" in report) == (category != "LAB")


def test_odd_but_legal_things_are_there_to_be_met() -> None:
    observations = of_type("Observation")
    statuses = {each["status"] for each in of_type("DiagnosticReport")}
    assert any("comparator" in each.get("valueQuantity", {}) for each in observations)
    assert any("valueString" in each for each in observations)
    assert any("dataAbsentReason" in each for each in observations)
    assert {"preliminary", "corrected", "amended", "final"} <= statuses
    assert any(re.fullmatch(r"\d{4}-\d{2}", each["onsetDateTime"]) for each in of_type("Condition"))
    assert any(not as_text(each).isascii() for each in of_type("Practitioner"))


def as_text(practitioner: dict[str, Any]) -> str:
    return str(practitioner["name"][0]["text"])


def test_the_first_patient_has_every_kind_of_resource_a_portal_shows() -> None:
    kinds = {each["resourceType"] for each in patients()[0].resources}
    assert kinds >= {
        "AllergyIntolerance",
        "Appointment",
        "CarePlan",
        "CareTeam",
        "Communication",
        "Condition",
        "Coverage",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "FamilyMemberHistory",
        "Goal",
        "Immunization",
        "Location",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Organization",
        "Patient",
        "Practitioner",
        "Procedure",
        "Task",
    }

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.records import catalog

if TYPE_CHECKING:
    from store.records.elements import Json


@pytest.mark.parametrize("type_name", catalog.RECORD_TYPES)
def test_every_type_of_the_table_has_a_plain_noun_and_a_title(type_name: str) -> None:
    noun = catalog.noun(type_name)
    assert noun.isalpha()
    assert noun.islower()
    shown = catalog.read_envelope({"resourceType": type_name})
    assert shown.title
    assert shown.kind


def test_a_type_outside_the_table_is_kept_under_its_own_name() -> None:
    shown = catalog.read_envelope({"resourceType": "ImagingStudy", "status": "available"})
    assert (shown.kind, shown.title, shown.status) == ("imagingstudy", "Imaging study", "available")
    assert catalog.noun("ImagingStudy") == "imagingstudy"


def test_a_resource_without_a_type_is_a_record() -> None:
    assert catalog.read_envelope({}).title == "Record"


@pytest.mark.parametrize("type_name", ["MedicationRequest", "MedicationStatement", "MedicationDispense"])
def test_a_medicine_that_stands_in_another_resource_waits_for_its_title(type_name: str) -> None:
    resource = {"resourceType": type_name, "medicationReference": {"reference": "Medication/1"}}
    assert catalog.read_envelope(resource).title == ""


@pytest.mark.parametrize("target", [{"reference": "#gone"}, {}, "Medication/1"])
def test_a_medicine_that_leads_nowhere_is_called_by_its_type(target: object) -> None:
    resource: Json = {"resourceType": "MedicationRequest", "medicationReference": target}
    assert catalog.read_envelope(resource).title == "Medication request"


def test_a_dispense_is_told_apart_from_an_order() -> None:
    named = {"medicationCodeableConcept": {"text": "aspirin"}}
    assert catalog.read_envelope({"resourceType": "MedicationDispense", **named}).kind == "dispense"
    assert catalog.read_envelope({"resourceType": "MedicationRequest", **named}).kind == "medication"


@pytest.mark.parametrize(
    ("payor", "title"),
    [
        ({"display": "Example Health"}, "Example Health, Silver"),
        ({"reference": "Organization/1"}, "Silver"),
        ({"reference": "Organization/1", "display": "Example Health"}, "Example Health, Silver"),
    ],
)
def test_an_insurance_is_called_by_its_insurer_and_its_plan(payor: dict[str, str], title: str) -> None:
    plan = [{"type": {"coding": [{"code": "plan"}]}, "value": "1", "name": "Silver"}]
    found = catalog.read_envelope({"resourceType": "Coverage", "id": "c", "payor": [payor], "class": plan})
    assert (found.kind, found.title) == ("insurance", title)

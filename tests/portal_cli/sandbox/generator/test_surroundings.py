"""What lies around the stories: valid, linked, and without changing what the stories tell."""

from __future__ import annotations

import base64
import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.generator.papers import FORMATS
from portal_cli.sandbox.generator.patients import GeneratedPatient, generate
from portal_cli.sandbox.generator.pictures import png
from portal_cli.sandbox.synthetic import synthetic_record

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)
SEEDS = (1, 2, 20)
EVERY_PATIENT_HAS = {
    *("Appointment", "Communication", "MedicationStatement", "MedicationDispense", "ServiceRequest", "Specimen"),
    *("CarePlan", "CareTeam", "Goal", "Device", "FamilyMemberHistory", "QuestionnaireResponse", "RelatedPerson"),
    *("Provenance", "Consent", "ExplanationOfBenefit", "Media", "Binary", "Coverage", "DocumentReference"),
    *("Practitioner", "Organization", "Location", "Medication", "Condition", "Observation", "Encounter"),
}


@cache
def charts(seed: int = 1) -> tuple[GeneratedPatient, ...]:
    return tuple(generate(seed, NOW, is_surrounded=True))


@cache
def record(seed: int = 1) -> tuple[dict[str, Any], ...]:
    return tuple(synthetic_record(seed, NOW))


def walk(element: Any) -> Iterator[dict[str, Any]]:
    if isinstance(element, dict):
        yield element
        for inner in element.values():
            yield from walk(inner)
    elif isinstance(element, list):
        for inner in element:
            yield from walk(inner)


def attachments(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in walk(resource) if "contentType" in part and "url" in part]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_patient_has_every_kind_of_resource(seed: int) -> None:
    for chart in charts(seed):
        assert {each["resourceType"] for each in chart.resources} >= EVERY_PATIENT_HAS


def test_all_of_the_record_is_valid_fhir() -> None:
    models: dict[str, Any] = {}
    for resource in record():
        kind = resource["resourceType"]
        if kind not in models:
            models[kind] = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        models[kind].model_validate_json(json.dumps(resource, default=float))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_reference_and_address_leads_somewhere(seed: int) -> None:
    names = {f"{each['resourceType']}/{each['id']}" for each in record(seed)}
    assert len(names) == len(record(seed))
    for resource in record(seed):
        for part in walk(resource):
            named = part.get("reference", resource["resourceType"] + "/" + resource["id"])
            assert isinstance(named, dict) or named in names  # what a Consent calls so holds a reference itself
        for attachment in attachments(resource):
            assert attachment["url"] in names


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stories_stay_as_they_are_told(seed: int) -> None:
    for story, chart in zip(generate(seed, NOW), charts(seed), strict=True):
        told = {f"{each['resourceType']}/{each['id']}": each for each in chart.resources}
        for resource in story.resources:
            kept = told[f"{resource['resourceType']}/{resource['id']}"]
            for name, value in resource.items():
                if name not in {"medicationCodeableConcept", "presentedForm"}:
                    assert kept[name] == value


def test_nothing_is_empty_inexact_or_shared() -> None:
    for resource in record():
        for part in walk(resource):
            assert not any(value in (None, "", [], {}) or isinstance(value, float) for value in part.values())
    parts = [key for chart in charts() for each in chart.resources for key in {id(part) for part in walk(each)}]
    assert len(parts) == len(set(parts))


def test_nothing_but_the_agenda_lies_ahead_of_what_the_stories_plan() -> None:
    fields = ("authoredOn", "issued", "created", "dateTime", "date", "recorded", "receivedTime", "authored")
    for chart in charts():
        for resource in chart.resources:
            for field in fields:
                if len(str(resource.get(field, ""))) > len("2026-11-23"):
                    assert datetime.fromisoformat(resource[field]) <= NOW


@pytest.mark.parametrize("seed", SEEDS)
def test_some_orders_name_their_medicine_by_reference_and_lisinopril_stays_active(seed: int) -> None:
    for chart in charts(seed):
        orders = [each for each in chart.resources if each["resourceType"] == "MedicationRequest"]
        assert any("medicationReference" in each for each in orders)
        assert all(("medicationReference" in each) is not ("medicationCodeableConcept" in each) for each in orders)
    active = [
        each["medicationCodeableConcept"]["coding"][0]["code"]
        for each in charts(seed)[0].resources
        if each["resourceType"] == "MedicationRequest" and each["status"] == "active"
    ]
    assert active.count("314076") == 1


def test_every_patient_has_documents_of_every_format_with_their_sizes() -> None:
    for chart in charts():
        binaries = {f"Binary/{each['id']}": each for each in chart.resources if each["resourceType"] == "Binary"}
        found = [attachment for each in chart.resources for attachment in attachments(each)]
        assert {each["contentType"] for each in found} >= {*FORMATS, "image/png"}
        for attachment in found:
            binary = binaries[attachment["url"]]
            assert binary["securityContext"]["reference"] == f"Patient/{chart.patient_id}"
            assert binary["contentType"] == attachment["contentType"]
            assert len(base64.b64decode(binary["data"])) == attachment["size"]


def test_bills_add_up() -> None:
    for benefit in (each for each in record() if each["resourceType"] == "ExplanationOfBenefit"):
        amounts = {row["category"]["coding"][0]["code"]: row["amount"]["value"] for row in benefit["total"]}
        assert amounts["submitted"] == amounts["copay"] + amounts["benefit"]
        assert benefit["payment"]["amount"]["value"] == amounts["benefit"]


def test_the_agenda_has_free_and_taken_times_in_office_hours_ahead() -> None:
    schedules = {f"Schedule/{each['id']}" for each in record() if each["resourceType"] == "Schedule"}
    slots = [each for each in record() if each["resourceType"] == "Slot"]
    assert {slot["schedule"]["reference"] for slot in slots} == schedules
    assert {slot["status"] for slot in slots} == {"free", "busy"}
    for slot in slots:
        start = datetime.fromisoformat(slot["start"])
        assert NOW < start < NOW + timedelta(days=15)
        assert 8 <= start.hour < 17
        assert start.weekday() < 5


def test_a_pdf_has_a_table_that_finds_its_objects() -> None:
    content = FORMATS["application/pdf"]("Plan (new)", ("Caf\u00e9 \\ bar",))
    assert content.startswith(b"%PDF-1.4\n")
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF", content)[0])
    assert content[start:].startswith(b"xref")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n ", content), start=1):
        assert content[int(place) :].startswith(b"%d 0 obj" % number)
    length = int(re.findall(rb"/Length (\d+)", content)[0])
    assert content.split(b"stream\n", 1)[1].index(b"\nendstream") == length
    assert b"(Plan \\(new\\))" in content
    assert b"(Caf\xe9 \\\\ bar)" in content


def test_rich_text_and_html_escape_what_they_must() -> None:
    text = FORMATS["application/rtf"]("{a}", ("\u00e9\\",)).decode("ascii")
    assert "\\{a\\}" in text
    assert "\\u233?\\\\" in text
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
    page = FORMATS["text/html; charset=utf-8"]("A & B", ("<script>",)).decode()
    assert "<title>A &amp; B</title>" in page
    assert "&lt;script&gt;" in page


def test_a_picture_is_a_whole_png() -> None:
    content = png(3, 2, 10)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    length = int.from_bytes(content[33:37])
    assert content[37:41] == b"IDAT"
    assert zlib.decompress(content[41 : 41 + length]) == (b"\0" + bytes((10, 95, 180))) * 2
    assert content.endswith(b"IEND" + zlib.crc32(b"IEND").to_bytes(4))

"""The practice portal's articles: enough of them, found by what its charts have, and given as Infobutton has it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.education import library
from portal_cli.sandbox.generator.patients import generate
from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

OIDS = {
    "http://hl7.org/fhir/sid/icd-10-cm": "2.16.840.1.113883.6.90",
    "http://snomed.info/sct": "2.16.840.1.113883.6.96",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "2.16.840.1.113883.6.88",
    "http://loinc.org": "2.16.840.1.113883.6.1",
}
CODE, SYSTEM, WORDS = (f"mainSearchCriteria.v.{part}" for part in ("c", "cs", "dn"))


@pytest.fixture(scope="module")
def caller() -> FlaskClient:
    return Sandbox(SandboxOptions()).app.test_client()


def ask(caller: FlaskClient, **asked: str) -> list[dict[str, Any]]:
    answer = caller.get("/education/infobutton", query_string=asked)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = (answer.json or {})["feed"]["entry"]
    return found


def charted() -> Iterator[tuple[str, str]]:
    """Every code of a condition, a medicine or a laboratory result in the charts that are made up."""
    for patient in generate(1, datetime.now(UTC)):
        for resource in patient.resources:
            kind = resource["resourceType"]
            category = str(resource.get("category"))
            if kind in {"Condition", "MedicationRequest"} or (kind == "Observation" and "laboratory" in category):
                concept = resource.get("medicationCodeableConcept") or resource.get("code") or {}
                yield from ((each["system"], each["code"]) for each in concept.get("coding", ()))


def test_there_are_more_than_forty_topics_each_with_a_text_and_an_address_of_its_own() -> None:
    every = library.articles()
    assert len(every) >= 40
    assert len({article.key for article in every}) == len(every)
    assert not [article.title for article in every if len(article.text.split()) < 30]


def test_every_condition_medicine_and_test_of_the_charts_has_an_article() -> None:
    asked = {(system, code) for system, code in charted() if system in OIDS}
    assert len(asked) > 60
    assert [each for each in sorted(asked) if not library.by_code(OIDS[each[0]], each[1])] == []


@pytest.mark.parametrize(
    ("system", "code", "title"),
    [
        (OIDS["http://hl7.org/fhir/sid/icd-10-cm"], "I10", "High blood pressure"),
        (OIDS["http://hl7.org/fhir/sid/icd-10-cm"], "E11.65", "Type 2 diabetes"),
        (OIDS["http://loinc.org"], "4548-4", "Hemoglobin A1c"),
        (OIDS["http://www.nlm.nih.gov/research/umls/rxnorm"], "861007", "Metformin"),
    ],
)
def test_an_article_is_found_by_its_code_or_a_more_general_one(
    caller: FlaskClient, system: str, code: str, title: str
) -> None:
    assert [entry["title"]["_value"] for entry in ask(caller, **{CODE: code, SYSTEM: system})] == [title]


def test_a_code_of_another_system_finds_nothing_and_words_find_what_they_name(caller: FlaskClient) -> None:
    assert ask(caller, **{CODE: "I10", SYSTEM: OIDS["http://loinc.org"]}) == []
    assert ask(caller, **{CODE: "", SYSTEM: "", WORDS: "zebra"}) == []
    titles = {entry["title"]["_value"] for entry in ask(caller, **{WORDS: "blood thinner"})}
    assert titles == {"Apixaban", "Warfarin"}


def test_an_entry_leads_to_a_page_with_the_same_words(caller: FlaskClient) -> None:
    (entry,) = ask(caller, **{WORDS: "gout"})
    path = entry["link"][0]["href"].partition("/education/")[2]
    page = caller.get(f"/education/{path}").text
    assert entry["summary"]["_value"] in page
    assert "<h1>Gout</h1>" in page
    assert caller.get("/education/articles/none").status_code == 404


@pytest.mark.parametrize("asked", [{}, {CODE: "I10"}, {WORDS: "gout", "knowledgeResponseType": "text/xml"}])
def test_what_asks_nothing_or_wants_another_format_is_refused(caller: FlaskClient, asked: dict[str, str]) -> None:
    assert caller.get("/education/infobutton", query_string=asked).status_code == 400


def test_the_portal_says_where_to_ask_and_portals_in_a_vendors_manner_have_none() -> None:
    own = Sandbox(SandboxOptions()).app.test_client()
    smart = own.get("/fhir/.well-known/smart-configuration").json or {}
    assert smart["infobutton_endpoint"].endswith("/education/infobutton")
    other = Sandbox(SandboxOptions(quirks=next(iter(MODES)))).app.test_client()
    assert "infobutton_endpoint" not in (other.get("/fhir/.well-known/smart-configuration").json or {})
    assert other.get("/education/infobutton", query_string={WORDS: "gout"}).status_code == 404

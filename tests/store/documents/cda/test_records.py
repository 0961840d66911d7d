from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.documents.blocks import Heading, Table, words
from store.documents.cda import people, reading, records, times, tree
from store.documents.layout import Layout, lay_out
from store.records import catalog, incoming, lossless
from store.records.text import sanitize
from tests.conftest import shared_data
from tests.support import papers
from tests.support.papers import section, sections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random
    from xml.etree.ElementTree import Element

ATTACHMENT = {"contentType": "application/xml", "url": "import:x"}
XSI = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
LOINC, SNOMED = "codeSystem='2.16.840.1.113883.6.1'", "codeSystem='2.16.840.1.113883.6.96'"


def taken(content: bytes) -> list[dict[str, Any]]:
    """All records that a document is taken apart into."""
    root = tree.parse(content)
    patient = people.patient(root)
    assert patient is not None
    document = records.document(root, patient, ATTACHMENT, "0" * 40)
    found = records.read(root, patient)
    return [patient, document, *found, *records.provenance(document, found)]


def one(loinc: str, entry: str, text: str = "") -> dict[str, Any]:
    """The only record of a document with one entry."""
    found = taken(papers.cda(body=sections(section(loinc, "T", text, entry))))
    assert [record["resourceType"] for record in found[:2]] == ["Patient", "DocumentReference"]
    return found[2]


def observed(value: str, more: str = "") -> dict[str, Any]:
    code = f"<code code='718-7' {LOINC} displayName='Hemoglobin'/>"
    return one("30954-2", f"<organizer><component><observation>{code}<effectiveTime value='20260102'/>{value}{more}"
                          "</observation></component></organizer>")  # fmt: skip


def test_every_document_of_others_is_shown_taken_apart_and_valid() -> None:
    counts: Counter[str] = Counter()
    failures = []
    for path in sorted(shared_data("ccda").iterdir()):
        shown = reading.read(tree.parse(path.read_bytes()))
        text = lay_out(shown, Layout(60))
        assert sanitize(text) == text
        assert max(map(len, text.split("\n"))) <= 60
        assert isinstance(shown[0], Heading)
        found = taken(path.read_bytes())
        assert found == taken(path.read_bytes()), "what is read twice is the same twice"
        counts["documents"] += 1
        for record in found:
            counts[record["resourceType"]] += 1
            failures += list(wrong(path.name, record))
    assert failures == []
    assert counts["documents"] >= 33
    assert counts["Observation"] > 200
    assert all(
        counts[name] > 8 for name in ("Condition", "AllergyIntolerance", "Procedure", "Immunization", "Encounter")
    )


def wrong(name: str, record: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a record: not FHIR, without a title, or with a code where words are wanted."""
    body = lossless.encode(record)
    try:
        get_fhir_model_class(record["resourceType"]).model_validate_json(body)
    except ValueError as error:
        yield f"{name}: {record['resourceType']} {error}"
    title = catalog.read_envelope(lossless.decode(body)).title
    if not title or title.replace("-", "").isdigit():
        yield f"{name}: {record['resourceType']} is titled `{title}`"


def test_a_section_is_shown_with_its_table_and_its_parts_in_their_order() -> None:
    text = (
        "<table><thead><tr><th>Name</th><th>Result</th></tr></thead><tbody><tr><td>Hb</td>"
        "<td><content styleCode='Bold'>13.2</content></td></tr></tbody></table>"
        "<list><item>one</item><item>two<br/>more</item></list><paragraph>after</paragraph>"
    )
    shown = reading.read(tree.parse(papers.cda(body=sections(section("30954-2", "RESULTS", text)))))
    assert [type(block).__name__ for block in shown] == [
        "Heading", "Paragraph", "Heading", "Table", "Item", "Item", "Paragraph",
    ]  # fmt: skip
    assert Table(tuple(map(sanitize, ("Name", "Result"))), (tuple(map(sanitize, ("Hb", "13.2"))),)) in shown
    assert "Patient: Ada Byron\nBorn: 1970-12-10" in words(shown)
    assert "(Nothing is written" in words(reading.read(tree.parse(papers.cda(body=sections(section("1", "X", ""))))))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (f"<value {XSI} xsi:type='PQ' value='13.20' unit='g/dL'/>", '"valueQuantity":{"value":13.20,"unit":"g/dL"'),
        (f"<value {XSI} xsi:type='INT' value='7'/>", '"valueQuantity":{"value":7}'),
        (f"<value {XSI} xsi:type='IVL_PQ'><high value='0.5' unit='mg' inclusive='false'/></value>", '"comparator":"<"'),
        (f"<value {XSI} xsi:type='IVL_PQ'><low value='100' unit='mg'/></value>", '"comparator":">="'),
        (f"<value {XSI} xsi:type='IVL_PQ'><low value='1'/><high value='2'/></value>", '"valueRange":{"low"'),
        (f"<value {XSI} xsi:type='ST'>positive</value>", '"valueString":"positive"'),
        (f"<value {XSI} xsi:type='CD' code='1' {SNOMED} displayName='Yes'/>", '"display":"Yes"'),
        (f"<value {XSI} xsi:type='RTO'><numerator value='1'/><denominator value='128'/></value>", '"valueRatio"'),
        (f"<value {XSI} xsi:type='TS' value='20260102'/>", '"valueDateTime":"2026-01-02"'),
        (f"<value {XSI} xsi:type='BL' value='true'/>", '"valueBoolean":true'),
        (f"<value {XSI} xsi:type='PQ' value='about 5'/>", '"valueString":"about 5"'),
        (f"<value {XSI} xsi:type='PQ' value='1e999'/>", '"valueString":"1e999"'),
    ],
)
def test_a_result_keeps_its_value_in_whatever_form(value: str, wanted: str) -> None:
    assert wanted in lossless.encode(observed(value)).decode()


def test_a_result_has_its_range_and_meaning() -> None:
    limits = (
        f"<interpretationCode code='H' codeSystem='2.16.840.1.113883.5.83'/><referenceRange><observationRange>"
        f"<value {XSI} xsi:type='IVL_PQ'><low value='12.0' unit='g/dL'/><high value='15.5' unit='g/dL'/></value>"
        "</observationRange></referenceRange>"
    )
    found = observed(f"<value {XSI} xsi:type='PQ' value='17' unit='g/dL'/>", limits)
    assert found["interpretation"][0]["coding"][0]["code"] == "H"
    assert str(found["referenceRange"][0]["low"]["value"]) == "12.0"
    assert found["effectiveDateTime"] == "2026-01-02"


def test_what_is_not_known_or_not_there_is_said_so_and_never_turned_around() -> None:
    allergy = (
        "<act><entryRelationship><observation negationInd='true'><participant><participantRole><playingEntity>"
        "<code nullFlavor='NA'/></playingEntity></participantRole></participant></observation></entryRelationship>"
        "</act>"
    )
    assert one("48765-2", allergy)["code"] == {"text": "No known allergies"}
    problem = f"<act><entryRelationship><observation negationInd='true'><value {XSI} xsi:type='CD' code='55607006'/></observation></entryRelationship></act>"  # noqa: E501
    assert one("11450-4", problem)["code"] == {"text": "No known problems"}
    denied = problem.replace("55607006", "38341003' displayName='Hypertension")
    assert one("11450-4", denied)["verificationStatus"]["coding"][0]["code"] == "refuted"
    vaccine = (
        "<substanceAdministration negationInd='true'><consumable><manufacturedProduct><manufacturedMaterial>"
        "<code code='88' codeSystem='2.16.840.1.113883.12.292' displayName='Influenza'/></manufacturedMaterial>"
        "</manufacturedProduct></consumable></substanceAdministration>"
    )
    assert one("11369-6", vaccine)["status"] == "not-done"
    assert one("10160-0", vaccine)["status"] == "not-taken"


def test_words_that_stand_in_the_narrative_name_what_has_only_a_reference() -> None:
    entry = (
        f"<procedure><code nullFlavor='UNK'><originalText><reference value='#p1'/></originalText></code></procedure>"  # noqa: F541
    )
    assert one("47519-4", entry, "<content ID='p1'>Removal of  the appendix</content>")["code"] == {
        "text": "Removal of the appendix"
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026", "2026"), ("202601", "2026-01"), ("20260102", "2026-01-02"), ("202601021430", "2026-01-02"),
        ("20260102143005-0500", "2026-01-02T14:30:05-05:00"), ("2026010214+0000", "2026-01-02T14:00:00+00:00"),
        ("20260102143005.123+0100", "2026-01-02T14:30:05+01:00"), ("20260230", "2026-02"), ("20261301", "2026"),
        ("200130212", ""), ("", ""), ("yesterday", ""), ("20260102990000+0000", "2026-01-02"), ("0000", ""),
    ],
)  # fmt: skip
def test_a_time_keeps_the_precision_that_it_was_written_with(written: str, read: str) -> None:
    assert times.fhir(written) == read


def test_two_people_with_one_number_are_two() -> None:
    found = {taken(papers.cda("same", given=name))[0]["id"] for name in ("Ada", "Grace")}
    assert len(found) == 2
    assert taken(papers.cda("a"))[0]["id"] != taken(papers.cda("b"))[0]["id"]


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_document_that_is_wrong_in_places_is_still_read_and_what_comes_of_it_is_valid(chance: Random) -> None:
    paths = sorted(shared_data("ccda").iterdir())
    root = tree.parse(chance.choice(paths).read_bytes())
    for _ in range(chance.choice([1, 5, 40])):
        spoil(root, chance)
    assert sanitize(words(reading.read(root))) == words(reading.read(root))
    patient = people.patient(root)
    if patient is None:
        return
    document = records.document(root, patient, ATTACHMENT, "0" * 40)
    found = records.read(root, patient)
    for record in (patient, document, *found, *records.provenance(document, found)):
        body = lossless.encode(record)
        assert incoming.decode(body) is not None
        get_fhir_model_class(record["resourceType"]).model_validate_json(body)


def spoil(root: Element, chance: Random) -> None:
    """Take something away from a document, or put something odd in its place."""
    parents = {child: parent for parent in root.iter() for child in parent}
    if not parents:  # nothing is left of it
        return
    element = chance.choice(list(parents))
    name = chance.choice([*element.attrib, ""])
    match chance.randrange(5):
        case 0:
            parents[element].remove(element)
        case 1:
            element.attrib.pop(name, None)
        case 2 if name:
            element.set(
                name, chance.choice(["", "x", "NaN", "1e999", "99999999", "-1", "\u202e", "PQ", "IVL_PQ", "B64"])
            )
        case 3:
            element.text = chance.choice(["", "\u202e\x9b31m", "x" * 1000])
        case _:
            element.tag = chance.choice(
                ["table", "tr", "td", "list", "item", "value", "observation", "code", "act", "name"]
            )

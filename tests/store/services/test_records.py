"""Records of every type: listed, shown, searched, and noted where they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import InvalidInput, NotFound
from store.vault import reading
from tests.support.filling import fill
from tests.support.hostile import resource

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal

LAB = {"category": [{"coding": [{"code": "laboratory"}]}]}
VITAL = {"category": [{"coding": [{"code": "vital-signs"}]}]}


@pytest.fixture
def filled(client: Client, portal: ScriptedPortal) -> Client:
    fill(
        client,
        portal,
        resource("Observation", "lab", code={"text": "Glucose \x1b[31m"}, effectiveDateTime="2025-02-01", **LAB),
        resource("Observation", "vital", code={"text": "Pulse"}, effectiveDateTime="2025-03-01", **VITAL),
        resource("Observation", "social", code={"text": "Smoking"}, effectiveDateTime="2024-01-01"),
        resource("AllergyIntolerance", "a1", code={"text": "Penicillin"}),
        resource("ImagingStudy", "i1", description="Chest"),
    )
    return client


def audit(client: Client) -> list[tuple[str, str]]:
    with client.vault.reading() as connection:
        return [line[4:] for line in reading.audit_lines(connection, 50)]


def test_records_are_listed_newest_first_with_their_total(filled: Client) -> None:
    found = filled.records.list(("observation",), limit=2)
    assert [row.id for row in found.items] == ["vital", "lab"]
    assert (found.total, found.is_cut) == (3, True)
    assert not filled.records.list(("lab",)).is_cut
    assert "\x1b" not in filled.records.list(("lab",)).items[0].title


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("lab", {"lab"}),
        ("labs", {"lab"}),
        ("Vitals", {"vital"}),
        ("allergies", {"a1"}),
        ("AllergyIntolerance", {"a1"}),
        ("imaging-study", {"i1"}),
        ("Imaging Study", {"i1"}),
        ("observation", {"lab", "vital", "social"}),
        ("Observations", {"lab", "vital", "social"}),
        ("conditions", set()),
    ],
)
def test_a_kind_is_a_noun_its_plural_or_a_type(filled: Client, typed: str, ids: set[str]) -> None:
    assert {str(row.id) for row in filled.records.list((typed,)).items} == ids


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do(filled: Client) -> None:
    with pytest.raises(InvalidInput, match="there are: allergy"):
        filled.records.list(("spells",))


def test_everything_is_listed_and_counted_without_a_kind(filled: Client) -> None:
    assert filled.records.list().total == 6
    assert filled.records.counts() == {
        "allergy": 1, "imagingstudy": 1, "lab": 1, "observation": 1, "patient": 1, "vital": 1,
    }  # fmt: skip


def test_a_record_is_shown_as_it_was_served_and_noted(filled: Client, portal: ScriptedPortal) -> None:
    for reference in ("lab", "Observation/lab"):
        shown = filled.records.show(reference)
        assert shown.fhir == portal.resources["Observation"]["lab"]
        assert shown.row.kind == "lab"
    assert audit(filled)[:2] == [("read", "Observation/lab")] * 2
    for reference in ("none", "Condition/lab"):
        with pytest.raises(NotFound):
            filled.records.show(reference)


def test_a_record_of_another_type_is_none_of_those_that_are_wanted(filled: Client) -> None:
    assert filled.records.find("AllergyIntolerance/a1", ("AllergyIntolerance",))[0].id == "a1"
    with pytest.raises(NotFound, match="no allergy matches `Observation/lab`"):
        filled.records.find("Observation/lab", ("AllergyIntolerance",))
    with pytest.raises(NotFound, match="no record matches"):
        filled.records.find("AllergyIntolerance/a1", ("Observation", "DiagnosticReport"))


def test_words_are_searched_by_their_beginnings_and_only_the_count_is_noted(filled: Client) -> None:
    assert [row.id for row in filled.records.search("gluc").items] == ["lab"]
    assert filled.records.search('"gluc* OR penicillin').total == 0
    assert filled.records.search("PENICILL").total == 1
    assert audit(filled)[:3] == [("search", "1 found"), ("search", "0 found"), ("search", "1 found")]
    for text in ("", "  ", '*"-'):
        with pytest.raises(InvalidInput):
            filled.records.search(text)


def test_a_search_may_be_cut(filled: Client) -> None:
    found = filled.records.search("p", limit=1)
    assert (len(found.items), found.total > 1, found.is_cut) == (1, True, True)


def test_labs_are_filtered_by_name_code_and_range(client: Client, portal: ScriptedPortal) -> None:
    high = {"interpretation": [{"coding": [{"code": "H"}]}]}
    normal = {"interpretation": [{"coding": [{"code": "N"}]}]}
    code = {"text": "Glucose", "coding": [{"code": "2339-0"}]}
    fill(
        client,
        portal,
        resource("Observation", "g1", code=code, effectiveDateTime="2025-01-01", **LAB, **high),
        resource("Observation", "g2", code=code, effectiveDateTime="2025-02-01", **LAB, **normal),
        resource("Observation", "s1", code={"text": "Sodium"}, effectiveDateTime="2025-03-01", **LAB),
        resource("Observation", "v1", code={"text": "Glucose by meter"}, **VITAL, **high),
    )
    assert [item.id for item in client.labs.list().items] == ["s1", "g2", "g1"]
    cut = client.labs.list(limit=1)
    assert (cut.items[0].id, cut.total) == ("s1", 3)
    assert [item.id for item in client.labs.list("gluCOSE").items] == ["g2", "g1"]
    assert [item.id for item in client.labs.list("2339-0").items] == ["g2", "g1"]
    assert client.labs.list("2339").total == 0
    assert [item.id for item in client.labs.list(abnormal=True).items] == ["g1"]
    named = client.labs.list("glucose", limit=1)
    assert (named.items[0].id, named.total) == ("g2", 2)
    assert [item.id for item in client.labs.list(kind="vital").items] == ["v1"]


def test_appointments_to_come_are_soonest_first_and_past_ones_newest_first(
    client: Client, portal: ScriptedPortal
) -> None:
    booked = {"status": "booked"}
    fill(
        client,
        portal,
        resource("Appointment", "later", start="2099-02-01T10:00:00Z", **booked),
        resource("Appointment", "soon", start="2099-01-01T10:00:00Z", **booked),
        resource("Appointment", "asked", status="proposed"),
        resource("Appointment", "gone", start="2020-01-01T10:00:00Z", **booked),
        resource("Appointment", "long-gone", start="2010-01-01T10:00:00Z", **booked),
        resource("Appointment", "off", start="2099-01-01T10:00:00Z", status="cancelled"),
    )
    assert [item.id for item in client.appointments.list().items] == ["asked", "soon", "later"]
    past = client.appointments.list(upcoming=False, past=True)
    assert [item.id for item in past.items] == ["off", "gone", "long-gone"]
    both = client.appointments.list(past=True, limit=4)
    assert (len(both.items), both.total) == (4, 6)
    assert client.appointments.show("Appointment/soon").start == client.appointments.list().items[1].start
    with pytest.raises(NotFound):
        client.appointments.show("none")

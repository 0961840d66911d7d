"""How a search is said in another way, decided from the portal's words."""

from __future__ import annotations

import pytest

from store.sync import quirks
from store.sync.quirks import QUIRKS, WAYS, alternatives, first_state, maker_of, next_state

REQUIRED = "a required element is missing"


@pytest.mark.parametrize(
    ("said", "maker"),
    [
        ("Epic", "epic"),
        ("Oracle Health Millennium", "oracle"),
        ("Cerner Corporation", "oracle"),
        ("athenahealth", "athena"),
        ("HAPI FHIR Server", ""),
        ("Medplum", ""),
        ("the epicentre of care", ""),
        ("", ""),
    ],
)
def test_a_maker_is_known_by_what_a_portal_says_of_itself(said: str, maker: str) -> None:
    assert maker_of(said) == maker


def test_every_quirk_is_about_a_way_that_there_is_and_has_a_source() -> None:
    known = {(way.type, way.name) for way in WAYS}
    for quirk in QUIRKS:
        assert (quirk.type, quirk.way) in known or (quirks.ANY_TYPE, quirk.way) in known
        assert quirk.source.startswith("https://")


def test_ways_have_names_of_their_own() -> None:
    assert len({(way.type, way.name) for way in WAYS}) == len(WAYS)
    for way in WAYS:
        assert all(way.parameter in name for pairs in way.alternatives for name, _ in pairs)


def test_a_maker_that_is_known_to_want_more_is_asked_so_at_once() -> None:
    assert first_state("epic", "Observation") == "category"
    assert first_state("epic", "Condition") == ""
    assert first_state("", "Observation") == ""


def test_a_maker_may_know_values_that_others_do_not() -> None:
    unknown, epic, athena = (alternatives("Observation", "category", maker) for maker in ("", "epic", "athena"))
    assert set(athena) < set(epic) == set(unknown)
    assert (("category", "smartdata"),) in epic


def test_the_parameter_that_a_portal_names_is_added() -> None:
    assert next_state("Observation", "", ["category or date is required"], [""]) == "category"
    assert next_state("Observation", "", ["search needs a date"], [""]) == "date"
    assert next_state("Observation", "category", ["date is missing"], ["", "category"]) == "category+date"
    assert next_state("AllergyIntolerance", "", ["missing clinical-status"], [""]) == "clinical-status"


def test_the_same_parameter_is_said_in_another_way() -> None:
    first = next_state("MedicationRequest", "", ["intent is required"], [""])
    assert first == "intent, two at once"
    assert next_state("MedicationRequest", first, ["intent is required"], ["", first]) == "intent"


def test_without_a_named_parameter_the_types_own_first_way_is_tried() -> None:
    assert next_state("Observation", "", ["bad request"], [""]) == "category"
    assert next_state("Observation", "category", ["bad request"], ["", "category"]) is None
    assert next_state("Observation", "category", [REQUIRED], ["", "category"]) == "status"


def test_a_type_without_ways_of_its_own_is_left_unless_something_is_required() -> None:
    assert next_state("Basic", "", ["bad request"], [""]) is None
    assert next_state("Basic", "", [REQUIRED], [""]) == "date"


@pytest.mark.parametrize("type_name", ["Observation", "MedicationRequest", "Basic", "Goal", "Appointment"])
@pytest.mark.parametrize("words", [["bad"], [REQUIRED], ["category, status, date and intent are required"]])
def test_the_ways_come_to_an_end(type_name: str, words: list[str]) -> None:
    state: str | None = ""
    tried = [""]
    for _ in range(100):
        state = next_state(type_name, state or "", words, tried)
        if state is None:
            return
        assert state not in tried
        assert alternatives(type_name, state, "epic")
        tried.append(state)
    pytest.fail("there is always one more")


def test_a_product_of_ways_says_each_of_them() -> None:
    found = alternatives("Condition", "category+clinical-status", "")
    assert len(found) == 3
    assert all([name for name, _ in pairs] == ["category", "clinical-status"] for pairs in found)


def test_a_search_by_the_patient_alone_says_nothing_more() -> None:
    assert alternatives("Observation", "", "epic") == ((),)


def test_a_state_of_another_release_is_not_known() -> None:
    with pytest.raises(KeyError):
        alternatives("Observation", "moon phase", "")

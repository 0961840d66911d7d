"""Three-way merge: nobody's change is lost, and what cannot be joined is told."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.records.lossless import canonical, decode
from store.sync.merge import MISSING, mine_first, same, stem, three_way

if TYPE_CHECKING:
    from store.records.elements import Json

HOME = {"system": "phone", "value": "111", "use": "home"}
WORK = {"system": "phone", "value": "222", "use": "work"}
MAIL = {"system": "email", "value": "ada@example.org"}
BASE: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "birthDate": "1970-01-01",
    "telecom": [HOME, WORK],
    "address": [{"city": "Lisbon", "line": ["Rua 1"]}],
    "maritalStatus": {"text": "Married"},
    "multipleBirthInteger": 2,
    "contact": [{"id": "c1", "gender": "male", "name": {"text": "Bo"}}],
    "text": {"status": "generated", "div": "<div/>"},
}


def changed(**parts: Any) -> Json:
    return {name: value for name, value in {**BASE, **parts}.items() if value is not MISSING}


def paths(base: Json, mine: Json, theirs: Json) -> list[str]:
    return [".".join(change.path) for change in three_way(base, mine, theirs).overlaps]


def test_changes_of_different_elements_are_joined() -> None:
    found = three_way(BASE, changed(birthDate="1971-01-01"), changed(maritalStatus={"text": "Single"}))
    assert found.value == changed(birthDate="1971-01-01", maritalStatus={"text": "Single"})
    assert found.overlaps == ()
    assert [(change.path, change.is_mine) for change in found.changes] == [
        (("birthDate",), True),
        (("maritalStatus",), False),
    ]


def test_the_same_change_on_both_sides_is_one() -> None:
    both = changed(birthDate="1971-01-01")
    assert (three_way(BASE, both, both).value, paths(BASE, both, both)) == (both, [])


def test_different_changes_of_one_element_overlap_and_either_can_be_preferred() -> None:
    mine, theirs = changed(birthDate="1971-01-01"), changed(birthDate="1972-01-01")
    assert paths(BASE, mine, theirs) == ["birthDate"]
    assert three_way(BASE, mine, theirs).value == theirs
    assert three_way(BASE, mine, theirs, mine_first).value == mine


def test_a_change_of_what_the_other_side_removed_overlaps() -> None:
    assert paths(BASE, changed(birthDate="1971-01-01"), changed(birthDate=MISSING)) == ["birthDate"]
    assert paths(BASE, changed(telecom=[WORK]), changed(telecom=[{**HOME, "use": "old"}, WORK])) == [
        "telecom.phone|111"
    ]


def test_items_that_can_be_told_apart_are_joined_one_by_one() -> None:
    mine = changed(telecom=[{**HOME, "use": "mobile"}, WORK])
    theirs = changed(telecom=[HOME, WORK, MAIL])
    assert three_way(BASE, mine, theirs).value["telecom"] == [{**HOME, "use": "mobile"}, WORK, MAIL]
    assert paths(BASE, mine, theirs) == []
    assert three_way(BASE, changed(telecom=[WORK]), theirs).value["telecom"] == [WORK, MAIL]
    assert three_way(BASE, changed(telecom=[MAIL, HOME, WORK]), changed(telecom=[WORK])).value["telecom"] == [
        MAIL,
        WORK,
    ]


def test_a_number_that_both_replaced_is_a_matter_for_the_patient() -> None:
    mine = changed(telecom=[{**HOME, "value": "333"}, WORK])
    theirs = changed(telecom=[{**HOME, "value": "444"}, WORK])
    assert paths(BASE, mine, theirs) == ["telecom"]
    assert paths(BASE, mine, changed(telecom=[WORK])) == ["telecom"]


def test_a_number_that_one_side_replaced_is_joined_with_an_addition_of_the_other() -> None:
    mine = changed(telecom=[{**HOME, "value": "333"}, WORK])
    merged = three_way(BASE, mine, changed(telecom=[HOME, WORK, MAIL]))
    assert merged.overlaps == ()
    assert merged.value["telecom"] == [{**HOME, "value": "333"}, WORK, MAIL]


def test_both_sides_may_begin_a_list_and_one_may_end_it() -> None:
    base = changed(telecom=MISSING)
    merged = three_way(base, changed(telecom=[HOME]), changed(telecom=[MAIL]))
    assert (merged.overlaps, merged.value["telecom"]) == ((), [HOME, MAIL])
    assert "telecom" not in three_way(BASE, changed(telecom=MISSING), BASE).value
    assert "telecom" not in three_way(BASE, changed(telecom=[WORK]), changed(telecom=[HOME])).value


def test_an_order_that_both_sides_changed_is_a_matter_for_the_patient() -> None:
    third = {"system": "phone", "value": "555"}
    base = changed(telecom=[HOME, WORK, third])
    assert paths(base, changed(telecom=[WORK, HOME, third]), changed(telecom=[third, HOME, WORK])) == ["telecom"]
    assert three_way(base, changed(telecom=[WORK, HOME, third]), base).value["telecom"] == [WORK, HOME, third]


@pytest.mark.parametrize(
    ("name", "mine", "theirs"),
    [
        ("address", [{"city": "Porto", "line": ["Rua 1"]}], [{"city": "Lisbon", "line": ["Rua 2"]}]),
        ("maritalStatus", {"text": "Single"}, {"text": "Married", "coding": [{"code": "M"}]}),
        ("text", {"status": "additional", "div": "<div/>"}, {"status": "generated", "div": "<div>x</div>"}),
    ],
)
def test_a_value_is_one_thing_and_never_half_of_each_side(name: str, mine: Any, theirs: Any) -> None:
    assert paths(BASE, changed(**{name: mine}), changed(**{name: theirs})) == [name]


def test_a_dose_is_never_made_of_a_number_of_one_side_and_a_unit_of_the_other() -> None:
    def dose(value: int, unit: str) -> Json:
        return {"resourceType": "Basic", "dose": {"value": value, "unit": unit}}

    assert paths(dose(5, "mg"), dose(10, "mg"), dose(5, "g")) == ["dose"]


def test_the_two_ways_to_say_a_choice_are_one_element() -> None:
    mine = changed(multipleBirthInteger=MISSING, multipleBirthBoolean=True)
    theirs = changed(multipleBirthInteger=3)
    merged = three_way(BASE, mine, theirs)
    assert [change.path for change in merged.overlaps] == [("multipleBirth",)]
    assert merged.value == theirs
    assert three_way(BASE, mine, BASE).value == mine


def test_an_element_and_its_extension_are_one_element() -> None:
    theirs = changed(_birthDate={"extension": [{"url": "u", "valueTime": "10:00:00"}]})
    assert paths(BASE, changed(birthDate="1971-01-01"), theirs) == ["birthDate"]


def test_parts_of_a_structure_are_joined_and_told_by_their_place() -> None:
    mine = changed(contact=[{"id": "c1", "gender": "female", "name": {"text": "Bo"}}])
    theirs = changed(contact=[{"id": "c1", "gender": "male", "name": {"text": "Bea"}}])
    merged = three_way(BASE, mine, theirs)
    assert merged.value["contact"] == [{"id": "c1", "gender": "female", "name": {"text": "Bea"}}]
    assert [change.path for change in merged.changes] == [("contact", "c1", "gender"), ("contact", "c1", "name")]


def test_items_that_cannot_be_told_apart_are_merged_as_a_whole() -> None:
    base = changed(contact=[{"gender": "male"}, {"gender": "female"}])
    mine, theirs = changed(contact=[{"gender": "male"}]), changed(contact=[{"gender": "other"}, {"gender": "female"}])
    assert paths(base, mine, theirs) == ["contact"]
    assert three_way(base, mine, base).value == mine
    twice = changed(telecom=[HOME, HOME])
    assert paths(twice, changed(telecom=[HOME]), changed(telecom=[HOME, HOME, MAIL])) == ["telecom"]


def test_digits_are_kept_and_count_as_a_change() -> None:
    base, mine = (
        decode(b'{"resourceType":"Basic","a":1.0,"b":2.50}'),
        decode(b'{"resourceType":"Basic","a":1.00,"b":2.50}'),
    )
    assert not same(base["a"], mine["a"])
    assert three_way(base, mine, base).value["a"].as_tuple() == Decimal("1.00").as_tuple()


def test_truth_is_not_the_number_one() -> None:
    base: Json = {"resourceType": "Basic", "active": 1}
    assert three_way(base, base, {"resourceType": "Basic", "active": True}).value["active"] is True


def test_what_is_nested_deeper_than_any_record_is_one_value() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = {"inner": deep}
    other = json.loads(json.dumps(deep).replace("x", "y"))
    merged = three_way({"a": deep}, {"a": other}, {"a": deep})
    assert merged.value == {"a": other}
    assert len(merged.changes[0].path) == 40


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("deceasedBoolean", "deceased"), ("_birthDate", "birth"), ("telecom", "telecom"), ("onsetDateTime", "onset")],
)
def test_names_of_choices_share_a_stem(name: str, wanted: str) -> None:
    assert stem(name) == wanted


# Properties

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = ["active", "gender", "birthDate", "_birthDate", "deceasedBoolean", "deceasedDateTime", "contact", "x", "y"]
scalars = st.one_of(
    st.text("abc", max_size=3),
    st.integers(-5, 5),
    st.booleans(),
    st.decimals(-9, 9, allow_nan=False, allow_infinity=False, places=2),
)
points = st.fixed_dictionaries(
    {"system": st.sampled_from(["phone", "email"]), "value": st.sampled_from("abcdef")},
    optional={"use": st.sampled_from(["home", "work"])},
)
contacts = st.lists(points, min_size=1, max_size=4, unique_by=lambda item: (item["system"], item["value"]))
lists = st.one_of(
    contacts,
    st.lists(scalars, min_size=1, max_size=3),
)
structures = st.dictionaries(st.sampled_from(NAMES), st.one_of(scalars, lists), min_size=1, max_size=4)
resources = st.dictionaries(st.sampled_from(NAMES), st.one_of(scalars, lists, structures), max_size=6).map(
    lambda found: {"resourceType": "Patient", **found}
)


@PATIENT
@given(resources, resources)
def test_a_merge_with_an_unchanged_side_is_the_other_side(base: Json, other: Json) -> None:
    for mine, theirs in ((base, other), (other, base), (other, other)):
        merged = three_way(base, mine, theirs)
        assert same(merged.value, other)
        assert merged.overlaps == ()


@PATIENT
@given(resources, resources, resources)
def test_what_overlaps_for_one_side_overlaps_for_the_other_and_else_the_sides_commute(
    base: Json, one: Json, other: Json
) -> None:
    there, back = three_way(base, one, other), three_way(base, other, one)
    assert {change.path for change in there.overlaps} == {change.path for change in back.overlaps}
    if not there.overlaps:
        assert same(unordered(there.value), unordered(back.value))
    mirrored = three_way(base, other, one, mine_first)
    assert same(unordered(there.value), unordered(mirrored.value))


@PATIENT
@given(resources, resources, resources)
def test_no_change_of_either_side_is_lost(base: Json, mine: Json, theirs: Json) -> None:
    merged = three_way(base, mine, theirs)
    for name in {*base, *mine, *theirs}:
        sides = [side.get(name, MISSING) for side in (base, mine, theirs)]
        found = merged.value.get(name, MISSING)
        told = [change for change in merged.changes if change.path[0] in {name, name.removeprefix("_"), stem(name)}]
        if not told:
            assert all(same(side, found) for side in sides)
        overlaps = any(change.is_overlap for change in told)
        alone = [side for side in sides[1:] if not same(side, sides[0])]
        if len(alone) == 1 and not overlaps:
            assert same(found, alone[0])
    for change in merged.changes:
        assert not same(change.base, change.mine) or not same(change.base, change.theirs)


@PATIENT
@given(contacts, contacts, contacts)
def test_every_addition_and_removal_of_an_item_stands_unless_it_is_told(
    base: list[Json], mine: list[Json], theirs: list[Json]
) -> None:
    merged = three_way({"telecom": base}, {"telecom": mine}, {"telecom": theirs})
    if any(change.path == ("telecom",) for change in merged.overlaps):
        return
    told = {change.path[-1] for change in merged.overlaps}
    before, one, other, after = map(by_name, (base, mine, theirs, merged.value.get("telecom", [])))
    for name in {*before, *one, *other} - told:
        sides = {name in one, name in other} - {name in before}
        assert (name in after) is (sides.pop() if sides else name in before)


@PATIENT
@given(resources, st.data())
def test_edits_of_different_elements_never_overlap(base: Json, data: st.DataObject) -> None:
    stems = sorted({stem(name) for name in NAMES})
    mine_stems = data.draw(st.sets(st.sampled_from(stems)))
    mine, theirs = dict(base), dict(base)
    for name in NAMES:
        side = mine if stem(name) in mine_stems else theirs
        value = data.draw(st.one_of(scalars, lists, structures, st.none()))
        if value is None:
            side.pop(name, None)
        else:
            side[name] = value
    merged = three_way(base, mine, theirs)
    assert merged.overlaps == ()
    wanted = {
        name: side[name] for name in NAMES for side in [mine if stem(name) in mine_stems else theirs] if name in side
    }
    assert same(merged.value, {"resourceType": "Patient", **wanted})


def unordered(value: Any) -> Any:
    """A value whose lists have one order: additions of both sides may come in either."""
    if isinstance(value, dict):
        return {name: unordered(inside) for name, inside in value.items()}
    return sorted(map(unordered, value), key=canonical) if isinstance(value, list) else value


def by_name(items: list[Json]) -> dict[str, Json]:
    return {f"{item['system']}|{item['value']}": item for item in items}

"""One list out of prescriptions, dispenses and what patients report: folded by RxNorm, and no dose ever hidden."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records import medication_folding as folding
from store.records import medications

if TYPE_CHECKING:
    from store.records.medications import Medication

NAME = "lisinopril 10 MG Oral Tablet"


def concept(*codes: str, text: str = NAME) -> dict[str, Any]:
    return {"coding": [{"system": folding.RXNORM, "code": code} for code in codes], "text": text}


def record(kind: str, record_id: str, directions: str = "", **more: Any) -> dict[str, Any]:
    name = "dosage" if kind == "MedicationStatement" else "dosageInstruction"
    code = concept("314076")
    found: dict[str, Any] = {
        "resourceType": kind,
        "id": record_id,
        "status": "active",
        "medicationCodeableConcept": code,
    }
    if directions:
        found[name] = [{"text": directions}]
    return {**found, **more}


def order(record_id: str = "o1", directions: str = "1 tablet daily", **more: Any) -> dict[str, Any]:
    return record("MedicationRequest", record_id, directions, **{"authoredOn": "2026-01-01", **more})


def own(record_id: str = "s1", directions: str = "1 tablet daily", **more: Any) -> dict[str, Any]:
    return record("MedicationStatement", record_id, directions, **more)


def dispense(record_id: str = "d1", directions: str = "1 tablet daily", **more: Any) -> dict[str, Any]:
    return record("MedicationDispense", record_id, directions, **{"whenHandedOver": "2026-10-02", **more})


def folded(*records: dict[str, Any], past: tuple[str, ...] = (), given_for: str = "") -> list[Medication]:
    entries = [
        folding.entry(
            medications.read(one),
            one,
            {},
            given_for if one["resourceType"] == "MedicationDispense" else "",
            is_current=one["id"] not in past,
        )
        for one in records
    ]
    return list(folding.fold(entries))


def ids(found: list[Medication]) -> set[str]:
    return {str(one.id) for one in found}


def test_a_prescription_stands_for_its_dispense_and_for_what_the_patient_reports() -> None:
    (found,) = folded(own(), dispense(), order())
    assert (found.id, found.source) == ("o1", "prescribed")
    assert found.folded == ("statement (s1)", "dispense of 2026-10-02 (d1)")
    assert found.filled
    assert found.filled.text == "2026-10-02"


@pytest.mark.parametrize("other", ["half a tablet daily", "2 tablets daily", "1 tablet twice daily"])
def test_other_directions_stay_apart_and_say_so(other: str) -> None:
    found = folded(order(), own(directions=other))
    assert ids(found) == {"o1", "s1"}
    assert [one.directions for one in found if one.id == "s1"] == [other]
    assert [one.differs for one in found if one.id == "s1"] == ["prescription of 2026-01-01 (o1)"]


def test_the_same_words_with_other_numbers_stay_apart() -> None:
    def numbers(amount: str) -> list[dict[str, Any]]:
        repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
        dose = {"value": Decimal(amount), "unit": "tablet"}
        return [{"text": "as directed", "timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": dose}]}]

    assert len(folded(order(dosageInstruction=numbers("1")), own(dosage=numbers("0.5")))) == 2
    assert len(folded(order(dosageInstruction=numbers("1")), own(dosage=numbers("1.0")))) == 1


def test_what_tells_no_directions_takes_those_of_the_other() -> None:
    (found,) = folded(order(directions=""), own())
    assert (found.id, found.directions) == ("o1", "1 tablet daily")


def test_a_dispense_belongs_to_its_order_whatever_it_is_called() -> None:
    given = dispense(medicationCodeableConcept={"text": "ZESTRIL"})
    assert ids(folded(order(), given, given_for="o1")) == {"o1"}
    assert ids(folded(order(), given)) == {"o1", "d1"}


def test_without_an_rxnorm_code_nothing_is_folded() -> None:
    plain = {"text": NAME}
    elsewhere = {"coding": [{"system": "urn:local", "code": "314076"}], "text": NAME}
    for one in (plain, elsewhere):
        assert len(folded(order(medicationCodeableConcept=one), own(medicationCodeableConcept=one))) == 2


def test_a_code_of_the_ingredient_folds_no_other_strength() -> None:
    ten = concept("314076", "29046")
    twenty = concept("314077", "29046", text="lisinopril 20 MG Oral Tablet")
    assert len(folded(order(medicationCodeableConcept=ten), own(medicationCodeableConcept=twenty))) == 2
    brand = concept("104377", "314076", text="Zestril 10 mg tablet")
    assert len(folded(order(medicationCodeableConcept=ten), own(medicationCodeableConcept=brand))) == 1


def test_what_is_over_is_not_folded_into_what_is_taken() -> None:
    assert ids(folded(order(), order("old"), past=("old",))) == {"o1", "old"}


RECORDS = st.lists(
    st.tuples(
        st.sampled_from([order, own, dispense]),
        st.sampled_from(["", "1 daily", "2 daily", "half at night"]),
        st.lists(st.sampled_from(["1", "2", "3"]), max_size=2),
        st.booleans(),
    ),
    max_size=8,
)


@given(RECORDS)
def test_every_entry_is_listed_or_named_and_every_way_to_take_a_medicine_is_shown(
    made: list[tuple[Any, str, list[str], bool]],
) -> None:
    records = [
        build(f"r{place}", directions, medicationCodeableConcept=concept(*codes))
        for place, (build, directions, codes, _) in enumerate(made)
    ]
    past = tuple(f"r{place}" for place, one in enumerate(made) if one[3])
    found = folded(*records, past=past)
    named = " ".join(words for one in found for words in one.folded)
    for place, (_, directions, codes, _) in enumerate(made):
        assert f"r{place}" in ids(found) or f"(r{place})" in named
        shown = {str(one.directions) for one in found if one.id == f"r{place}" or f"(r{place})" in " ".join(one.folded)}
        assert not directions or shown == {directions}, (directions, codes)
    assert len(found) + sum(len(one.folded) for one in found) == len(made)

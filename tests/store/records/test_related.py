"""Who acts for a patient, and until when."""

from __future__ import annotations

from typing import Any

import pytest

from store.records import related

DAY = 86_400
END = 1_767_139_200  # 2025-12-31 00:00 UTC


def person(**parts: Any) -> dict[str, Any]:
    return {"resourceType": "RelatedPerson", "id": "m", **parts}


def consent(end: str, *, status: str = "active", actor: str = "RelatedPerson/m") -> dict[str, Any]:
    provision = {"period": {"end": end}, "actor": [{"reference": {"reference": actor}}]}
    return {"resourceType": "Consent", "status": status, "provision": provision}


@pytest.mark.parametrize(
    ("end", "last"),
    [("2025-12-31", END + DAY - 1), ("2025-12-31T12:00:00Z", END + DAY // 2 - 1)],
)
def test_the_last_day_of_a_right_belongs_to_it(end: str, last: int) -> None:
    acting = related.read(person(period={"end": end}))
    assert not acting.is_over(last)
    assert acting.is_over(last + 1)


def test_a_right_without_an_end_goes_on_until_it_is_taken_away() -> None:
    assert not related.read(person()).is_over(END * 10)
    assert not related.read(person(period={"end": "no date"})).is_over(END * 10)
    assert related.read(person(active=False)).is_over(0)


def test_the_earliest_end_counts_of_those_that_are_about_this_right() -> None:
    consents = [consent("2026-06-01"), consent("2025-12-31"), consent("2020-01-01", actor="RelatedPerson/other")]
    found = related.read(person(period={"end": "2027-01-01"}), consents)
    assert found.ends is not None
    assert found.ends.text == "2025-12-31"
    assert related.read(person(), [consent("2999-01-01", status="inactive")]).is_over(0)
    assert not related.read(person(), [consent("2999-01-01", status="inactive", actor="RelatedPerson/x")]).is_over(0)


def test_a_person_names_whom_they_are_one_with() -> None:
    links = [{"target": {"reference": "https://p.example/fhir/RelatedPerson/m/_history/2"}}, {"target": "x"}, 3]
    assert "RelatedPerson/m" in related.linked({"resourceType": "Person", "link": links})
    assert related.linked({}) == ()

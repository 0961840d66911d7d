from __future__ import annotations

from typing import Any

from store.records.lossless import decode
from store.sync.conflicts import Again, Arrived, Overlap, is_unchanged, judge, merge

BASE: dict[str, Any] = {
    "resourceType": "Patient",
    "meta": {"versionId": "1", "tag": [{"code": "x"}]},
    "gender": "male",
    "active": True,
}


def version(number: str, **parts: Any) -> dict[str, Any]:
    return {**BASE, **parts, "meta": {"versionId": number, "lastUpdated": "2026-01-01", "tag": [{"code": "x"}]}}


def test_a_change_that_the_portal_has_has_arrived_whatever_else_is_new_there() -> None:
    assert judge(BASE, {**BASE, "gender": "female"}, version("2", gender="female")) == Arrived()
    assert judge(BASE, {**BASE, "gender": "female"}, version("3", gender="female", active=False)) == Arrived()


def test_a_change_that_touches_nothing_of_the_portals_is_carried_over_with_its_marks() -> None:
    verdict = judge(BASE, {**BASE, "gender": "female"}, version("2", active=False))
    assert isinstance(verdict, Again)
    assert decode(verdict.body) == version("2", gender="female", active=False)


def test_a_change_of_the_same_thing_has_to_be_decided() -> None:
    verdict = judge(BASE, {**BASE, "gender": "female"}, version("2", gender="other"))
    assert isinstance(verdict, Overlap)
    assert [change.path for change in verdict.merged.overlaps] == [("gender",)]


def test_the_marks_of_the_portal_are_no_change_even_if_the_patients_version_lost_them() -> None:
    mine = {name: value for name, value in BASE.items() if name != "meta"} | {"gender": "female"}
    merged = merge({**BASE, "meta": {"versionId": "1"}}, mine, {**BASE, "meta": {"versionId": "2"}})
    assert merged.overlaps == ()
    assert merged.value["meta"] == {"versionId": "2"}


def test_a_record_with_another_version_and_the_same_content_is_unchanged() -> None:
    assert is_unchanged(BASE, version("7"))
    assert not is_unchanged(BASE, version("7", active=False))

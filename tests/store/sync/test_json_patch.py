from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.sync.json_patch import operations
from store.sync.merge import same
from tests.support.writable import PatchFailed, apply

if TYPE_CHECKING:
    from store.records.elements import Json

BASE: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "male",
    "contact": {"x": 1, "y": 2},
    "name": [{"text": "A"}],
}


def test_what_is_replaced_and_removed_is_tested_first() -> None:
    changed = {"resourceType": "Patient", "id": "p1", "gender": "female", "contact": {"x": 1, "y": 2}, "active": True}
    assert operations(BASE, changed) == [
        {"op": "test", "path": "/gender", "value": "male"},
        {"op": "test", "path": "/name", "value": [{"text": "A"}]},
        {"op": "replace", "path": "/gender", "value": "female"},
        {"op": "remove", "path": "/name"},
        {"op": "add", "path": "/active", "value": True},
    ]


def test_a_patch_that_only_adds_tests_that_it_is_that_record() -> None:
    assert operations(BASE, {**BASE, "active": True})[0] == {"op": "test", "path": "/id", "value": "p1"}


def test_only_the_member_that_differs_is_touched_and_names_are_escaped() -> None:
    base, changed = {"id": "p1", "a/b": {"c~d": 1, "e": 2}}, {"id": "p1", "a/b": {"c~d": 3, "e": 2}}
    assert operations(base, changed)[1:] == [{"op": "replace", "path": "/a~1b/c~0d", "value": 3}]


def test_the_marks_of_the_portal_are_left_alone() -> None:
    changed = {**BASE, "id": "other", "resourceType": "Person", "meta": {"versionId": "9"}}
    assert operations(BASE, changed) == [{"op": "test", "path": "/id", "value": "p1"}]


def test_a_record_that_has_changed_fails_the_test() -> None:
    patch = operations(BASE, {**BASE, "gender": "female"})
    with pytest.raises(PatchFailed):
        apply({**BASE, "gender": "other"}, patch)


values = st.recursive(
    st.one_of(st.integers(-3, 3), st.booleans(), st.text("ab/~", max_size=2)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
resources = st.dictionaries(st.sampled_from(["gender", "a", "b", "~", "/"]), values, max_size=4).map(
    lambda found: {"resourceType": "Patient", "id": "p1", **found}
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(resources, resources)
def test_a_patch_turns_one_version_into_the_other(base: Any, changed: Any) -> None:
    patch = operations(base, changed)
    assert patch[0]["op"] == "test"
    assert same(apply(base, patch), changed)

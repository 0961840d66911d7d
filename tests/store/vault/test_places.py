"""A set of primary keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.vault.places import Places


@given(st.lists(st.lists(st.integers(1, 300_000), max_size=20), max_size=5))
def test_it_holds_what_was_put_in_and_nothing_else(groups: list[list[int]]) -> None:
    places = Places()
    for group in groups:
        places.update(group)
    known = {place for group in groups for place in group}
    asked = known | {place + step for place in known for step in (-1, 1)} | {0, 400_000}
    assert {place for place in asked if place in places} == known
    assert bool(places) == bool(known)

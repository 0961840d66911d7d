from __future__ import annotations

import pytest

from store.records import spelling


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("lisinopril", "lisinopril", 0),
        ("lisinoprl", "lisinopril", 1),
        ("lisinorpil", "lisinopril", 1),
        ("insulin", "insuline", 1),
        ("metfromni", "metformin", 2),
        ("abc", "xyz", 3),
        ("a", "abcdefg", 3),
    ],
)
def test_slips_are_counted_up_to_a_bound(one: str, other: str, steps: int) -> None:
    assert spelling.distance(one, other, 2) == steps == spelling.distance(other, one, 2)


def test_the_nearest_come_first_and_of_these_the_most_used() -> None:
    uses = {"penicilin": 1, "penicillins": 9, "penicillin": 5, "pencil": 100}
    assert spelling.nearest("Penicillin", uses, uses.__getitem__) == ["penicillins", "penicilin"]
    assert spelling.nearest("pencillin", uses, uses.__getitem__)[0] == "penicillin"


def test_short_words_have_no_neighbours_and_long_ones_a_second_slip() -> None:
    assert spelling.nearest("abc", ["abd"], len) == []
    assert spelling.nearest("abcd", ["abxx", "abcx"], len) == ["abcx"]
    assert spelling.nearest("abcdefgh", ["abcdefxx"], len) == ["abcdefxx"]

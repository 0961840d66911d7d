"""Columns that do not fit are folded between words first, and a narrow gap comes before a broken word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal_cli.fitting import fitted, longest_word

WIDTHS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=8)


def test_what_fits_is_as_wide_as_it_would_be() -> None:
    assert fitted([10, 6], [4, 6], 18, 2) == ([10, 6], 2)


def test_the_widest_column_gives_first_and_no_column_more_than_its_words_allow() -> None:
    assert fitted([30, 12, 6], [8, 12, 6], 40, 2) == ([18, 12, 6], 2)
    assert fitted([30, 28], [20, 8], 40, 2) == ([20, 18], 2)


def test_a_narrow_gap_comes_before_a_broken_word() -> None:
    assert fitted([20, 20, 20], [10, 10, 10], 33, 2) == ([10, 10, 11], 1)


def test_a_word_that_is_too_long_for_any_column_may_be_broken() -> None:
    assert longest_word(["of the laboratory", "x"]) == len("laboratory")
    assert longest_word(["at https://portal.example/fhir/Binary/1 or elsewhere"]) == len("elsewhere")
    assert longest_word([]) == 0


@given(WIDTHS, st.integers(80, 200))
def test_whatever_the_columns_are_they_fit_the_line(columns: list[tuple[int, int]], width: int) -> None:
    natural = [each for each, _ in columns]
    widths, gap = fitted(natural, [min(pair) for pair in columns], width, 2)
    assert sum(widths) + gap * (len(widths) - 1) <= width
    assert all(found <= wish for found, wish in zip(widths, natural, strict=True))

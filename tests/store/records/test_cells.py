"""How many cells a text takes, and words in lines that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records.cells import cell_width, filled


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👍", 2), ("", 0), ("a\u200db", 2), ("co\u00adop", 5), ("Ärzte", 5)],
)
def test_the_width_of_a_text_counts_cells_of_the_terminal(text: str, width: int) -> None:
    assert cell_width(text) == width


def test_words_fill_lines_and_one_that_is_too_long_is_broken() -> None:
    assert filled(["to", "be", "or", "not"], 5) == ["to be", "or", "not"]
    assert filled(["a", "x" * 12], 5) == ["a", "x" * 5, "x" * 5, "xx"]
    assert filled(["日本語"], 5) == ["日本", "語"]
    assert filled(["日"], 1) == ["日"]
    assert filled([], 5) == [""]


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_filled_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = filled(text.split(), width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())

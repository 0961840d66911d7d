"""Columns fit their line, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.columns import Cell, Column, Row, cut, line, widths
from tui.nouns import NOUNS


def row(*texts: str) -> Row:
    return Row("key", tuple(map(Cell, texts)))


def test_words_are_found_in_any_cell_with_accents_or_without() -> None:
    shown = row("Tue 24 Nov", "Åsa Åkervärn, MD")
    assert shown.has_words("akerv")
    assert shown.has_words("NOV Å")
    assert shown.has_words("")
    assert not shown.has_words("akerv dec")


def test_a_column_is_as_wide_as_its_widest_cell() -> None:
    assert widths((Column(20), Column(20)), [row("ab", "c"), row("abcd", "")], 40) == (4, 1)


def test_an_empty_column_takes_no_room() -> None:
    columns = (Column(20), Column(20), Column(20))
    found = widths(columns, [row("ab", "", "c")], 40)
    assert [cell.text for cell in line(columns, row("ab", "", "c"), found)] == ["ab  ", "c  "]


def test_a_line_that_is_too_long_is_cut_where_a_column_allows_it() -> None:
    columns = (Column(40, least=6), Column(10))
    found = widths(columns, [row("a long sentence of words", "value")], 17)
    assert found == (10, 5)
    assert "".join(cell.text for cell in line(columns, row("a long sentence of words", "value"), found)) == (
        "a long se…  value  "
    )


def test_a_column_grows_into_the_room_that_is_left_before_anything_is_cut() -> None:
    columns = (Column(6, least=4), Column(8, least=4), Column(3))
    texts = row("twelve cells", "a little more than eight", "abc")
    assert widths(columns, [texts], 60) == (12, 24, 3)
    assert widths(columns, [texts], 31) == (12, 12, 3)
    assert widths(columns, [texts], 21) == (6, 8, 3)


def test_a_column_is_left_out_on_a_line_that_is_too_short_for_it() -> None:
    assert widths((Column(9), Column(9, from_width=50)), [row("ab", "cd")], 40) == (2, 0)


def test_whose_a_line_is_is_cut_after_all_else() -> None:
    assert cut("Cholesterol in LDL · Ben Doe", 20) == "Cholester… · Ben Doe"
    assert cut("Iron · Bartholomew Featherstonehaugh", 24) == "Iron · Bartholomew Feat…"
    assert cut("Cholesterol in LDL · Bartholomew Featherstonehaugh", 24) == "Cholest… · Bartholomew… "


@given(st.text() | st.lists(st.text(max_size=9)).map(" · ".join), st.integers(min_value=0, max_value=60))
def test_a_cut_text_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(cut(text.replace("\n", " "), width)) == width


@given(st.sampled_from(NOUNS), st.integers(min_value=0, max_value=200), st.data())
def test_columns_of_a_line_have_exactly_their_widths(noun: object, total: int, data: st.DataObject) -> None:
    columns = next(item.columns for item in NOUNS if item is noun)
    rows = data.draw(st.lists(st.tuples(*(st.text(max_size=80) for _ in columns)).map(lambda texts: row(*texts))))
    drawn = widths(columns, rows, total)
    for each in rows:
        assert sum(cell_len(cell.text) for cell in line(columns, each, drawn)) == sum(
            width + 2 for width in drawn if width
        )

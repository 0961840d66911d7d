from __future__ import annotations

from store.documents.blocks import Heading, Item, Paragraph, Table
from store.documents.layout import Layout, lay_out, wrapped
from store.records.text import sanitize

RESULTS = Table(
    tuple(map(sanitize, ("Name", "Result", "Reference range"))),
    tuple(
        tuple(map(sanitize, row))
        for row in (("Hemoglobin in blood", "13.2 g/dL", "12.0 to 15.5 g/dL"), ("Sodium", "140 mmol/L", "135 to 145"))
    ),
    sanitize("Results"),
)


def test_a_table_that_fits_has_its_columns_under_one_another() -> None:
    assert lay_out([RESULTS], Layout(80)).split("\n") == [
        "Results",
        "Name                 Result      Reference range",
        "-------------------  ----------  -----------------",
        "Hemoglobin in blood  13.2 g/dL   12.0 to 15.5 g/dL",
        "Sodium               140 mmol/L  135 to 145",
    ]


def test_a_table_that_does_not_fit_is_folded_and_then_told_row_by_row() -> None:
    folded = lay_out([RESULTS], Layout(40)).split("\n")
    assert max(map(len, folded)) <= 40
    assert folded[1].startswith("Name ")
    wide = Table((), ((sanitize("one two three four five six"),) * 12,))
    assert "Column 12: one two three" in lay_out([wide], Layout(60))


def test_a_screen_reader_is_told_each_cell_after_its_column() -> None:
    told = lay_out([Heading(sanitize("Labs"), 2), RESULTS], Layout(80, linear=True))
    assert told.startswith("Heading 2: Labs\n\nResults\nName: Hemoglobin in blood\nResult: 13.2 g/dL\n")
    assert not any("\u2500" <= sign <= "\u259f" for sign in told)


def test_items_stand_together_and_under_one_another() -> None:
    items = [Item(sanitize("a b c d e f g h i j k l"), sanitize("-")), Item(sanitize("x"), sanitize("1."), 1)]
    assert (
        lay_out([*items, Paragraph(sanitize("after"))], Layout(20)) == "- a b c d e f g h i\n  j k l\n  1. x\n\nafter"
    )


def test_a_line_without_a_space_is_broken_and_one_that_fits_keeps_its_spaces() -> None:
    assert wrapped("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert wrapped("日" * 6, 5) == ["日日", "日日", "日日"]
    assert wrapped("a   b", 10) == ["a   b"]
    assert wrapped("", 10) == [""]

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

import pytest

from portal_cli.csv_text import cell, encode


@dataclass(frozen=True)
class Part:
    name: str


@dataclass(frozen=True)
class Row:
    title: str
    number: Decimal | None
    people: tuple[str, ...]
    parts: tuple[Part, ...]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\uff1d1"])
def test_a_text_that_a_spreadsheet_would_run_is_put_behind_a_quote(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1.5", "+3", "7", "negative", "a=b", ""])
def test_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_a_row_has_the_columns_in_their_order_and_says_everything() -> None:
    rows = [Row('a "b", c\nd', Decimal("-1.00"), ("A", "B"), (Part("x"),)), Row("=x", None, (), ())]
    found = list(csv.reader(io.StringIO(encode(rows, ("title", "number", "people", "parts")), newline="")))
    assert found == [
        ["title", "number", "people", "parts"],
        ['a "b", c\nd', "-1.00", "A; B", '[{"name": "x"}]'],
        ["'=x", "", "", ""],
    ]

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

import pytest

from portal_cli.json_text import decode, encode
from store.records import dates


@dataclass(frozen=True)
class Sample:
    name: str
    amount: Decimal | None
    date: dates.FhirDate | None
    secret: bytes = b"not for print"


@pytest.mark.parametrize("digits", ["1.00", "0.10", "-5", "100", "1E+2", "0E-10", "12345678901234567890.123456789"])
def test_a_decimal_keeps_its_own_digits(digits: str) -> None:
    assert encode(Decimal(digits)) == digits
    assert json.loads(encode(Decimal(digits)), parse_float=Decimal, parse_int=Decimal) == Decimal(digits)


def test_fields_keep_their_names_dates_their_text_and_bytes_stay_away() -> None:
    sample = Sample("A", Decimal("1.50"), dates.parse("2024-02"))
    assert encode(sample) == '{"name": "A", "amount": 1.50, "date": "2024-02"}'


def test_what_is_absent_is_null() -> None:
    assert json.loads(encode(Sample("", None, None))) == {"name": "", "amount": None, "date": None}


@pytest.mark.parametrize(
    "letter", ["\x1b", "\x00", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "\ud800"]
)
def test_what_could_steer_a_terminal_is_written_as_an_escape(letter: str) -> None:
    written = encode({"text": f"a{letter}b"})
    assert letter not in written
    assert "\\u" in written
    written.encode("utf-8")
    assert json.loads(written) == {"text": f"a{letter}b"}


def test_letters_of_every_script_stay_readable() -> None:
    assert encode("Größe 身長 👩‍⚕️") == '"Größe 身長 👩‍⚕️"'


def test_an_indented_document_says_the_same_as_one_line() -> None:
    value = {"a": [1, {"b": []}], "c": {}, "d": [True, None, "x"]}
    assert json.loads(encode(value, 2)) == json.loads(encode(value)) == value
    assert encode([1, {"a": 2}], 2) == json.dumps([1, {"a": 2}], indent=2)


def test_a_document_that_was_read_is_written_with_the_same_digits() -> None:
    assert encode(decode(b'{"value": 1.00, "low": 0.50}')) == '{"value": 1.00, "low": 0.50}'

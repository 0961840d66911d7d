"""Reference ranges: rounding, and what a value within or outside a range is called."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_cli.sandbox.generator.analytes import ANALYTES
from portal_cli.sandbox.generator.ranges import interpret


@pytest.mark.parametrize(
    ("analyte", "value", "flag"),
    [
        ("potassium", "2.7", "LL"),
        ("potassium", "3.4", "L"),
        ("potassium", "3.5", "N"),
        ("potassium", "5.3", "N"),
        ("potassium", "5.4", "H"),
        ("potassium", "6.3", "HH"),
        ("ldl", "20", "N"),
        ("egfr", "120", "N"),
    ],
)
def test_the_ends_of_a_range_belong_to_it(analyte: str, value: str, flag: str) -> None:
    assert interpret(ANALYTES[analyte], "female", Decimal(value)) == flag


def test_a_range_may_differ_by_sex() -> None:
    hemoglobin = ANALYTES["hemoglobin"]
    assert interpret(hemoglobin, "female", Decimal("12.5")) == "N"
    assert interpret(hemoglobin, "male", Decimal("12.5")) == "L"


def test_a_value_keeps_the_precision_of_its_laboratory() -> None:
    assert str(ANALYTES["creatinine"].round(0.9)) == "0.90"
    assert str(ANALYTES["hba1c"].round(7.05)) == "7.1"
    assert str(ANALYTES["urine_albumin"].round(-0.2)) == "0.0"


def test_no_two_analytes_share_a_loinc_code() -> None:
    codes = [analyte.loinc for analyte in ANALYTES.values()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("code", [analyte.loinc for analyte in ANALYTES.values()])
def test_every_loinc_code_has_its_right_check_digit(code: str) -> None:
    digits, _, check = code.partition("-")
    weighted = "".join(str(int(digit) * (2 if index % 2 == 0 else 1)) for index, digit in enumerate(reversed(digits)))
    assert -sum(map(int, weighted)) % 10 == int(check)

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.records import analytes, units


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("mg/dl", "mg/dL"), ("µmol/L", "umol/L"), ("\u03bcg/dl", "ug/dL"), ("mcg/L", "ug/L"), ("K/uL", "10*3/uL"),
        ("10^3/uL", "10*3/uL"), ("x10E3/uL", "10*3/uL"), ("10e9/L", "10*9/L"), ("mm Hg", "mm[Hg]"), ("mmHg", "mm[Hg]"),
        ("°C", "Cel"), ("C", "Cel"), ("lbs", "[lb_av]"), ("beats/minute", "/min"), ("mIU/mL", "m[IU]/mL"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"), ("mmol/L", "mmol/L"), ("Cel", "Cel"), ("mol", "mol"), ("", ""),
    ],
)  # fmt: skip
def test_a_unit_has_one_spelling(written: str, unit: str) -> None:
    assert units.canonical(written) == unit


def test_the_code_of_ucum_stands_before_the_words_and_any_other_code_behind() -> None:
    assert units.of_quantity("mm[Hg]", units.UCUM, "millimetres") == "mm[Hg]"
    assert units.of_quantity("258813002", "http://snomed.info/sct", "mmol/L") == "mmol/L"


@pytest.mark.parametrize(
    ("value", "unit", "to", "code", "converted"),
    [
        ("5.40", "10*3/uL", "10*9/L", "", "5.40"),
        ("13.2", "g/dL", "g/L", "", "132"),
        ("2.30", "m[IU]/L", "u[IU]/mL", "", "2.30"),
        ("0.45", "L/L", "%", "", "45"),
        ("98.6", "[degF]", "Cel", "8310-5", "37.0"),
        ("150", "[lb_av]", "kg", "29463-7", "68.0"),
        ("120", "mm[Hg]", "kPa", "8480-6", "16.0"),
        ("100", "mg/dL", "mmol/L", "2345-7", "5.55"),
        ("5.55", "mmol/L", "mg/dL", "14749-6", "100"),
        ("200", "mg/dL", "mmol/L", "2093-3", "5.17"),
        ("1.00", "mg/dL", "umol/L", "2160-0", "88.4"),
        ("140", "meq/L", "mmol/L", "2951-2", "140"),
        ("48", "mmol/mol", "%", "4548-4", "6.54"),
        ("6.5", "%", "mmol/mol", "4548-4", "47.5"),
    ],
)
def test_what_is_certain_is_converted_to_the_digits_that_were_measured(
    value: str, unit: str, to: str, code: str, converted: str
) -> None:
    found = units.convert(Decimal(value), unit, to, code)
    assert found == Decimal(converted)


@pytest.mark.parametrize(
    ("unit", "to", "code"),
    [
        ("mg/dL", "mmol/L", ""),  # of what is not known
        ("mg/dL", "mmol/L", "3094-0"),  # urea or its nitrogen
        ("meq/L", "mmol/L", "2000-8"),  # calcium has two charges
        ("%", "mmol/mol", "718-7"),
        ("mg/g", "%", ""),  # a fraction of masses is none of numbers
        ("ng/mL{FEU}", "ng/mL{DDU}", "48065-7"),
        ("ng/mL{FEU}", "ug/L", "48065-7"),
        ("mL/min/{1.73_m2}", "mL/min", "33914-3"),
        ("[IU]/L", "U/L", ""),
        ("{score}", "%", ""),
        ("{score}", "{nominal}", ""),
        ("mg/dL", "", "2345-7"),
        ("", "mg/dL", "2345-7"),
        ("unheard of", "kg", ""),
        ("10*999999999", "1", ""),
        ("m" * 500, "m", ""),
        ("(" * 39, "m", ""),
        ("\u0660", "m", ""),
    ],
)
def test_what_is_not_certain_is_not_converted(unit: str, to: str, code: str) -> None:
    assert units.convert(Decimal("4.2"), unit, to, code) is None


def test_there_and_back_is_where_it_was() -> None:
    for molecule in analytes.MOLECULES:
        if molecule.weight:
            there = units.convert(Decimal("123.4"), "mg/dL", "mmol/L", molecule.codes[0])
            assert there is not None
            back = units.convert(there, "mmol/L", "mg/dL", molecule.codes[-1])
            assert back is not None
            assert abs(back - Decimal("123.4")) < Decimal("0.1"), molecule.name


def test_every_code_of_a_molecule_is_one_of_loinc_and_of_no_other() -> None:
    codes = [code for molecule in analytes.MOLECULES for code in molecule.codes]
    assert all(map(analytes.is_loinc, codes))
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    "code", ["2345-8", "2345", "", "x2345-7", "2345-77", "12345678-9", "\N{FULLWIDTH DIGIT TWO}345-7"]
)
def test_a_code_with_another_check_digit_is_none_of_loinc(code: str) -> None:
    assert not analytes.is_loinc(code)


@settings(max_examples=60, deadline=None)
@given(st.text("mgdLuol/{}[]%0123456789*^.-eqUI() ", max_size=45), st.sampled_from(["mg/dL", "%", "1", "/min"]))
def test_any_text_as_a_unit_is_converted_or_not_and_raises_nothing(unit: str, to: str) -> None:
    found = units.convert(Decimal("1.5"), units.canonical(unit), to)
    assert found is None or found.is_finite()

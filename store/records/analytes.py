"""What is measured: results of the same thing told by their LOINC codes, also where laboratories count it differently.

`MOLECULES` has only what is certain: codes whose component is one molecule or ion, in the same specimen, so that mass
and amount of substance differ by its weight and by nothing else. Urea (reported as its nitrogen by some), phosphate
(as phosphorus) and mixtures such as vitamin B12 or D2 with D3 are not among them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json

LOINC = "http://loinc.org"
_LOINC_CODE = re.compile(r"(\d{1,7})-(\d)\Z", re.ASCII)
_LOINC_SYSTEMS = frozenset({LOINC, "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1"})


@dataclass(frozen=True, slots=True)
class Molecule:
    """One thing that is measured under several codes: `weight` in grams per mole, 0 where it is not needed."""

    name: str
    codes: tuple[str, ...]
    weight: Decimal = Decimal(0)
    is_monovalent: bool = False
    is_hba1c: bool = False


# HbA1c as laboratories of different schools report it (NGSP in %, IFCC in mmol/mol): the master equation of both.
HBA1C_TO_PERCENT = (Decimal("0.09148"), Decimal("2.152"))
HBA1C_TO_IFCC = (1 / Decimal("0.09148"), -Decimal("2.152") / Decimal("0.09148"))

MOLECULES = (
    Molecule("Glucose in serum or plasma", ("2345-7", "14749-6"), Decimal("180.156")),
    Molecule("Fasting glucose in serum or plasma", ("1558-6", "14771-0"), Decimal("180.156")),
    Molecule("Glucose in blood", ("2339-0", "15074-8"), Decimal("180.156")),
    Molecule("Cholesterol", ("2093-3", "14647-2"), Decimal("386.65")),
    Molecule("HDL cholesterol", ("2085-9", "14646-4"), Decimal("386.65")),
    Molecule("LDL cholesterol, calculated", ("13457-7", "39469-2"), Decimal("386.65")),
    Molecule("LDL cholesterol", ("2089-1", "22748-8"), Decimal("386.65")),
    Molecule("Creatinine in serum or plasma", ("2160-0", "14682-9"), Decimal("113.12")),
    Molecule("Creatinine in blood", ("38483-4", "59826-8"), Decimal("113.12")),
    Molecule("Urate in serum or plasma", ("3084-1", "14933-6"), Decimal("168.11")),
    Molecule("Bilirubin, total", ("1975-2", "14631-6"), Decimal("584.66")),
    Molecule("Bilirubin, direct", ("1968-7", "14629-0"), Decimal("584.66")),
    Molecule("Calcium in serum or plasma", ("17861-6", "2000-8"), Decimal("40.078")),
    Molecule("Magnesium in serum or plasma", ("19123-9", "2601-3"), Decimal("24.305")),
    Molecule("Iron in serum or plasma", ("2498-4", "14798-3"), Decimal("55.845")),
    Molecule("Testosterone in serum or plasma", ("2986-8", "14913-8"), Decimal("288.42")),
    Molecule("Cortisol in serum or plasma", ("2143-6", "14675-3"), Decimal("362.46")),
    Molecule("Thyroxine, free", ("3024-7", "14920-3"), Decimal("776.87")),
    Molecule("Sodium in serum or plasma", ("2951-2",), Decimal("22.990"), is_monovalent=True),
    Molecule("Sodium in blood", ("2947-0",), Decimal("22.990"), is_monovalent=True),
    Molecule("Potassium in serum or plasma", ("2823-3",), Decimal("39.098"), is_monovalent=True),
    Molecule("Potassium in blood", ("6298-4",), Decimal("39.098"), is_monovalent=True),
    Molecule("Chloride in serum or plasma", ("2075-0",), Decimal("35.453"), is_monovalent=True),
    Molecule("Chloride in blood", ("2069-3",), Decimal("35.453"), is_monovalent=True),
    Molecule("Bicarbonate in serum or plasma", ("1963-8",), is_monovalent=True),
    Molecule("Carbon dioxide, total", ("2028-9",), is_monovalent=True),
    Molecule("Carbon dioxide, total, in blood", ("20565-8",), is_monovalent=True),
    Molecule("Hemoglobin A1c", ("4548-4", "17856-6", "59261-8"), is_hba1c=True),
)
_BY_CODE = {code: molecule for molecule in MOLECULES for code in molecule.codes}


def molecule(code: str) -> Molecule | None:
    """What is measured under a LOINC code, where its weight or charge is known."""
    return _BY_CODE.get(code)


def family(code: str) -> str:
    """The code that stands for all under which the same thing is measured; a code without such others itself."""
    found = _BY_CODE.get(code)
    return found.codes[0] if found else code


@lru_cache(maxsize=2048)
def is_loinc(code: str) -> bool:
    """Whether a code has the form and the check digit of LOINC."""
    match = _LOINC_CODE.match(code)
    if match is None:
        return False
    digits = [int(digit) for digit in reversed(match[1])]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[::2]) + sum(digits[1::2])
    return -doubled % 10 == int(match[2])


def code(concept: Json | object) -> Safe:
    """The LOINC code among the codings of a CodeableConcept, else its first code."""
    for coding in elements.codings(concept):
        if elements.text(coding.get("system")) in _LOINC_SYSTEMS and (found := elements.text(coding.get("code"))):
            return found
    return elements.code(concept)


def key(found: str, name: str, place: object) -> tuple[object, ...]:
    """What tells one thing that is measured from others.

    LOINC codes mean the same everywhere; any other code, or a name alone, only at the `place` that uses it.
    """
    if is_loinc(found):
        return (family(found),)
    return (place, found) if found else (place, EMPTY, name.casefold())


def siblings(found: str) -> tuple[str, ...]:
    """A code and those under which the same thing is measured; any other text as it is."""
    molecule_ = _BY_CODE.get(found)
    return molecule_.codes if molecule_ else (found,)

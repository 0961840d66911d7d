"""Units of measure: one spelling for each (UCUM), and conversion only where it is certain.

The library that knows UCUM (ucumvert, over pint) takes long to load, so it is loaded when two units differ and not
before. It would also convert what must not be: equivalents of ions of unknown charge, fractions of different things,
and units whose annotations say that they count differently. Those are refused here.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from store.records import analytes

if TYPE_CHECKING:
    from collections.abc import Callable

UCUM = "http://unitsofmeasure.org"
IN_TEXT = r"(?:10[*^]\d\d?|[^\W\d_]|[%\[{/])\S*"  # a unit behind a number in running text: one word
_LONGEST = 40  # characters of a unit that is looked at
_DIGITS = 40  # of a conversion's result, before it is rounded to what was measured
_FEWEST = 3  # digits that a converted value keeps
_LITRE = re.compile(r"(?<![A-Za-z\[{])([munpfdc]?)l(?![A-Za-z\]}])")
_POWER = re.compile("(?:[x\N{MULTIPLICATION SIGN}]\\s*)?10\\s*(?:\\^|\\*\\*|\\*|[eE])\\s*(?=\\d)")
_HUGE = re.compile(r"\d{4}|[*^]\s*-?\d{3}")  # exponents that would keep the library busy
_ANNOTATION = re.compile(r"\{([^{}]*)\}")
_EQUIVALENT = re.compile(r"(?<![a-zA-Z\[])[munk]?eq(?![a-zA-Z\]])")
_HARMLESS = frozenset({"cells", "cell", "beats", "beat", "breaths", "breath", "creat", "creatinine", "count", "#"})
_SPELLINGS = {
    "mmhg": "mm[Hg]", "mm hg": "mm[Hg]", "mm(hg)": "mm[Hg]",
    "c": "Cel", "degc": "Cel", "deg c": "Cel", "°c": "Cel", "degrees c": "Cel", "celsius": "Cel",
    "f": "[degF]", "degf": "[degF]", "deg f": "[degF]", "°f": "[degF]", "degrees f": "[degF]", "fahrenheit": "[degF]",
    "lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]", "pounds": "[lb_av]", "oz": "[oz_av]",
    "in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]", "kgs": "kg", "cms": "cm",
    "beats/min": "/min", "beats/minute": "/min", "beats per minute": "/min", "bpm": "/min", "{beats}/min": "/min",
    "breaths/min": "/min", "breaths/minute": "/min", "breaths per minute": "/min", "{breaths}/min": "/min",
    "/minute": "/min", "per minute": "/min", "1/min": "/min", "{h.b.}/min": "/min",
    "k/ul": "10*3/uL", "k/mcl": "10*3/uL", "thou/ul": "10*3/uL", "thousand/ul": "10*3/uL", "th/ul": "10*3/uL",
    "k/mm3": "10*3/mm3", "m/ul": "10*6/uL", "mill/ul": "10*6/uL", "million/ul": "10*6/uL", "mil/ul": "10*6/uL",
    "iu/l": "[IU]/L", "iu/ml": "[IU]/mL", "miu/l": "m[IU]/L", "miu/ml": "m[IU]/mL", "uiu/ml": "u[IU]/mL",
    "uiu/l": "u[IU]/L", "kiu/l": "k[IU]/L", "meq/l": "meq/L", "percent": "%", "pct": "%",
    "kg/m²": "kg/m2", "kg/m^2": "kg/m2", "g/cm²": "g/cm2", "g/cm^2": "g/cm2", "g/cm-2": "g/cm2",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "mm/hr": "mm/h", "mm/1h": "mm/h",
    "ml/min/1.73m2": "mL/min/{1.73_m2}", "ml/min/1.73 m2": "mL/min/{1.73_m2}", "ml/min/1.73": "mL/min/{1.73_m2}",
    "ml/min/1.73m²": "mL/min/{1.73_m2}", "ml/min/{1.73_m2}": "mL/min/{1.73_m2}",
    "ml/min/1.73_m2": "mL/min/{1.73_m2}", "ml/min/1.73m^2": "mL/min/{1.73_m2}",
    "ph": "[pH]", "ratio": "{ratio}", "{ratio}": "{ratio}",
}  # fmt: skip


@lru_cache(maxsize=1024)
def canonical(unit: str) -> str:
    """One spelling for each unit, in UCUM where it is known; what is not known stays as it is."""
    plain = " ".join(unit.replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u").split())
    if found := _SPELLINGS.get(plain.lower()):
        # Capital letters are told apart by UCUM alone; `m/uL` of a laboratory is a million, and no metre.
        return found
    plain = _POWER.sub("10*", plain).replace("mcg", "ug")
    if (low := plain.lower()) in _SPELLINGS:
        return _SPELLINGS[low]
    return _LITRE.sub(r"\1L", plain)


def of_quantity(code: str, system: str, unit: str) -> str:
    """The canonical unit of a Quantity: its UCUM code, else its words."""
    return canonical(code if code and system in {"", UCUM} else unit or code)


def convert(number: Decimal, unit: str, to: str, code: str = "") -> Decimal | None:
    """A value in another unit, rounded to the digits it was measured with; None where that is not certain.

    `unit` and `to` are canonical; `code` is the LOINC code of what was measured, which tells what a molecule weighs
    and what charge an ion has.
    """
    if unit == to:
        return number
    if not unit or not to:
        return None
    found = _conversion(unit, to, analytes.molecule(code))
    if found is None:
        return None
    with localcontext() as context:
        context.prec = _DIGITS
        factor, offset = found
        if not offset and factor.normalize().as_tuple().digits == (1,):
            return number.scaleb(factor.adjusted())
        return _rounded(number * factor + offset, len(number.as_tuple().digits))


def _rounded(number: Decimal, digits: int) -> Decimal:
    kept = min(max(digits, _FEWEST), _DIGITS // 2)
    return round(number, kept - 1 - number.adjusted()) if number else number


@lru_cache(maxsize=1024)
def _conversion(unit: str, to: str, molecule: analytes.Molecule | None) -> tuple[Decimal, Decimal] | None:
    """Factor and offset from one unit to another; None where there are none, or none that can be trusted."""
    if not (_is_sound(unit) and _is_sound(to)) or _annotations(unit) != _annotations(to):
        return None
    if bool(_EQUIVALENT.search(unit)) != bool(_EQUIVALENT.search(to)) and not (molecule and molecule.is_monovalent):
        return None
    if molecule and molecule.is_hba1c and {unit, to} == {"%", "mmol/mol"}:
        return analytes.HBA1C_TO_PERCENT if to == "%" else analytes.HBA1C_TO_IFCC
    try:
        return _by_library(unit, to, molecule)
    except (_errors(), ArithmeticError, AttributeError, TypeError, ValueError, RecursionError):
        return None


def _is_sound(unit: str) -> bool:
    return len(unit) <= _LONGEST and unit.isascii() and not _HUGE.search(unit)


def _annotations(unit: str) -> tuple[str, ...]:
    """What the annotations of a unit say, as far as it may tell one measure from another."""
    found = (words.strip().lower() for words in _ANNOTATION.findall(unit))
    return tuple(sorted(words for words in found if words not in _HARMLESS))


def _by_library(unit: str, to: str, molecule: analytes.Molecule | None) -> tuple[Decimal, Decimal] | None:
    one, other = _parsed(unit), _parsed(to)
    if one.dimensionality != other.dimensionality:
        return _by_weight(unit, to, molecule)
    if one.dimensionless and _of_what(unit) != _of_what(to):
        return None
    return _line(lambda number: _registry().Quantity(number, one).to(other).magnitude)


def _by_weight(unit: str, to: str, molecule: analytes.Molecule | None) -> tuple[Decimal, Decimal] | None:
    """Between mass and amount of substance, of a molecule whose weight is known."""
    if molecule is None or not molecule.weight:
        return None
    mass, amount = _parsed("g/L"), _parsed("mol/L")
    one, other = _parsed(unit), _parsed(to)
    make = _registry().Quantity
    weight = molecule.weight
    if one.dimensionality == mass.dimensionality and other.dimensionality == amount.dimensionality:
        return _line(lambda number: make(make(number, one).to(mass).magnitude / weight, amount).to(other).magnitude)
    if one.dimensionality == amount.dimensionality and other.dimensionality == mass.dimensionality:
        return _line(lambda number: make(make(number, one).to(amount).magnitude * weight, mass).to(other).magnitude)
    return None


def _line(convert_one: Callable[[Decimal], Decimal]) -> tuple[Decimal, Decimal]:
    """The factor and the offset of a conversion, which is a straight line."""
    with localcontext() as context:
        context.prec = _DIGITS
        offset = convert_one(Decimal(0))
        return convert_one(Decimal(1)) - offset, offset


def _of_what(unit: str) -> str:
    """Of what a fraction is one: masses, amounts of substance, or only of numbers and volumes."""
    above, is_fraction, _ = unit.partition("/")
    if not is_fraction:
        return ""
    dimensions = str(_parsed(above).dimensionality)
    return "" if dimensions in {"[length] ** 3", "dimensionless"} else dimensions


@lru_cache(maxsize=1024)
def _parsed(unit: str) -> Any:
    return _registry().from_ucum(_ANNOTATION.sub("", unit) if len(_ANNOTATION.sub("", unit)) > 1 else unit).units


@cache
def _registry() -> Any:
    # Deferred: it takes as long as all the rest of a command, and units hardly ever differ.
    from ucumvert import PintUcumRegistry  # noqa: PLC0415

    return PintUcumRegistry(non_int_type=Decimal)


@cache
def _errors() -> type[Exception]:
    """What the library raises for what it cannot read: of its parser; its own are among the built-in ones."""
    from lark.exceptions import LarkError  # noqa: PLC0415 - as in _registry

    found: type[Exception] = LarkError
    return found

"""Values of CDA observations as FHIR: quantities with their own digits, ranges, ratios, codes and text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from store.documents.cda import codes, times, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from store.documents.cda.codes import Names
    from store.records.elements import Json

_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?$")  # readers of FHIR take no larger exponent
_UCUM = "http://unitsofmeasure.org"
_QUANTITIES = frozenset({"PQ", "REAL", "INT"})
_CODES = frozenset({"CD", "CE", "CO", "CV", "CS", "PQR"})


def of_observation(observation: Element, names: Names) -> Json:
    """The `value[x]` of an observation; empty where it has none."""
    for value in observation.findall("value"):
        if found := _value(value, names):
            return found
    return {}


def quantity(element: Element | None, comparator: str = "") -> Json:
    """A quantity; empty for what is no number."""
    if element is None or not _NUMBER.match(element.get("value", "").strip()):
        return {}
    found: Json = {"value": Decimal(element.get("value", "").strip().lstrip("+"))}
    unit = element.get("unit", "").strip()
    if comparator:
        found = {"value": found["value"], "comparator": comparator}
    if unit and unit != "1":
        found |= {"unit": unit, "system": _UCUM, "code": unit} if " " not in unit else {"unit": unit}
    return found


def ranges(observation: Element, names: Names) -> list[Json]:
    """The reference ranges of an observation."""
    found = []
    for each in observation.findall("referenceRange/observationRange"):
        value = each.find("value")
        low = quantity(value.find("low")) if value is not None else {}
        high = quantity(value.find("high")) if value is not None else {}
        words = names.of(each.find("text")) or (tree.texts(value) if tree.kind(value) == "ST" else "")
        one: Json = {**({"low": low} if low else {}), **({"high": high} if high else {})}
        one |= {"text": words} if words else {}
        if one:
            found.append(one)
    return found


def _value(value: Element, names: Names) -> Json:
    kind = tree.kind(value)
    if kind in _QUANTITIES:
        found = quantity(value)
        return {"valueQuantity": found} if found else _text(value.get("value", "") or tree.texts(value))
    if kind in _CODES:
        concept = codes.concept(value, names)
        return {"valueCodeableConcept": concept} if concept else {}
    if kind in _OTHERS:
        return _OTHERS[kind](value)
    if kind == "ED" and value.get("representation") == "B64":
        return {}
    return _text(names.of(value) or value.get("value", ""))


def _moment(value: Element) -> Json:
    moment = times.read(value)
    return {"valueDateTime": moment} if moment else {}


def _truth(value: Element) -> Json:
    said = value.get("value")
    return {"valueBoolean": said == "true"} if said in {"true", "false"} else {}


def _interval(value: Element) -> Json:
    low, high = value.find("low"), value.find("high")
    if not quantity(low) and quantity(high):
        inclusive = high is not None and high.get("inclusive") != "false"
        return {"valueQuantity": quantity(high, "<=" if inclusive else "<")}
    if quantity(low) and not quantity(high):
        inclusive = low is not None and low.get("inclusive") != "false"
        return {"valueQuantity": quantity(low, ">=" if inclusive else ">")}
    found = {name: part for name, part in (("low", quantity(low)), ("high", quantity(high))) if part}
    return {"valueRange": found} if found else {}


def _ratio(value: Element) -> Json:
    found = {name: part for name in ("numerator", "denominator") if (part := quantity(value.find(name)))}
    return {"valueRatio": found} if len(found) == 2 else {}  # noqa: PLR2004 - both of them


def _text(text: str) -> Json:
    return {"valueString": text} if text.strip() else {}


_OTHERS: dict[str, Callable[[Element], Json]] = {
    "IVL_PQ": _interval,
    "IVL_INT": _interval,
    "TS": _moment,
    "BL": _truth,
    "RTO": _ratio,
    "RTO_PQ_PQ": _ratio,
}

"""Observations and reports of made-up patients, in every form that results have."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.records.elements import Json

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"


def quantity(value: str, unit: str = "", **parts: str) -> Json:
    """A Quantity in UCUM."""
    return {"value": Decimal(value), **({"unit": unit, "system": UCUM, "code": unit} if unit else {}), **parts}


def span(low: str | None, high: str | None, unit: str = "", **parts: Any) -> Json:
    """A reference range."""
    bounds = {name: quantity(bound, unit) for name, bound in (("low", low), ("high", high)) if bound is not None}
    return {**bounds, **parts}


def concept(code: str, text: str, system: str = LOINC) -> Json:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def observation(record_id: str, what: Json, day: str, **parts: Any) -> Json:
    """A laboratory result."""
    return {
        "resourceType": "Observation",
        "id": record_id,
        "status": "final",
        "category": [{"coding": [{"code": "laboratory", "display": "Laboratory"}]}],
        "code": what,
        "effectiveDateTime": day,
        **parts,
    }


GLUCOSE = concept("2345-7", "Glucose in serum or plasma")
GLUCOSE_MOLES = concept("14749-6", "Glucose")
SODIUM = concept("2951-2", "Sodium")


def glucose(record_id: str, day: str, value: str, unit: str = "mg/dL", **parts: Any) -> Json:
    """A glucose, with its range in mg/dL."""
    usual = {"valueQuantity": quantity(value, unit), "referenceRange": [span("70", "99", unit)]}
    return observation(record_id, GLUCOSE, day, **{**usual, **parts})


def blood_pressure(record_id: str, day: str, systolic: str, diastolic: str) -> Json:
    """A blood pressure, in its two parts with a range each."""

    def part(code: str, name: str, value: str, low: str, high: str) -> Json:
        return {
            "code": concept(code, name),
            "valueQuantity": quantity(value, "mm[Hg]"),
            "referenceRange": [span(low, high, "mm[Hg]")],
        }

    return observation(
        record_id,
        concept("85354-9", "Blood pressure"),
        day,
        category=[{"coding": [{"code": "vital-signs", "display": "Vital signs"}]}],
        component=[
            part("8480-6", "Systolic", systolic, "90", "129"),
            part("8462-4", "Diastolic", diastolic, "60", "84"),
        ],
    )

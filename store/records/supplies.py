"""How long a medicine lasts: the day on which what was dispensed, or prescribed, has been taken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from store.records import elements
from store.records.dates import parse

if TYPE_CHECKING:
    from store.records.dates import FhirDate
    from store.records.elements import Json

_DAYS = {"": 1, "d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "mo": 30, "month": 30, "months": 30}
_MOST_DAYS = 3660


def dispensed_until(dispense: Json) -> date | None:
    """The day on which what a MedicationDispense gave has been taken; None where it does not say."""
    if elements.text(dispense.get("status")) != "completed":
        return None
    given = parse(dispense.get("whenHandedOver")) or parse(dispense.get("whenPrepared"))
    return _after(given, dispense.get("daysSupply"))


def prescribed_until(request: Json) -> date | None:
    """The day on which what a MedicationRequest orders at first has been taken, had it been given on its day."""
    order = elements.first(request.get("dispenseRequest"))
    return _after(parse(request.get("authoredOn")), order.get("expectedSupplyDuration"))


def prescription(dispense: Json) -> str:
    """The id of the MedicationRequest that a MedicationDispense was given for, or nothing."""
    reference = elements.reference(elements.first(dispense.get("authorizingPrescription")))
    kind, name = elements.target(reference)
    return name if kind == "MedicationRequest" else ""


def _after(begun: FhirDate | None, supply: object) -> date | None:
    amount = elements.number(elements.first(supply).get("value"))
    unit = elements.text(elements.first(supply).get("code")) or elements.text(elements.first(supply).get("unit"))
    factor = _DAYS.get(unit.lower())
    if begun is None or begun.epoch is None or amount is None or factor is None or not 0 < amount * factor < _MOST_DAYS:
        return None
    try:
        return date.fromisoformat(begun.day()) + timedelta(days=int(amount * factor))
    except (ValueError, OverflowError):  # a month or a year only, or the calendar's last days
        return None

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from store.records import supplies


def dispense(**parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "whenHandedOver": "2026-01-10T18:00:00-05:00",
        "daysSupply": {"value": Decimal(30), "unit": "days"},
        **parts,
    }


def test_a_dispense_lasts_from_the_day_it_was_given_for_its_days() -> None:
    assert supplies.dispensed_until(dispense()) == date(2026, 2, 9)
    assert supplies.dispensed_until(dispense(daysSupply={"value": Decimal(2), "code": "wk"})) == date(2026, 1, 24)
    given = dispense(whenHandedOver=None, whenPrepared="2026-01-01")
    assert supplies.dispensed_until(given) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "parts",
    [
        {"status": "cancelled"},
        {"daysSupply": None},
        {"daysSupply": {"value": Decimal(30), "unit": "tablets"}},
        {"daysSupply": {"value": Decimal(0)}},
        {"daysSupply": {"value": Decimal("1e9")}},
        {"whenHandedOver": "2026"},
        {"whenHandedOver": "9999-12-31"},
        {"whenHandedOver": "soon"},
        {"whenHandedOver": None},
    ],
)
def test_what_a_dispense_does_not_say_is_not_made_up(parts: dict[str, Any]) -> None:
    assert supplies.dispensed_until(dispense(**parts)) is None


def test_a_prescription_lasts_for_its_expected_supply() -> None:
    order = {"expectedSupplyDuration": {"value": 90, "code": "d"}}
    assert supplies.prescribed_until({"authoredOn": "2026-01-01", "dispenseRequest": order}) == date(2026, 4, 1)
    assert supplies.prescribed_until({"authoredOn": "2026-01-01"}) is None


def test_the_prescription_of_a_dispense_is_found_by_its_reference() -> None:
    named = [{"reference": "https://portal.example/fhir/MedicationRequest/m1"}]
    assert supplies.prescription(dispense(authorizingPrescription=named)) == "m1"
    assert supplies.prescription(dispense(authorizingPrescription=[{"reference": "Task/1"}])) == ""
    assert supplies.prescription(dispense()) == ""

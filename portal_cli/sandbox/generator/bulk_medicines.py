"""Medicines in bulk: orders, what was handed out for them, what patients take besides, and refill requests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import PORTAL, Json, coding, concept, profile, quantity, term
from portal_cli.sandbox.generator.medications import DRUGS
from portal_cli.sandbox.generator.prescriptions import build_dispense, report_own_medicine
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.generator.bulk_chart import BulkChart

PRESCRIBED = ("lisinopril_10", "atorvastatin_20", "metformin_1000", "omeprazole", "amlodipine", "levothyroxine")
BESIDE = ("vitamin_d", "fish_oil", "acetaminophen")
DAYS, REPEATS = 90, 3
RENEWED = timedelta(days=30)
BY_REFERENCE = 3  # every so many-th order names its medicine by reference


def order(bulk: BulkChart, number: int) -> Json:
    """An order of a year's supply; the last one is for lisinopril, and active."""
    is_last = number == bulk.counts["MedicationRequest"]
    drug = PRESCRIBED[0] if is_last else PRESCRIBED[number % len(PRESCRIBED)]
    moment = bulk.chart.now - RENEWED if is_last else bulk.moment("MedicationRequest", number)
    if number % BY_REFERENCE == 0 and not is_last:
        medicine: Json = {"medicationReference": bulk.post(f"medication_{drug}")}
    else:
        medicine = {"medicationCodeableConcept": DRUGS[drug].code}
    unit = DRUGS[drug].unit
    return {
        "resourceType": "MedicationRequest",
        "id": bulk.id("MedicationRequest", number),
        "meta": profile("medicationrequest"),
        "status": "active" if is_last else "completed",
        "intent": "order",
        "category": [term("medicationrequest-category", "community", "Community")],
        "reportedBoolean": False,
        **medicine,
        "subject": bulk.subject,
        "authoredOn": stamp(moment),
        "requester": bulk.post("primary"),
        "dosageInstruction": [{"text": f"Take 1 {unit} by mouth once a day", "asNeededBoolean": False}],
        "dispenseRequest": {
            "validityPeriod": {
                "start": moment.date().isoformat(),
                "end": (moment + timedelta(days=366)).date().isoformat(),
            },
            "numberOfRepeatsAllowed": REPEATS,
            "quantity": quantity(DAYS, unit, "{" + unit + "}"),
            "expectedSupplyDuration": quantity(DAYS, "days", "d"),
            "performer": bulk.post("pharmacy"),
        },
    }


def fill(bulk: BulkChart, number: int) -> Json:
    """A fill of the order it belongs to."""
    prescription = order(bulk, bulk.share("MedicationDispense", number, "MedicationRequest"))
    reference = {"reference": f"MedicationRequest/{prescription['id']}"}
    medicine = {name: value for name, value in prescription.items() if name.startswith("medication")}
    named = {**prescription, "medicationCodeableConcept": medicine.get("medicationCodeableConcept")}
    dispense = build_dispense(bulk.chart, named, reference, bulk.moment("MedicationDispense", number))
    del dispense["medicationCodeableConcept"]
    return {**dispense, **medicine}


def own_medicine(bulk: BulkChart, number: int) -> Json:
    """Something taken without a prescription."""
    drug = BESIDE[number % len(BESIDE)]
    months = bulk.months_ago("MedicationStatement", number)
    return bulk.made(lambda chart: report_own_medicine(chart, drug, "1 in the morning as needed", months))


def refill_request(bulk: BulkChart, number: int) -> Json:
    """A refill request that was answered."""
    focus = bulk.refer("MedicationRequest", number)
    asked = bulk.moment("Task", number)
    code = concept(
        "Refill request",
        coding("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request"),
        coding(PORTAL + "CodeSystem/patient-request", "refill", "Refill request"),
    )
    return {
        "resourceType": "Task",
        "id": bulk.id("Task", number),
        "basedOn": [focus],
        "status": "completed",
        "businessStatus": {"text": "Ready for pickup"},
        "intent": "proposal",
        "priority": "routine",
        "code": code,
        "focus": focus,
        "for": bulk.subject,
        "authoredOn": stamp(asked),
        "lastModified": stamp(asked + timedelta(days=1)),
        "requester": bulk.subject,
        "owner": bulk.post("primary"),
    }


MEDICINES: dict[str, Callable[[BulkChart, int], Json]] = {
    "MedicationRequest": order,
    "MedicationDispense": fill,
    "MedicationStatement": own_medicine,
    "Task": refill_request,
}

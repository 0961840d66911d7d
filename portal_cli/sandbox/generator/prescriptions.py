"""Prescriptions and what became of them: MedicationRequests, their fills, and a refill request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import (
    ACT_CODE,
    PORTAL,
    SNOMED,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    profile,
    quantity,
    term,
)
from portal_cli.sandbox.generator.medications import DRUGS
from portal_cli.sandbox.generator.times import at, stamp

if TYPE_CHECKING:
    from datetime import date, datetime

    from portal_cli.sandbox.generator.chart import Chart

MONTHS_PER_ORDER = 12
ROUTES = {"Oral": "26643006", "Respiratory tract": "447694001"}


@dataclass(frozen=True)
class Therapy:
    """A drug taken from `begun` to `ended` months ago, on yearly orders of `days` and `repeats`.

    The chart keeps the latest `kept` orders, and the latest `fills` of the last one.
    """

    drug: str
    directions: str
    begun: float
    ended: float | None = None
    reason: str = ""
    per_day: float = 1
    days: int = 90
    repeats: int = 3
    prescriber: str = "primary"
    stopped_because: str = ""
    as_needed: bool = False
    fills: int = 2
    kept: int = 2


def prescribe(chart: Chart, therapy: Therapy) -> Json:
    """Add the orders of a therapy, oldest first, with their latest fills; refer to the last order."""
    starts = _order_starts(therapy)[-therapy.kept :]
    last: Json = {}
    for index, months in enumerate(starts):
        is_last = index == len(starts) - 1
        order = _order(chart, therapy, chart.day(months), _status(therapy, is_last=is_last))
        order["priorPrescription"] = last
        last = chart.add(order, DRUGS[therapy.drug].text)
        if is_last:
            _dispense_order(chart, therapy, order, last)
    chart.references[therapy.drug] = last
    return last


def _order_starts(therapy: Therapy) -> list[float]:
    starts = [therapy.begun]
    while starts[-1] - MONTHS_PER_ORDER > (therapy.ended or 0):
        starts.append(starts[-1] - MONTHS_PER_ORDER)
    return starts


def _status(therapy: Therapy, *, is_last: bool) -> str:
    if not is_last:
        return "completed"
    if therapy.ended is None:
        return "active"
    return "stopped" if therapy.stopped_because else "completed"


def _order(chart: Chart, therapy: Therapy, authored: date, status: str) -> Json:
    drug = DRUGS[therapy.drug]
    supply = max(1, round(therapy.per_day * therapy.days))
    reason = chart.references.get(therapy.reason)
    stop = therapy.stopped_because if status == "stopped" else ""
    return {
        "resourceType": "MedicationRequest",
        "id": chart.next_id("MedicationRequest"),
        "meta": profile("medicationrequest"),
        "status": status,
        "statusReason": concept(stop) if stop else {},
        "intent": "order",
        "category": [term("medicationrequest-category", "community", "Community")],
        "priority": "routine",
        "reportedBoolean": False,
        "medicationCodeableConcept": drug.code,
        "subject": chart.subject,
        "authoredOn": stamp(at(authored, 11, 20)),
        "requester": chart.directory.refer(therapy.prescriber),
        "reasonReference": [reason] if reason else [],
        "courseOfTherapyType": _course(therapy),
        "dosageInstruction": [_dosage(therapy)],
        "dispenseRequest": {
            "validityPeriod": {
                "start": authored.isoformat(),
                "end": (authored + timedelta(days=366)).isoformat(),
            },
            "numberOfRepeatsAllowed": therapy.repeats,
            "quantity": quantity(supply, drug.unit, "{" + drug.unit + "}"),
            "expectedSupplyDuration": quantity(therapy.days, "days", "d"),
            "performer": chart.directory.refer("pharmacy"),
        },
        "substitution": {"allowedBoolean": True},
    }


def _course(therapy: Therapy) -> Json:
    system = "medicationrequest-course-of-therapy"
    if therapy.repeats:
        return term(system, "continuous", "Continuous long term therapy")
    return term(system, "acute", "Short course (acute) therapy")


def _dosage(therapy: Therapy) -> Json:
    drug = DRUGS[therapy.drug]
    dosage: Json = {
        "text": therapy.directions,
        "asNeededBoolean": therapy.as_needed,
        "route": concept(drug.route, coding(SNOMED, ROUTES[drug.route], f"{drug.route} route")),
    }
    if not therapy.as_needed and therapy.per_day >= 1:
        frequency = round(therapy.per_day)
        dosage["timing"] = {"repeat": {"frequency": frequency, "period": 1, "periodUnit": "d"}}
        dosage["doseAndRate"] = [{"doseQuantity": quantity(1, drug.unit, "{" + drug.unit + "}")}]
    return dosage


def _dispense_order(chart: Chart, therapy: Therapy, order: Json, prescription: Json) -> None:
    first = chart.day(_order_starts(therapy)[-1])
    end = chart.now.date() if therapy.ended is None else chart.day(therapy.ended)
    dates = [first + timedelta(days=1 + n * therapy.days) for n in range(therapy.repeats + 1)]
    due = [day for day in dates if day < end] or dates[:1]
    for day in due[-therapy.fills :] if therapy.fills else []:
        is_first = day == dates[0]
        chart.references[f"{therapy.drug}_fill"] = chart.add(
            build_dispense(chart, order, prescription, at(day, 17, 5), is_first=is_first), "Fill"
        )


def build_dispense(chart: Chart, order: Json, prescription: Json, moment: datetime, *, is_first: bool = False) -> Json:
    """A completed US Core MedicationDispense of an order."""
    kind = ("FF", "First Fill") if is_first else ("RF", "Refill")
    request = order["dispenseRequest"]
    return {
        "resourceType": "MedicationDispense",
        "id": chart.next_id("MedicationDispense"),
        "meta": profile("medicationdispense"),
        "status": "completed",
        "medicationCodeableConcept": order["medicationCodeableConcept"],
        "subject": chart.subject,
        "performer": [{"actor": chart.directory.refer("pharmacy")}],
        "authorizingPrescription": [prescription],
        "type": concept(kind[1], coding(ACT_CODE, *kind)),
        "quantity": request["quantity"],
        "daysSupply": request["expectedSupplyDuration"],
        "whenHandedOver": stamp(moment),
        "dosageInstruction": order["dosageInstruction"],
    }


def report_own_medicine(chart: Chart, drug: str, directions: str, months_ago: float) -> Json:
    """Add a MedicationStatement of something the patient takes without a prescription."""
    since = chart.day(months_ago)
    statement = {
        "resourceType": "MedicationStatement",
        "id": chart.next_id("MedicationStatement"),
        "status": "active",
        "category": term("medication-statement-category", "patientspecified", "Patient Specified"),
        "medicationCodeableConcept": DRUGS[drug].code,
        "subject": chart.subject,
        "effectivePeriod": {"start": since.strftime("%Y-%m")},
        "dateAsserted": stamp(at(since, 19, 40)),
        "informationSource": chart.subject,
        "dosage": [{"text": directions, "asNeededBoolean": "needed" in directions}],
    }
    return chart.add(statement, DRUGS[drug].text)


def request_refill(chart: Chart, drug: str, days_ago: int) -> Json:
    """Add a refill Task that the practice completed; its output is the latest fill of the drug."""
    asked = at((chart.now - timedelta(days=days_ago)).date(), 19, 12)
    done = at((asked + timedelta(days=1)).date(), 10, 30)
    code = concept(
        "Refill request",
        coding("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request"),
        coding(PORTAL + "CodeSystem/patient-request", "refill", "Refill request"),
    )
    outcome = concept("Dispense", coding(TERMINOLOGY + "v3-ActCode", "RF", "Refill"))
    task = {
        "resourceType": "Task",
        "id": chart.next_id("Task"),
        "basedOn": [chart.references[drug]],
        "status": "completed",
        "businessStatus": {"text": "Ready for pickup"},
        "intent": "proposal",
        "priority": "routine",
        "code": code,
        "description": f"Refill {DRUGS[drug].text}",
        "focus": chart.references[drug],
        "for": chart.subject,
        "authoredOn": stamp(asked),
        "lastModified": stamp(done),
        "requester": chart.subject,
        "owner": chart.directory.refer("primary"),
        "reasonCode": {"text": "Six days left"},
        "note": [{"authorReference": chart.subject, "time": stamp(asked), "text": "I leave for a trip soon."}],
        "input": [
            {
                "type": concept("Pharmacy", coding(PORTAL + "CodeSystem/patient-request", "pharmacy", "Pharmacy")),
                "valueReference": chart.directory.refer("pharmacy"),
            }
        ],
        "output": [{"type": outcome, "valueReference": chart.references[f"{drug}_fill"]}],
    }
    return chart.add(task, "Refill request")

"""Care in bulk: people, visits, problems, procedures, vaccines, plans and devices."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.allergies import ALLERGENS, Allergy, record_allergy
from portal_cli.sandbox.generator.background import RELATIVES, Relative, record_family
from portal_cli.sandbox.generator.care import Aim, form_team, plan_care, set_goal
from portal_cli.sandbox.generator.conditions import DIAGNOSES, Problem, record_problem
from portal_cli.sandbox.generator.devices import DEVICES, build_device
from portal_cli.sandbox.generator.fhir import ACT_CODE, SNOMED, Json, coding, concept, profile
from portal_cli.sandbox.generator.people import build_patient, build_relative
from portal_cli.sandbox.generator.procedures import PROCEDURES, Operation, record_procedure
from portal_cli.sandbox.generator.times import stamp
from portal_cli.sandbox.generator.vaccines import VACCINES, vaccinate
from portal_cli.sandbox.generator.visits import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.generator.bulk_chart import BulkChart

REASONS = ("Annual physical", "Follow-up", "Blood pressure", "Cough", "Back pain", "Medicines")
_VISITS = ("office", "annual", "sick", "video", "nurse", "specialist")
_KNOWN_FOR = ("hypertension", "diabetes", "asthma")
_DIAGNOSES, _ALLERGENS, _PROCEDURES = tuple(DIAGNOSES), tuple(ALLERGENS), tuple(PROCEDURES)
_VACCINES, _DEVICES, _RELATIVES = tuple(VACCINES), tuple(DEVICES), tuple(RELATIVES)


def patient(bulk: BulkChart, _number: int) -> Json:
    """The Patient."""
    chart = bulk.chart
    return build_patient(chart.patient_id, chart.person, bulk.post("practice"), bulk.post("primary"))


def relative(bulk: BulkChart, number: int) -> Json:
    """The child who helps."""
    return build_relative(bulk.id("RelatedPerson", number), bulk.subject, bulk.chart.person)


def visit(bulk: BulkChart, number: int) -> Json:
    """A finished Encounter."""
    kind = KINDS[_VISITS[number % len(_VISITS)]]
    code, _, display = kind.snomed.partition("|")
    start = bulk.moment("Encounter", number)
    return {
        "resourceType": "Encounter",
        "id": bulk.id("Encounter", number),
        "meta": profile("encounter"),
        "status": "finished",
        "class": coding(ACT_CODE, kind.class_code, kind.class_display),
        "type": [concept(kind.text, coding(SNOMED, code, display))],
        "subject": bulk.subject,
        "participant": [{"individual": bulk.post("primary")}],
        "period": {"start": stamp(start), "end": stamp(start + timedelta(minutes=kind.minutes))},
        "reasonCode": [concept(REASONS[number % len(REASONS)])],
        "location": [{"location": bulk.post(kind.place)}],
        "serviceProvider": bulk.post("practice"),
    }


def problem(bulk: BulkChart, number: int) -> Json:
    """A Condition: lasting ones are on the problem list, the others belong to a visit and passed."""
    months = bulk.months_ago("Condition", number)
    is_lasting = number % 2 == 1
    found = Problem(
        _DIAGNOSES[number % len(_DIAGNOSES)],
        months,
        abated=None if is_lasting else months / 2,
        category="problem-list-item" if is_lasting else "encounter-diagnosis",
    )
    return bulk.made(lambda chart: record_problem(chart, found))


def allergy(bulk: BulkChart, number: int) -> Json:
    """An AllergyIntolerance."""
    months = bulk.months_ago("AllergyIntolerance", number)
    found = Allergy(_ALLERGENS[number % len(_ALLERGENS)], months, "Hives", "mild")
    return bulk.made(lambda chart: record_allergy(chart, found))


def vaccine(bulk: BulkChart, number: int) -> Json:
    """An Immunization."""
    day = bulk.moment("Immunization", number).date()
    return bulk.made(lambda chart: vaccinate(chart, _VACCINES[number % len(_VACCINES)], day))


def procedure(bulk: BulkChart, number: int) -> Json:
    """A Procedure."""
    months = bulk.months_ago("Procedure", number)
    done = Operation(_PROCEDURES[number % len(_PROCEDURES)], months, "primary", "", "No complications.")
    return bulk.made(lambda chart: record_procedure(chart, done))


def family(bulk: BulkChart, number: int) -> Json:
    """A FamilyMemberHistory."""
    known = Relative(_RELATIVES[number % len(_RELATIVES)], _KNOWN_FOR[number % len(_KNOWN_FOR)], 50)
    return bulk.made(lambda chart: record_family(chart, known))


def team(bulk: BulkChart, _number: int) -> Json:
    """The CareTeam."""
    return bulk.made(lambda chart: form_team(chart, ("primary", "nurse")))


def goal(bulk: BulkChart, number: int) -> Json:
    """A Goal."""
    aim = Aim(f"Walk {10 + number} minutes on most days", bulk.months_ago("Goal", number), ("improving", "Improving"))
    return bulk.made(lambda chart: set_goal(chart, aim))


def plan(bulk: BulkChart, number: int) -> Json:
    """A CarePlan towards one of the goals."""
    aim = bulk.refer("Goal", number)
    return bulk.made(lambda chart: plan_care(chart, f"Plan {number}", ("Walk after supper.",), [aim] if aim else []))


def device(bulk: BulkChart, number: int) -> Json:
    """A Device."""
    return build_device(bulk.chart, _DEVICES[number % len(_DEVICES)])


CARE: dict[str, Callable[[BulkChart, int], Json]] = {
    "Patient": patient,
    "RelatedPerson": relative,
    "Encounter": visit,
    "Condition": problem,
    "AllergyIntolerance": allergy,
    "Immunization": vaccine,
    "Procedure": procedure,
    "FamilyMemberHistory": family,
    "CareTeam": team,
    "Goal": goal,
    "CarePlan": plan,
    "Device": device,
}

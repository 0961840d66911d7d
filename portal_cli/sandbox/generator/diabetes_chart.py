"""The first patient: a middle-aged adult with high blood pressure, type 2 diabetes and high cholesterol."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.allergies import Allergy, record_allergy
from portal_cli.sandbox.generator.appointments import book
from portal_cli.sandbox.generator.background import (
    Relative,
    record_family,
    record_mood,
    record_occupation,
    record_smoking,
)
from portal_cli.sandbox.generator.care import Aim, form_team, plan_care, set_goal
from portal_cli.sandbox.generator.conditions import Problem, record_problem
from portal_cli.sandbox.generator.coverage import Insurance, insure
from portal_cli.sandbox.generator.diabetes_contacts import BOOKINGS, THREADS
from portal_cli.sandbox.generator.diabetes_story import COURSES, VISITS
from portal_cli.sandbox.generator.diabetes_studies import ABDOMEN_ULTRASOUND, CHEST_XRAY
from portal_cli.sandbox.generator.diabetes_therapies import THERAPIES
from portal_cli.sandbox.generator.labs import Draw, report_panel
from portal_cli.sandbox.generator.messages import send_thread
from portal_cli.sandbox.generator.names import OCCUPATIONS
from portal_cli.sandbox.generator.prescriptions import (
    prescribe,
    report_own_medicine,
    request_refill,
)
from portal_cli.sandbox.generator.procedures import Operation, record_procedure
from portal_cli.sandbox.generator.studies import report_study
from portal_cli.sandbox.generator.times import at, workday
from portal_cli.sandbox.generator.vaccines import vaccinate, vaccinate_by_season
from portal_cli.sandbox.generator.visits import hold_visit

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

PROBLEMS = (
    Problem("appendicitis", 420, abated=419, is_old=True),
    Problem("hypertension", 86, note="Home goal: below 130/80."),
    Problem("hyperlipidemia", 86),
    Problem("obesity", 86),
    Problem("prediabetes", 86, abated=66),
    Problem("diabetes", 66, note="Found after two months of thirst."),
    Problem("bronchitis", 47, abated=46, category="encounter-diagnosis", severity="Mild"),
    Problem("fatty_liver", 36.5),
    Problem("back_pain", 27, abated=25, category="encounter-diagnosis", severity="Moderate"),
)


def write_diabetes_chart(chart: Chart) -> None:
    """Write the whole chart: about 350 resources over seven years."""
    chart.follow(COURSES, sway=0.015)
    for problem in PROBLEMS:
        record_problem(chart, problem)
    for visit in VISITS:
        hold_visit(chart, visit)
    _add_pending_results(chart)
    for therapy in THERAPIES:
        prescribe(chart, therapy)
    request_refill(chart, "atorvastatin_20", days_ago=64)
    report_own_medicine(chart, "acetaminophen", "1 or 2 tablets as needed for headache", 15)
    report_own_medicine(chart, "fish_oil", "2 capsules every morning", 22)
    report_study(chart, CHEST_XRAY)
    report_study(chart, ABDOMEN_ULTRASOUND)
    _add_prevention(chart)
    _add_background(chart)
    _add_care(chart)
    for booking in BOOKINGS:
        book(chart, booking)
    for thread in THREADS:
        send_thread(chart, thread)


def _add_pending_results(chart: Chart) -> None:
    taken = at(workday((chart.now - timedelta(days=1)).date()), 9, 10)
    report_panel(chart, Draw("urine_culture", taken, status="preliminary"))


def _add_prevention(chart: Chart) -> None:
    vaccinate(chart, "tdap", chart.day(74))
    vaccinate(chart, "pneumococcal_20", chart.day(37))
    for dose, months in enumerate((62, 61, 56), start=1):
        vaccinate(chart, "hepatitis_b", chart.day(months), dose)
    vaccinate_by_season(chart, 85, misses=0.15)
    record_procedure(chart, Operation("appendectomy", 420, reason="appendicitis", is_old=True))
    record_procedure(chart, Operation("eye_exam", 28, "ophthalmologist", "diabetes", "No damage from diabetes."))
    record_procedure(chart, Operation("foot_exam", 13, "primary", "diabetes", "Feeling and pulses are normal."))
    record_procedure(
        chart,
        Operation("colonoscopy", 22.5, "gastroenterologist", "", "One small polyp removed; repeat in 7 years."),
    )
    record_procedure(chart, Operation("ecg", 86, "primary", "hypertension", "Normal rhythm."))


def _add_background(chart: Chart) -> None:
    record_allergy(chart, Allergy("penicillin", 85, "Hives", "moderate", "low", "As a child."))
    record_allergy(chart, Allergy("shellfish", 60, "Itching", "mild", is_confirmed=False))
    for months in (86, 37, 1.2):
        record_smoking(chart, "former", months)
    record_occupation(chart, chart.rng.choice(OCCUPATIONS), 86)
    record_mood(chart, 2, 37)
    record_mood(chart, 0, 13)
    record_family(chart, Relative("mother", "diabetes", 58))
    record_family(chart, Relative("father", "hypertension", has_died=True))
    insure(
        chart,
        Insurance("former_payer", 86, "HMO Select", ("HMO", "health maintenance organization policy"), 30),
    )
    insure(chart, Insurance("payer", 30, "PPO 500", ("PPO", "preferred provider organization policy")))


def _add_care(chart: Chart) -> None:
    form_team(chart, ("primary", "nurse", "ophthalmologist"))
    a1c = Aim(
        "Keep hemoglobin A1c below 7 percent",
        66,
        ("achieved", "Achieved"),
        "diabetes",
        ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Hemoglobin A1c"),
        (7, "%", "%"),
    )
    pressure = Aim(
        "Bring blood pressure at home below 130/80",
        86,
        ("improving", "Improving"),
        "hypertension",
        ("8480-6", "Systolic blood pressure", "Systolic"),
        (130, "mmHg", "mm[Hg]"),
    )
    goals = [set_goal(chart, aim) for aim in (a1c, pressure)]
    plan_care(
        chart,
        "Diabetes and blood pressure plan",
        (
            "Measure blood pressure at home three mornings a week and write it down.",
            "Walk for 20 minutes after supper on most days.",
            "Take metformin with meals; use the pill box.",
            "Eye exam and foot exam once a year.",
        ),
        goals,
    )

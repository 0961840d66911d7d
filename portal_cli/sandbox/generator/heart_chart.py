"""The third patient: an older adult with heart, kidney and thyroid disease and a long, thick chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.allergies import Allergy, record_allergy
from portal_cli.sandbox.generator.appointments import Booking, book
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
from portal_cli.sandbox.generator.heart_medications import THERAPIES
from portal_cli.sandbox.generator.heart_story import COURSES
from portal_cli.sandbox.generator.heart_studies import STUDIES
from portal_cli.sandbox.generator.heart_visits import plan_visits
from portal_cli.sandbox.generator.messages import Message, Thread, send_thread
from portal_cli.sandbox.generator.names import OCCUPATIONS
from portal_cli.sandbox.generator.people import build_relative, refer_relative
from portal_cli.sandbox.generator.prescriptions import prescribe, report_own_medicine
from portal_cli.sandbox.generator.procedures import Operation, record_procedure
from portal_cli.sandbox.generator.studies import report_study
from portal_cli.sandbox.generator.vaccines import decline_vaccine, vaccinate, vaccinate_by_season
from portal_cli.sandbox.generator.visits import hold_visit

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

PROBLEMS = (
    Problem("gallstones", 420, abated=415, is_old=True),
    Problem("hypertension", 320, is_old=True),
    Problem("hyperlipidemia", 197),
    Problem("knee_arthritis", 190, severity="Moderate"),
    Problem("reflux", 160),
    Problem("hypothyroidism", 151),
    Problem("gout", 132),
    Problem("fibrillation", 108, note="Comes and goes; on a blood thinner."),
    Problem("urinary_infection", 90, abated=89, category="encounter-diagnosis"),
    Problem("cataract", 82, abated=76),
    Problem("kidney_disease_3", 78, severity="Moderate"),
    Problem("heart_failure", 72, severity="Moderate"),
    Problem("hearing_loss", 62),
    Problem("osteopenia", 44),
    Problem("shingles", 40, abated=38, category="encounter-diagnosis"),
    Problem("pneumonia", 33, abated=31, category="encounter-diagnosis", severity="Moderate"),
    Problem("anemia", 20),
)

OPERATIONS = (
    Operation("cholecystectomy", 415, reason="gallstones", is_old=True),
    Operation("colonoscopy", 170, "gastroenterologist", "", "No polyps."),
    Operation("ecg", 108, "hospitalist", "fibrillation"),
    Operation("echocardiography", 107, "cardiologist", "fibrillation"),
    Operation("cardioversion", 92, "cardiologist", "fibrillation", "Regular rhythm after one shock."),
    Operation("cataract_removal", 80, "ophthalmologist", "cataract", "Right eye."),
    Operation("cataract_removal", 76, "ophthalmologist", "cataract", "Left eye."),
    Operation("echocardiography", 71.8, "cardiologist", "heart_failure"),
    Operation("knee_replacement", 48, "orthopedist", "knee_arthritis", "Left knee; no complications."),
    Operation("echocardiography", 22, "cardiologist", "heart_failure"),
)

BOOKINGS = (
    Booking(6, 10, 0, "Heart clinic", "Heart failure and rhythm", practitioner="cardiologist"),
    Booking(13, 8, 30, "Nurse visit", "Blood draw before the kidney clinic", practitioner="nurse", minutes=15),
    Booking(27, 13, 15, "Kidney clinic", "Anemia and kidney function", practitioner="nephrologist"),
    Booking(-200, 11, 0, "Office visit", "Follow-up", "cancelled", cancelled_because="The car would not start"),
    Booking(-430, 14, 0, "Hearing test", "Hearing aids", "noshow", "nurse"),
)

THREADS = (
    Thread(
        "Weight up three pounds",
        "medical-question",
        11,
        (
            Message("patient", 0, "My weight is up 3 pounds since yesterday. Ankles are a bit thick."),
            Message("nurse", 2, "Thank you for watching it. Any trouble breathing, now or lying down?"),
            Message("patient", 3, "No, breathing is fine. We had ham for a birthday."),
            Message(
                "nurse",
                5,
                "Take one extra furosemide tablet today and tomorrow, and write your weight to us for three days.",
            ),
            Message("patient", 77, "Down a pound each day, and back where I was today. Ankles are thin again."),
            Message("nurse", 80, "Very good. Back to one tablet a day.", is_unread=True),
        ),
        practitioner="nurse",
        about="furosemide_40",
    ),
    Thread(
        "Kidney results",
        "test-result",
        18,
        (
            Message(
                "nephrologist",
                0,
                "Your kidney function is stable. Potassium is at the upper end of normal, so go easy "
                "on oranges, "
                "potatoes and salt substitutes.",
            ),
            Message("patient", 26, "Will do. Is tomato soup all right?"),
            Message("nephrologist", 45, "A small bowl now and then is fine."),
        ),
        practitioner="nephrologist",
        is_closed=True,
    ),
    Thread(
        "Tooth extraction and apixaban",
        "medical-question",
        150,
        (
            Message("patient", 0, "My dentist wants to pull a tooth. Do I stop the apixaban?"),
            Message("cardiologist", 21, "For one simple tooth you can keep taking it. Bite on gauze for an hour."),
        ),
        practitioner="cardiologist",
        about="apixaban_5",
        is_closed=True,
    ),
)


def write_heart_chart(chart: Chart) -> None:
    """Write the whole chart: about 1200 resources over sixteen years."""
    chart.follow(COURSES, sway=0.02)
    for problem in PROBLEMS:
        record_problem(chart, problem)
    for visit in plan_visits(chart.rng):
        hold_visit(chart, visit)
    for therapy in THERAPIES:
        prescribe(chart, therapy)
    report_own_medicine(chart, "acetaminophen", "2 tablets as needed for knee pain, at most 6 a day", 70)
    report_own_medicine(chart, "vitamin_d", "1 softgel every morning", 60)
    for study in STUDIES:
        report_study(chart, study)
    for operation in OPERATIONS:
        record_procedure(chart, operation)
    _add_prevention(chart)
    _add_background(chart)
    _add_care(chart)
    for booking in BOOKINGS:
        book(chart, booking)
    for thread in THREADS:
        send_thread(chart, thread)


def _add_prevention(chart: Chart) -> None:
    vaccinate(chart, "tdap", chart.day(130))
    vaccinate(chart, "pneumococcal_13", chart.day(140))
    vaccinate(chart, "pneumococcal_23", chart.day(128))
    for dose, months in enumerate((37, 34), start=1):
        vaccinate(chart, "zoster", chart.day(months), dose)
    vaccinate(chart, "rsv", chart.day(11))
    decline_vaccine(chart, "pneumococcal_20", chart.day(5))
    vaccinate_by_season(chart, 196, misses=0.1)


def _add_background(chart: Chart) -> None:
    record_allergy(chart, Allergy("sulfonamide", 197, "Rash", "moderate", "high", "Blisters on arms and chest."))
    record_allergy(chart, Allergy("latex", 120, "Itching", "mild"))
    record_allergy(chart, Allergy("penicillin", 197, is_confirmed=False, note="Tolerates amoxicillin."))
    for months in range(192, 0, -24):
        record_smoking(chart, "former", months)
    record_occupation(chart, f"retired {chart.rng.choice(OCCUPATIONS)}", 197)
    for months, score in ((151, 3), (110, 1), (60, 2), (14, 1), (5, 2)):
        record_mood(chart, score, months)
    record_family(chart, Relative("father", "heart_failure", 71, has_died=True))
    record_family(chart, Relative("mother", "hypothyroidism", has_died=True))
    record_family(chart, Relative("sister", "diabetes", 63))
    insure(
        chart,
        Insurance("former_payer", 197, "Retiree PPO", ("PPO", "preferred provider organization policy"), 130),
    )
    insure(
        chart,
        Insurance("senior_payer", 130, "Senior Choice", ("HMO", "health maintenance organization policy")),
    )


def _add_care(chart: Chart) -> None:
    relative = build_relative(chart.next_id("RelatedPerson"), chart.subject, chart.person)
    chart.add(relative)
    posts = ("primary", "nurse", "cardiologist", "nephrologist", "pharmacist")
    form_team(chart, posts, refer_relative(relative))
    weight = Aim(
        "Keep weight below 180 pounds to stay free of extra water",
        71,
        ("in-progress", "In Progress"),
        "heart_failure",
        ("29463-7", "Body weight", "Weight"),
        (180, "lb", "[lb_av]"),
    )
    walking = Aim("Walk to the corner and back every day", 47, ("sustaining", "Sustaining"), "knee_arthritis")
    goals = [set_goal(chart, aim) for aim in (weight, walking)]
    plan_care(
        chart,
        "Heart and kidney plan",
        (
            "Weigh every morning before breakfast and write it down.",
            "Call for a gain of 3 pounds in a day or 5 pounds in a week.",
            "No ibuprofen or naproxen; acetaminophen for the knee.",
            "Take the blood thinner twice a day, every day.",
        ),
        goals,
    )

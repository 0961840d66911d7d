"""The second patient: a young adult with asthma, hay fever and one odd blood count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.allergies import Allergy, record_allergy
from portal_cli.sandbox.generator.appointments import Booking, book
from portal_cli.sandbox.generator.background import record_smoking
from portal_cli.sandbox.generator.conditions import Problem, record_problem
from portal_cli.sandbox.generator.courses import Course
from portal_cli.sandbox.generator.coverage import Insurance, insure
from portal_cli.sandbox.generator.messages import Message, Thread, send_thread
from portal_cli.sandbox.generator.prescriptions import Therapy, prescribe
from portal_cli.sandbox.generator.procedures import Operation, record_procedure
from portal_cli.sandbox.generator.vaccines import vaccinate, vaccinate_by_season
from portal_cli.sandbox.generator.visits import SICK_SIGNS, Visit, hold_visit

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

COURSES: dict[str, Course] = {
    "systolic": Course(((0, 114),), 0.03),
    "diastolic": Course(((0, 71),), 0.04),
    "pulse": Course(((0, 70),), 0.06),
    "oxygen": Course(((0, 98),), 0.006),
    "temperature": Course(((0, 98.3),), 0.003),
    "weight": Course(((3, 148), (0, 151)), 0.006),
    "height": Course(((0, 67),), 0),
    "hemoglobin": Course(((0, 11.1),), 0.01),
    "mcv": Course(((0, 77.5),), 0.008),
    "rdw": Course(((0, 16.2),), 0.02),
    "eosinophils": Course(((0, 0.72),), 0.06),
    "ferritin": Course(((0, 9),), 0.05),
    "platelets": Course(((0, 372),), 0.02),
}

PROBLEMS = (
    Problem("forearm_fracture", 190, abated=186, is_old=True),
    Problem("asthma", 120, severity="Mild"),
    Problem("rhinitis", 110),
    Problem("iron_deficiency", 3, note="After giving blood four times in one year."),
)

VISITS = (
    Visit(
        26,
        "new",
        "New patient",
        "New in town after school. Asthma since childhood, needs the inhaler about twice a month, more in May.",
        ("Albuterol renewed.", "Lung function test arranged."),
    ),
    Visit(
        13,
        "sick",
        "Wheezing after a cold",
        "Four days of wheezing at night after a cold. Sleeps propped up. No fever.",
        ("Prednisone for five days.", "Begin fluticasone twice a day; rinse the mouth."),
        signs=SICK_SIGNS,
        diagnosis="asthma",
    ),
    Visit(
        3,
        "office",
        "Tired, and asthma check",
        "Tired for two months and short of breath on stairs, without wheeze. Has given blood often this year.",
        (
            "The blood count shows iron deficiency.",
            "Iron every other day; pause giving blood.",
            "Repeat in 3 months.",
        ),
        ("cbc_eosinophils", "ferritin"),
        (*SICK_SIGNS, "weight"),
        diagnosis="iron_deficiency",
        is_scheduled=True,
    ),
)

THERAPIES = (
    Therapy(
        "albuterol",
        "Inhale 2 puffs every 4 to 6 hours as needed for wheezing",
        26.5,
        None,
        "asthma",
        per_day=0.01,
        days=100,
        as_needed=True,
        fills=1,
    ),
    Therapy(
        "fluticasone",
        "Inhale 2 puffs twice a day, then rinse",
        11,
        None,
        "asthma",
        per_day=0.03,
        days=30,
        repeats=11,
    ),
    Therapy("prednisone", "Take 2 tablets by mouth once a day for 5 days", 13, 12.8, "asthma", 2, 5, 0, fills=0),
    Therapy("ferrous_sulfate", "Take 1 tablet by mouth every other day", 3, None, "iron_deficiency", 0.5, fills=1),
)

THREAD = Thread(
    "Iron tablets upset my stomach",
    "medical-question",
    6,
    (
        Message("patient", 0, "The iron makes my stomach hurt. Can I take it with food?"),
        Message(
            "nurse",
            20,
            "Yes, a small meal is fine, but leave two hours between iron and coffee or milk.",
            is_unread=True,
        ),
    ),
    practitioner="nurse",
    about="ferrous_sulfate",
)


def write_asthma_chart(chart: Chart) -> None:
    """Write the whole chart: about 60 resources."""
    chart.follow(COURSES, sway=0.01)
    for problem in PROBLEMS:
        record_problem(chart, problem)
    for visit in VISITS:
        hold_visit(chart, visit)
    for therapy in THERAPIES:
        prescribe(chart, therapy)
    record_procedure(chart, Operation("spirometry", 25, "nurse", "asthma", "Mild narrowing that opens with albuterol."))
    record_allergy(chart, Allergy("grass_pollen", 110, "Sneezing", "mild"))
    record_allergy(chart, Allergy("animal_dander", 110, "Wheezing", "moderate", "high"))
    record_smoking(chart, "never", 26)
    vaccinate(chart, "tdap", chart.day(112), elsewhere=True)
    vaccinate(chart, "meningococcal", chart.day(125), elsewhere=True)
    vaccinate_by_season(chart, 26, misses=0.3)
    insure(chart, Insurance("payer", 26, "Young Adult PPO", ("PPO", "preferred provider organization policy")))
    book(chart, Booking(16, 15, 30, "Office visit", "Repeat blood count", minutes=20))
    send_thread(chart, THREAD)

"""A household: a parent who acts for a child, an adolescent with confidential parts, and a grown-up child."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.consents import LABELS
from portal_cli.sandbox.generator.allergies import Allergy, record_allergy
from portal_cli.sandbox.generator.appointments import Booking, book
from portal_cli.sandbox.generator.background import record_smoking
from portal_cli.sandbox.generator.conditions import Problem, record_problem
from portal_cli.sandbox.generator.courses import Course
from portal_cli.sandbox.generator.coverage import Insurance, insure
from portal_cli.sandbox.generator.fhir import coding
from portal_cli.sandbox.generator.messages import Message, Thread, send_thread
from portal_cli.sandbox.generator.origins import build_origin
from portal_cli.sandbox.generator.papers import FORMATS, attach, build_binary, build_document
from portal_cli.sandbox.generator.prescriptions import Therapy, prescribe
from portal_cli.sandbox.generator.times import at
from portal_cli.sandbox.generator.vaccines import vaccinate, vaccinate_by_season
from portal_cli.sandbox.generator.visits import SICK_SIGNS, Visit, hold_visit
from portal_cli.sandbox.granting import Wish, consent, person_of, related_person
from portal_cli.sandbox.rights import CONFIDENTIAL, FULL, MESSAGES, Rights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from portal_cli.sandbox.generator.chart import Chart

GROWN_UP = 18
LOOKING_ON = Rights(is_view_only=True, denied_kinds=MESSAGES)
PLAN = ("Sleep by eleven.", "Call the nurse line on a bad day.", "Nobody is told of this without your word.")

COURSES = {
    "systolic": Course(((0, 114),), 0.03),
    "diastolic": Course(((0, 71),), 0.04),
    "pulse": Course(((0, 68),), 0.05),
    "weight": Course(((0, 140),), 0.01),
    "ferritin": Course(((0, 11),), 0.05),
}
CHILD_COURSES = {
    "pulse": Course(((0, 92),), 0.05),
    "temperature": Course(((0, 98.4),), 0.004),
    "oxygen": Course(((0, 98),), 0.006),
    "weight": Course(((3, 38), (0, 52)), 0.01),
}


def write_parent(chart: Chart) -> None:
    """A healthy adult with hay fever, who comes once a year."""
    chart.follow(COURSES, sway=0.05)
    record_problem(chart, Problem("rhinitis", 60))
    hold_visit(chart, Visit(10, "annual", "Annual physical", "Well. Three children at home.", ("See you in a year.",)))
    therapy = Therapy("cetirizine", "Take 1 tablet by mouth once a day in the pollen season", 40, reason="rhinitis")
    prescribe(chart, replace(therapy, fills=1))
    record_smoking(chart, "never", 10)
    vaccinate(chart, "tdap", chart.day(70), elsewhere=True)
    _insure(chart)


def write_child(chart: Chart) -> None:
    """A child with asthma and an allergy."""
    chart.follow(CHILD_COURSES, sway=0.01)
    record_problem(chart, Problem("asthma", 20, severity="Mild"))
    cough = "Coughing at night for a week after a cold. Runs and plays. No fever."
    plan = ("Albuterol with a spacer when needed.", "Come back if the cough wakes your child twice a week.")
    visit = Visit(5, "sick", "Cough at night", cough, plan, signs=SICK_SIGNS[1:], diagnosis="asthma")
    hold_visit(chart, visit)
    directions = "Inhale 2 puffs with a spacer every 4 to 6 hours as needed for cough or wheezing"
    therapy = Therapy("albuterol", directions, 5, None, "asthma", 0.01, 100, as_needed=True, fills=1)
    prescribe(chart, therapy)
    record_allergy(chart, Allergy("animal_dander", 15, "Wheezing", "mild"))
    vaccinate_by_season(chart, 14, misses=0)
    book(chart, Booking(24, 9, 30, "Office visit", "Asthma check", minutes=20))
    question = Message("patient", 0, "We used the inhaler three times this week. Is that too much?")
    answer = Message("nurse", 5, "Three times is fine. Write again if it is every day.", is_unread=True)
    send_thread(chart, Thread("Inhaler at school", "medical-question", 4, (question, answer), "nurse", "albuterol"))
    _insure(chart)


def write_adolescent(chart: Chart) -> None:
    """An adolescent with hay fever for all to see, and something that is for nobody else."""
    chart.follow(COURSES, sway=0.05)
    record_problem(chart, Problem("rhinitis", 50))
    hold_visit(chart, Visit(11, "annual", "Sports physical", "Runs track. No complaints.", ("Fit for all sports.",)))
    therapy = Therapy("cetirizine", "Take 1 tablet by mouth once a day in the pollen season", 11, reason="rhinitis")
    prescribe(chart, replace(therapy, fills=1))
    vaccinate(chart, "tdap", chart.day(26))
    vaccinate(chart, "meningococcal", chart.day(26))
    book(chart, Booking(30, 15, 0, "Office visit", "Sports physical", minutes=20))
    with confidential(chart):
        _write_in_confidence(chart)
    _insure(chart)


def _write_in_confidence(chart: Chart) -> None:
    problem = record_problem(chart, Problem("anxiety", 4))
    talk = "Came alone. Worried before every test and meet, sleeps badly. No thoughts of self-harm."
    plan = ("Weekly talks with the counselor.", "Sertraline in the morning; come back in four weeks.")
    visit = Visit(2, "office", "Talk in confidence", talk, plan, signs=("pulse",), diagnosis="anxiety")
    hold_visit(chart, visit)
    therapy = Therapy("sertraline", "Take 1 tablet by mouth every morning", 2, None, "anxiety", 1, 30, 2, fills=1)
    prescribe(chart, therapy)
    question = Message("patient", 0, "Will my parents see on the bill that I was there?")
    answer = Message("nurse", 3, "No. That visit is kept between you and us.")
    send_thread(chart, Thread("Is this private?", "medical-question", 20, (question, answer), "nurse"))
    moment = at(chart.day(2), 16, 0)
    paper = build_binary(chart, "text/plain; charset=utf-8", FORMATS["text/plain; charset=utf-8"]("Your plan", PLAN))
    chart.add(paper)
    title = "Your plan, for you alone"
    chart.add(build_document(chart, "instructions", moment, [attach(paper, title, moment)], "primary"))
    chart.add(build_origin(chart, [{"reference": problem["reference"]}], moment, chart.directory.refer("primary")))


def write_grown_up(chart: Chart) -> None:
    """A grown-up child who studies elsewhere."""
    chart.follow(COURSES, sway=0.05)
    record_problem(chart, Problem("iron_deficiency", 8))
    tired = "Tired since the start of the term."
    visit = Visit(
        8, "office", "Tiredness", tired, ("Iron every other day.",), ("ferritin",), diagnosis="iron_deficiency"
    )
    hold_visit(chart, visit)
    directions = "Take 1 tablet by mouth every other day"
    prescribe(chart, Therapy("ferrous_sulfate", directions, 8, None, "iron_deficiency", 0.5, fills=1))
    question = Message("patient", 0, "Can my mother or father see what I write here?")
    answer = Message("nurse", 8, "No. They may look at your record, and not at your messages.", is_unread=True)
    send_thread(chart, Thread("Who reads this?", "medical-question", 9, (question, answer), "nurse"))
    _insure(chart)


# Each member by a key that goes into their ids, with their age, and what their chart has.
MEMBERS: tuple[tuple[str, int, Callable[[Chart], None]], ...] = (
    ("parent", 46, write_parent),
    ("child", 7, write_child),
    ("adolescent", 15, write_adolescent),
    ("grown-up", 22, write_grown_up),
)


def grant_within(charts: Sequence[Chart]) -> None:
    """Let the first act for each of the others, as the practice does it; the grown-up one lets them look on only."""
    parent, *others = charts
    acting, related = parent.resources[0], []
    for chart in others:
        is_minor = chart.person.age_on(chart.now.date()) < GROWN_UP
        rights = FULL if not is_minor else Rights(hidden_labels=CONFIDENTIAL)
        wish = Wish(
            parent.patient_id,
            chart.patient_id,
            "MTH" if parent.person.sex == "female" else "FTH",
            chart.day(24),
            _last_day_of_minority(chart) if is_minor else chart.now.date() + timedelta(days=300),
            rights if is_minor else LOOKING_ON,
        )
        who = chart.add({**related_person(wish, acting), "id": chart.next_id("RelatedPerson")})["reference"]
        chart.add({**consent(wish, chart.resources[0], who), "id": chart.next_id("Consent")})
        related.append(who)
    parent.add({**person_of(parent.patient_id, acting, related), "id": parent.next_id("Person")})


@contextmanager
def confidential(chart: Chart) -> Iterator[None]:
    """Mark whatever is added inside the block as restricted."""
    before = len(chart.resources)
    yield
    for resource in chart.resources[before:]:
        resource["meta"] = {**resource.get("meta", {}), "security": [coding(LABELS, "R", "restricted")]}


def _last_day_of_minority(chart: Chart) -> date:
    born = chart.person.born
    birthday = date(born.year + GROWN_UP, born.month, min(born.day, 28))
    return birthday - timedelta(days=1)


def _insure(chart: Chart) -> None:
    insure(chart, Insurance("payer", 40, "Family PPO", ("PPO", "preferred provider organization policy")))

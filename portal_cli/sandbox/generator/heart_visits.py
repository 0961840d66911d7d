"""The routine visits of the third patient: checks every few months, INR visits, and the two clinics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.heart_story import TOLD_VISITS
from portal_cli.sandbox.generator.visits import ROUTINE_SIGNS, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

FIRST_CHECK, CHECK_STEP = 192.5, 7.0
CLOSE = 1.2
RECENT = 30
WORDS = (
    "Feels about the same. Takes the pills from a weekly box and forgets few.",
    "Knees are stiff in the morning, better after moving. Sleeps well.",
    "Visited family and ate saltier food than usual; ankles were thick for some days.",
    "Works in the garden in the morning and rests in the afternoon. No falls.",
    "A little more breathless on stairs in the cold. No chest pain.",
    "Good appetite, steady weight. Plays cards twice a week.",
    "Home pressure log looks fine. Dizzy once after getting up fast.",
)
PLANS = (
    ("Continue all medicines.", "Laboratory today."),
    ("No change.", "Return in four to five months."),
    ("Keep walking.", "Salt below a teaspoon a day.", "Bring the pressure log."),
    ("Physical therapy for the knees.", "Continue."),
)


def plan_visits(rng: Random) -> list[Visit]:
    """Every visit of the chart, oldest first."""
    visits = [*TOLD_VISITS, *_checks(rng), *_anticoagulation(rng), *_cardiology(rng), *_nephrology(rng)]
    return sorted(visits, key=lambda visit: -visit.months_ago)


def _checks(rng: Random) -> Iterator[Visit]:
    months, number = FIRST_CHECK, 0
    while months > RECENT / 12:
        if all(abs(months - told.months_ago) > CLOSE for told in TOLD_VISITS):
            is_annual = number % 2 == 0
            yield Visit(
                months,
                "annual" if is_annual else "office",
                "Annual physical" if is_annual else "Follow-up of blood pressure, kidneys and heart",
                rng.choice(WORDS),
                rng.choice(PLANS),
                _panels(number, is_annual=is_annual),
                (*ROUTINE_SIGNS, "oxygen", "bmi") if is_annual else ROUTINE_SIGNS,
                diagnosis="hypertension",
                is_scheduled=months < RECENT,
            )
        months -= CHECK_STEP + rng.uniform(-0.5, 0.5)
        number += 1


def _panels(number: int, *, is_annual: bool) -> tuple[str, ...]:
    if is_annual:
        return ("bmp", "cbc", "lipids", "thyroid")
    return ("bmp",) if number % 4 == 1 else ()


def _anticoagulation(rng: Random) -> Iterator[Visit]:
    months = 107.2
    while months > RECENT * 2 + 5:
        if abs(months - 84) > CLOSE / 2:
            yield Visit(months, "nurse", "INR check", panels=("coagulation",), signs=(), author="nurse")
        months -= 1.9 + rng.uniform(-0.3, 0.3)


def _cardiology(rng: Random) -> Iterator[Visit]:
    for months in (96, 87.5, 78, 68.5, 59, 46, 40, 28, 22, 16, 10, 3.5):
        yield Visit(
            months + rng.uniform(-0.3, 0.3),
            "specialist",
            "Heart clinic",
            rng.choice(WORDS),
            ("Rhythm and rate are well controlled.", "Continue the blood thinner."),
            ("nt_probnp",),
            author="cardiologist",
            diagnosis="fibrillation",
            is_scheduled=months < RECENT,
        )


def _nephrology(rng: Random) -> Iterator[Visit]:
    for months in (60.5, 48, 37, 25.5, 13, 7):
        yield Visit(
            months + rng.uniform(-0.3, 0.3),
            "specialist",
            "Kidney clinic",
            rng.choice(WORDS),
            ("Pressure goal below 130/80.", "No drugs like ibuprofen or naproxen."),
            ("bmp", "urine_albumin"),
            author="nephrologist",
            diagnosis="kidney_disease_3",
            is_scheduled=months < RECENT,
        )

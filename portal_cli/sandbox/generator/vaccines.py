"""Immunizations: vaccines in CVX, the seasonal ones by calendar, and the Immunizations of a chart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import CVX, Json, coding, concept, profile, term
from portal_cli.sandbox.generator.times import at, stamp, workday

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

VACCINES: dict[str, tuple[str, str, str]] = {
    "influenza_four": (
        "150",
        "influenza, injectable, quadrivalent, preservative free",
        "Influenza, seasonal",
    ),
    "influenza_three": ("140", "Influenza, seasonal, injectable, preservative free", "Influenza, seasonal"),
    "influenza_high_dose_four": (
        "197",
        "influenza, high-dose, quadrivalent",
        "Influenza, seasonal, high dose",
    ),
    "influenza_high_dose_three": ("135", "Influenza, high dose seasonal", "Influenza, seasonal, high dose"),
    "covid_primary": (
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
        "COVID-19 mRNA",
    ),
    "covid_bivalent": (
        "300",
        "COVID-19, mRNA, LNP-S, bivalent, PF, 30 mcg/0.3 mL dose",
        "COVID-19 mRNA, bivalent",
    ),
    "covid_seasonal": (
        "309",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL",
        "COVID-19 mRNA, seasonal",
    ),
    "tdap": ("115", "Tdap", "Tetanus, diphtheria and whooping cough (Tdap)"),
    "pneumococcal_20": (
        "216",
        "Pneumococcal conjugate vaccine 20-valent (PCV20), polysaccharide CRM197 conjugate, adjuvant, PF",
        "Pneumococcal conjugate (PCV20)",
    ),
    "pneumococcal_13": ("133", "Pneumococcal conjugate PCV 13", "Pneumococcal conjugate (PCV13)"),
    "pneumococcal_23": ("33", "pneumococcal polysaccharide PPV23", "Pneumococcal polysaccharide (PPSV23)"),
    "hepatitis_b": ("43", "Hep B, adult", "Hepatitis B, adult"),
    "zoster": ("187", "zoster recombinant", "Shingles, recombinant"),
    "hpv": ("165", "HPV9", "Human papillomavirus (HPV9)"),
    "meningococcal": ("114", "meningococcal MCV4P", "Meningococcal (MenACWY)"),
    "rsv": (
        "305",
        "RSV, bivalent, protein subunit RSVpreF, diluent reconstituted, 0.5 mL, PF",
        "RSV, adult",
    ),
}

COVID_DAYS = (
    ("covid_primary", date(2021, 4, 9)),
    ("covid_primary", date(2021, 4, 30)),
    ("covid_primary", date(2021, 11, 12)),
    ("covid_bivalent", date(2022, 10, 7)),
)
FIRST_SEASONAL_COVID_YEAR = 2023
FIRST_TRIVALENT_YEAR = 2024
SENIOR_AGE = 65


def vaccinate(chart: Chart, vaccine: str, day: date, dose: int = 0, *, elsewhere: bool = False) -> Json:
    """Add one Immunization; `dose` is its number in a series, `elsewhere` keeps only what the patient told."""
    cvx, display, text = VACCINES[vaccine]
    immunization: Json = {
        "resourceType": "Immunization",
        "id": chart.next_id("Immunization"),
        "meta": profile("immunization"),
        "status": "completed",
        "vaccineCode": concept(text, coding(CVX, cvx, display)),
        "patient": chart.subject,
        "occurrenceDateTime": day.isoformat(),
        "primarySource": not elsewhere,
        "protocolApplied": [{"doseNumberPositiveInt": dose}] if dose else [],
    }
    if not elsewhere:
        immunization |= _details(chart, day)
    return chart.add(immunization, text)


def vaccinate_by_season(chart: Chart, months: float, *, misses: float) -> None:
    """Add the influenza and COVID-19 vaccines since so many months ago, missing a share of them."""
    first = chart.day(months)
    for year in range(first.year, chart.now.year + 1):
        day = date(year, 10, 3) + timedelta(days=chart.rng.randint(0, 35))
        if first <= day < chart.now.date() and chart.rng.random() >= misses:
            vaccinate(chart, _influenza(chart, day), day)
            if year >= FIRST_SEASONAL_COVID_YEAR:
                vaccinate(chart, "covid_seasonal", day)
    for dose, (vaccine, day) in enumerate(COVID_DAYS, start=1):
        if first <= day < chart.now.date():
            vaccinate(chart, vaccine, day + timedelta(days=chart.rng.randint(0, 9)), dose)


def _details(chart: Chart, day: date) -> Json:
    side = chart.rng.choice((("LA", "left arm"), ("RA", "right arm")))
    return {
        "occurrenceDateTime": stamp(at(workday(day), 10, 15)),
        "location": chart.directory.refer("clinic"),
        "lotNumber": f"{chart.rng.choice('ABEKX')}{chart.rng.randint(10000, 99999)}",
        "site": term("v3-ActSite", *side),
        "performer": [{"actor": chart.directory.refer("nurse")}],
    }


def decline_vaccine(chart: Chart, vaccine: str, day: date) -> Json:
    """Add an Immunization that was offered and not wanted."""
    cvx, display, text = VACCINES[vaccine]
    immunization = {
        "resourceType": "Immunization",
        "id": chart.next_id("Immunization"),
        "meta": profile("immunization"),
        "status": "not-done",
        "statusReason": term("v3-ActReason", "PATOBJ", "patient objection"),
        "vaccineCode": concept(text, coding(CVX, cvx, display)),
        "patient": chart.subject,
        "occurrenceDateTime": day.isoformat(),
        "primarySource": True,
    }
    return chart.add(immunization, text)


def _influenza(chart: Chart, day: date) -> str:
    valence = "three" if day.year >= FIRST_TRIVALENT_YEAR else "four"
    is_senior = chart.person.age_on(day) >= SENIOR_AGE
    return f"influenza_high_dose_{valence}" if is_senior else f"influenza_{valence}"

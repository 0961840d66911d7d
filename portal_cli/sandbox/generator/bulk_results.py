"""Results in bulk: Observations of every category, DiagnosticReports, orders, samples and pictures."""

from __future__ import annotations

import base64
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.analytes import ANALYTES
from portal_cli.sandbox.generator.bulk_findings import FINDINGS, Finding
from portal_cli.sandbox.generator.fhir import LOINC, Json, coding, concept, profile, quantity, term
from portal_cli.sandbox.generator.labs import LABORATORY, flag
from portal_cli.sandbox.generator.orders import build_order, build_specimen
from portal_cli.sandbox.generator.panels import PANELS, Panel
from portal_cli.sandbox.generator.pictures import build_media, png
from portal_cli.sandbox.generator.ranges import Analyte, interpret
from portal_cli.sandbox.generator.times import stamp
from portal_cli.sandbox.generator.vitals import PROFILES, SIGNS, VITAL_SIGNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.generator.bulk_chart import BulkChart

LABS, VITALS = "Observation/laboratory", "Observation/vital-signs"
WIDE = 8  # no report has more results than this in the usual mix
WIDE_PANELS: tuple[Panel, ...] = tuple(
    panel for panel in PANELS.values() if len(panel.tests) > WIDE and all(test in ANALYTES for test in panel.tests)
)
# A usual reading of each sign, and how far it strays.
USUAL: dict[str, tuple[float, float]] = {
    "systolic": (124, 11),
    "diastolic": (77, 7),
    "pulse": (72, 9),
    "breathing": (15, 2),
    "oxygen": (97, 1),
    "temperature": (98.3, 0.5),
    "weight": (168, 4),
    "height": (67, 0.1),
    "bmi": (26.3, 0.7),
}
_VITAL_ORDER = ("pressure", "pulse", "weight", "temperature", "oxygen", "breathing", "bmi", "height")


def laboratory(bulk: BulkChart, number: int) -> Json:
    """One result of the report it belongs to."""
    report = bulk.share(LABS, number, "DiagnosticReport") if bulk.counts.get("DiagnosticReport") else 0
    panel = WIDE_PANELS[report % len(WIDE_PANELS)]
    first = bulk.shares(LABS, "DiagnosticReport", report).start if report else 1
    test = panel.tests[(number - first) % len(panel.tests)]
    moment = bulk.moment("DiagnosticReport", report) if report else bulk.moment(LABS, number)
    taken = stamp(moment)
    return {
        **_lab_template(bulk, test),
        "id": bulk.id(LABS, number),
        "effectiveDateTime": taken,
        "issued": taken,
        **_measured(bulk, test),
    }


def vital_sign(bulk: BulkChart, number: int) -> Json:
    """One sign of the visit it belongs to."""
    visit = bulk.share(VITALS, number, "Encounter")
    sign = _VITAL_ORDER[number % len(_VITAL_ORDER)]
    taken = stamp(bulk.moment("Encounter", visit) if visit <= bulk.counts.get("Encounter", 0) else bulk.chart.now)
    observation = {
        **_vital_template(bulk, sign),
        "id": bulk.id(VITALS, number),
        "effectiveDateTime": taken,
        "issued": taken,
    }
    encounter = bulk.refer("Encounter", visit)
    if encounter:
        observation["encounter"] = encounter
    if sign != "pressure":
        return {**observation, "valueQuantity": _sign_value(bulk, sign)}
    observation["component"] = [
        {"code": _sign_code(part), "valueQuantity": _sign_value(bulk, part)} for part in ("systolic", "diastolic")
    ]
    return observation


def finding(category: str, bulk: BulkChart, number: int) -> Json:
    """One Observation of a smaller category."""
    rows = FINDINGS[category]
    row: Finding = rows[number % len(rows)]
    part = f"Observation/{category}"
    taken = stamp(bulk.moment(part, number))
    value: Json
    if row.ucum:
        low, high = row.span
        value = {"valueQuantity": quantity(bulk.rng.randint(low, high), row.unit, row.ucum)}
    else:
        value = {"valueString": bulk.rng.choice(row.words)}
    return {
        "resourceType": "Observation",
        "id": bulk.id(part, number),
        "status": "final",
        "category": [row.category],
        "code": row.code,
        "subject": bulk.subject,
        "effectiveDateTime": taken,
        "issued": taken,
        "performer": [bulk.post("nurse")],
        **value,
    }


def report(bulk: BulkChart, number: int) -> Json:
    """One laboratory report over the results that belong to it."""
    panel = WIDE_PANELS[number % len(WIDE_PANELS)]
    taken = stamp(bulk.moment("DiagnosticReport", number))
    results = [bulk.refer(LABS, place) for place in bulk.shares(LABS, "DiagnosticReport", number)]
    document: Json = {
        "resourceType": "DiagnosticReport",
        "id": bulk.id("DiagnosticReport", number),
        "meta": profile("diagnosticreport-lab"),
        "status": "final",
        "category": [term("v2-0074", "LAB", "Laboratory")],
        "code": concept(panel.text, coding(LOINC, panel.loinc, panel.display)),
        "subject": bulk.subject,
        "effectiveDateTime": taken,
        "issued": taken,
        "performer": [bulk.post("laboratory")],
    }
    if results:
        document["result"] = results
    for name, part in (("basedOn", "ServiceRequest"), ("specimen", "Specimen")):
        reference = bulk.refer(part, number)
        if reference and number <= bulk.counts[part]:
            document[name] = [reference]
    return document


def order(bulk: BulkChart, number: int) -> Json:
    """The order behind a report."""
    panel = WIDE_PANELS[number % len(WIDE_PANELS)]
    what = concept(panel.text, coding(LOINC, panel.loinc, panel.display))
    return build_order(bulk.chart, what, _report_moment(bulk, "ServiceRequest", number), "laboratory", "laboratory")


def specimen(bulk: BulkChart, number: int) -> Json:
    """The sample behind a report."""
    moment = _report_moment(bulk, "Specimen", number)
    return build_specimen(bulk.chart, "blood", moment, bulk.refer("ServiceRequest", number))


def picture(bulk: BulkChart, number: int) -> Json:
    """A small picture, inside its Media."""
    content = png(16, 16, number % 200)
    moment = bulk.moment("Media", number)
    title = f"Skin, picture {number}"
    attachment = {
        "contentType": "image/png",
        "data": base64.b64encode(content).decode("ascii"),
        "size": len(content),
        "title": title,
        "creation": stamp(moment),
    }
    return build_media(bulk.chart, title, moment, attachment)


RESULTS: dict[str, Callable[[BulkChart, int], Json]] = {
    LABS: laboratory,
    VITALS: vital_sign,
    **{f"Observation/{category}": partial(finding, category) for category in FINDINGS},
    "DiagnosticReport": report,
    "ServiceRequest": order,
    "Specimen": specimen,
    "Media": picture,
}


def _report_moment(bulk: BulkChart, part: str, number: int) -> datetime:
    is_known = number <= bulk.counts.get("DiagnosticReport", 0)
    return bulk.moment("DiagnosticReport" if is_known else part, number)


def _lab_template(bulk: BulkChart, test: str) -> Json:
    if test not in bulk.templates:
        analyte = ANALYTES[test]
        bulk.templates[test] = {
            "resourceType": "Observation",
            "id": "",
            "meta": profile("observation-lab"),
            "status": "final",
            "category": [LABORATORY],
            "code": concept(analyte.text, coding(LOINC, analyte.loinc, analyte.display)),
            "subject": bulk.subject,
            "effectiveDateTime": "",
            "issued": "",
            "performer": [bulk.post("laboratory")],
            "referenceRange": [_range(bulk, analyte)],
        }
    return bulk.templates[test]


def _range(bulk: BulkChart, analyte: Analyte) -> Json:
    span = analyte.span(bulk.chart.person.sex)
    ends = {"low": span.low, "high": span.high}
    return {name: quantity(Decimal(end), analyte.unit, analyte.ucum) for name, end in ends.items() if end is not None}


def _measured(bulk: BulkChart, test: str) -> Json:
    """A value around the middle of the range, outside it now and then."""
    analyte, sex = ANALYTES[test], bulk.chart.person.sex
    span = analyte.span(sex)
    high = float(span.high) if span.high else float(span.low or 1) * 1.5
    low = float(span.low) if span.low else high * 0.3
    value = analyte.round(bulk.rng.gauss((low + high) / 2, (high - low) / 4))
    return {
        "valueQuantity": quantity(_plain(value), analyte.unit, analyte.ucum),
        "interpretation": [flag(interpret(analyte, sex, value))],
    }


def _vital_template(bulk: BulkChart, sign: str) -> Json:
    if sign not in bulk.templates:
        is_pressure = sign == "pressure"
        code = concept("Blood pressure", coding(LOINC, "85354-9", "Blood pressure panel"))
        bulk.templates[sign] = {
            "resourceType": "Observation",
            "id": "",
            "meta": profile("blood-pressure" if is_pressure else PROFILES[sign]),
            "status": "final",
            "category": [VITAL_SIGNS],
            "code": code if is_pressure else _sign_code(sign),
            "subject": bulk.subject,
            "effectiveDateTime": "",
            "issued": "",
            "performer": [bulk.post("nurse")],
        }
    return bulk.templates[sign]


def _sign_code(sign: str) -> Json:
    return concept(SIGNS[sign].text, coding(LOINC, SIGNS[sign].loinc, SIGNS[sign].display))


def _sign_value(bulk: BulkChart, sign: str) -> Json:
    usual, spread = USUAL[sign]
    value = SIGNS[sign].round(bulk.rng.gauss(usual, spread))
    return quantity(_plain(value), SIGNS[sign].unit, SIGNS[sign].ucum)


def _plain(value: Decimal) -> Decimal | int:
    return int(value) if value.as_tuple().exponent == 0 else value

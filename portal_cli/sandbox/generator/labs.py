"""Laboratory results: the Observations of one blood draw or sample, and the DiagnosticReport over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.analytes import ANALYTES
from portal_cli.sandbox.generator.derived import FORMULAS, creatinine_for, estimate_egfr
from portal_cli.sandbox.generator.fhir import (
    LOINC,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    profile,
    quantity,
    reference,
    term,
)
from portal_cli.sandbox.generator.panels import PANELS, WORDED_TESTS, Panel
from portal_cli.sandbox.generator.ranges import Analyte, interpret
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

FLAGS = {"LL": "Critical low", "L": "Low", "N": "Normal", "H": "High", "HH": "Critical high"}
LABORATORY = term("observation-category", "laboratory", "Laboratory")


@dataclass(frozen=True)
class Draw:
    """A sample for one panel; `spoiled` names a test that the sample did not allow."""

    panel: str
    taken: datetime
    encounter: Json | None = None
    status: str = "final"
    spoiled: str = ""
    answer: int = 0


def report_panel(chart: Chart, draw: Draw) -> list[str]:
    """Add the results of a panel and its report; answer the results as lines for a note."""
    panel = PANELS[draw.panel]
    values: dict[str, Decimal] = {}
    lines: list[str] = []
    results: list[Json] = []
    corrected = panel.tests[0] if draw.status == "corrected" else ""
    for key in panel.tests:
        observation = _start_observation(chart, draw, key, is_corrected=key == corrected)
        if key in WORDED_TESTS:
            observation |= _worded(key, draw.answer)
            lines.append(f"{observation['code']['text']}: {observation['valueString']}")
        elif key == draw.spoiled:
            observation |= _absent()
        else:
            value = find_value(chart, key, draw.taken, values)
            observation |= _measured(ANALYTES[key], chart.person.sex, value)
            lines.append(_line(observation))
        results.append(chart.add(observation, observation["code"]["text"]))
    chart.add(_report(chart, draw, panel, results))
    return lines


def find_value(chart: Chart, key: str, moment: datetime, values: dict[str, Decimal]) -> Decimal:
    """Measure or calculate an analyte, once per draw: `values` keeps what is known."""
    if key not in values:
        age = chart.person.age_on(moment.date())
        if key == "creatinine" and "egfr" in chart.courses:
            raw = creatinine_for(chart.measure("egfr", moment), age, chart.person.sex)
        elif key == "egfr":
            creatinine = find_value(chart, "creatinine", moment, values)
            raw = estimate_egfr(float(creatinine), age, chart.person.sex)
        elif key in FORMULAS:
            needed, formula = FORMULAS[key]
            raw = formula(*(float(find_value(chart, need, moment, values)) for need in needed))
        else:
            raw = chart.measure(key, moment)
        values[key] = ANALYTES[key].round(raw)
    return values[key]


def flag(code: str) -> Json:
    """An interpretation of the v3-ObservationInterpretation code system."""
    return term("v3-ObservationInterpretation", code, FLAGS[code])


def _start_observation(chart: Chart, draw: Draw, key: str, *, is_corrected: bool) -> Json:
    test = ANALYTES.get(key) or WORDED_TESTS[key]
    status = {"corrected": "corrected" if is_corrected else "final"}.get(draw.status, draw.status)
    note = "Corrected result: the sample was first filed with a typing error." if is_corrected else ""
    return {
        "resourceType": "Observation",
        "id": chart.next_id("Observation"),
        "meta": profile("observation-lab"),
        "status": status,
        "category": [LABORATORY],
        "code": concept(test.text, coding(LOINC, test.loinc, test.display)),
        "subject": chart.subject,
        "encounter": draw.encounter,
        "effectiveDateTime": stamp(draw.taken),
        "issued": stamp(_issued(chart, draw)),
        "performer": [chart.directory.refer("laboratory")],
        "note": [{"text": note}] if note else [],
    }


def _measured(analyte: Analyte, sex: str, value: Decimal) -> Json:
    limit = Decimal(analyte.detection_limit) if analyte.detection_limit else None
    is_undetected = limit is not None and value < limit
    printed = quantity(_number(limit if is_undetected and limit else value), analyte.unit, analyte.ucum)
    code = interpret(analyte, "female" if sex == "female" else "male", value)
    return {
        "valueQuantity": ({"value": printed.pop("value"), "comparator": "<"} | printed) if is_undetected else printed,
        "interpretation": [flag(code)],
        "referenceRange": [_reference_range(analyte, sex)],
    }


def _reference_range(analyte: Analyte, sex: str) -> Json:
    span = analyte.female if sex == "female" else analyte.male
    ends = {
        name: quantity(_number(Decimal(end)), analyte.unit, analyte.ucum)
        for name, end in (("low", span.low), ("high", span.high))
        if end is not None
    }
    printed = f"{span.low} to {span.high}" if span.low and span.high else ""
    text = printed or (f"{span.low} or more" if span.low else f"{span.high} or less")
    return ends | {
        "type": term("referencerange-meaning", "normal", "Normal Range"),
        "text": f"{text} {analyte.unit}".strip(),
    }


def _number(value: Decimal) -> Decimal | int:
    return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else value


def _worded(key: str, answer: int) -> Json:
    answers = WORDED_TESTS[key].answers
    return {"valueString": answers[min(answer, len(answers) - 1)]}


def _absent() -> Json:
    return {
        "dataAbsentReason": concept(
            "The sample was damaged in transport; please repeat",
            coding(TERMINOLOGY + "data-absent-reason", "error", "Error"),
        )
    }


def _line(observation: Json) -> str:
    measured = observation["valueQuantity"]
    sign = measured.get("comparator", "")
    code = observation["interpretation"][0]["coding"][0]["code"]
    remark = "" if code == "N" else f" ({FLAGS[code].lower()})"
    return f"{observation['code']['text']} {sign}{measured['value']} {measured.get('unit', '')}".strip() + remark


def _report(chart: Chart, draw: Draw, panel: Panel, results: list[Json]) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "id": chart.next_id("DiagnosticReport"),
        "meta": profile("diagnosticreport-lab"),
        "status": draw.status,
        "category": [term("v2-0074", "LAB", "Laboratory")],
        "code": concept(panel.text, coding(LOINC, panel.loinc, panel.display)),
        "subject": chart.subject,
        "encounter": draw.encounter,
        "effectiveDateTime": stamp(draw.taken),
        "issued": stamp(_issued(chart, draw)),
        "performer": [chart.directory.refer("laboratory")],
        "result": [reference(result["reference"], result["display"]) for result in results],
        "conclusion": _conclusion(draw),
    }


def _conclusion(draw: Draw) -> str:
    if draw.status == "preliminary":
        return "Preliminary: the laboratory has not finished this test."
    if draw.status == "corrected":
        return "Corrected report: replaces an earlier version of this result."
    return "One test could not be done on this sample." if draw.spoiled else ""


def _issued(chart: Chart, draw: Draw) -> datetime:
    hours = 6 if draw.status == "preliminary" else 22
    return min(draw.taken + timedelta(hours=hours, minutes=17), chart.now)

"""Vital signs: blood pressure with components, pulse, weight and the rest, as US Core Observations."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import LOINC, Json, coding, concept, profile, quantity, term
from portal_cli.sandbox.generator.labs import flag
from portal_cli.sandbox.generator.ranges import Analyte, Span, interpret
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

VITAL_SIGNS = term("observation-category", "vital-signs", "Vital Signs")
POUNDS_AND_INCHES_TO_BMI = 703


def _sign(names: str, unit: str, decimals: int, low: str | None, high: str | None) -> Analyte:
    loinc, display, text = names.split("|")
    printed, _, ucum = unit.partition("=")
    return Analyte(loinc, display, text, printed, ucum or printed, decimals, Span(low, high), Span(low, high))


SIGNS: dict[str, Analyte] = {
    "systolic": _sign("8480-6|Systolic blood pressure|Systolic", "mmHg=mm[Hg]", 0, "90", "129"),
    "diastolic": _sign("8462-4|Diastolic blood pressure|Diastolic", "mmHg=mm[Hg]", 0, "50", "84"),
    "pulse": _sign("8867-4|Heart rate|Pulse", "beats/min=/min", 0, "50", "100"),
    "breathing": _sign("9279-1|Respiratory rate|Respiratory rate", "breaths/min=/min", 0, "12", "20"),
    "oxygen": _sign("2708-6|Oxygen saturation in Arterial blood|Oxygen saturation", "%", 0, "93", "100"),
    "temperature": _sign("8310-5|Body temperature|Temperature", "°F=[degF]", 1, "96.8", "100.3"),
    "weight": _sign("29463-7|Body weight|Weight", "lb=[lb_av]", 1, None, None),
    "height": _sign("8302-2|Body height|Height", "in=[in_i]", 1, None, None),
    "bmi": _sign("39156-5|Body mass index (BMI) [Ratio]|Body mass index", "kg/m²=kg/m2", 1, "18.5", "24.9"),
}
PROFILES = {
    "pulse": "heart-rate",
    "breathing": "respiratory-rate",
    "oxygen": "pulse-oximetry",
    "temperature": "body-temperature",
    "weight": "body-weight",
    "height": "body-height",
    "bmi": "bmi",
}
PULSE_OXIMETRY = coding(LOINC, "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry")


def take_vitals(chart: Chart, moment: datetime, encounter: Json, signs: tuple[str, ...]) -> list[str]:
    """Add one Observation per sign, and "pressure" for both pressures; answer them as lines for a note."""
    lines: list[str] = []
    values: dict[str, Decimal] = {}
    for key in signs:
        if key == "pressure":
            observation, line = _pressure(chart, moment, encounter)
        else:
            values[key] = _read(chart, key, moment, values)
            observation = _observation(chart, key, moment, encounter) | _result(chart, key, values[key])
            line = f"{SIGNS[key].text} {values[key]} {SIGNS[key].unit}"
        chart.add(observation)
        lines.append(line)
    return lines


def _read(chart: Chart, key: str, moment: datetime, values: dict[str, Decimal]) -> Decimal:
    if key == "bmi":
        height = chart.courses["height"].expect(0)
        return SIGNS[key].round(float(values["weight"]) * POUNDS_AND_INCHES_TO_BMI / height**2)
    reading = SIGNS[key].round(chart.measure(key, moment))
    return min(reading, Decimal(99)) if key == "oxygen" else reading


def _pressure(chart: Chart, moment: datetime, encounter: Json) -> tuple[Json, str]:
    found = {key: SIGNS[key].round(chart.measure(key, moment)) for key in ("systolic", "diastolic")}
    components = [
        {"code": concept(SIGNS[key].text, coding(LOINC, SIGNS[key].loinc, SIGNS[key].display))}
        | _result(chart, key, value)
        for key, value in found.items()
    ]
    observation = _start(
        chart, moment, encounter, concept("Blood pressure", coding(LOINC, "85354-9", "Blood pressure panel"))
    )
    observation |= {"meta": profile("blood-pressure"), "component": components}
    return observation, f"Blood pressure {found['systolic']}/{found['diastolic']} mmHg"


def _observation(chart: Chart, key: str, moment: datetime, encounter: Json) -> Json:
    sign = SIGNS[key]
    codings = [coding(LOINC, sign.loinc, sign.display)]
    if key == "oxygen":
        codings.insert(0, PULSE_OXIMETRY)
    return _start(chart, moment, encounter, concept(sign.text, *codings)) | {"meta": profile(PROFILES[key])}


def _start(chart: Chart, moment: datetime, encounter: Json, code: Json) -> Json:
    return {
        "resourceType": "Observation",
        "id": chart.next_id("Observation"),
        "meta": {},
        "status": "final",
        "category": [VITAL_SIGNS],
        "code": code,
        "subject": chart.subject,
        "encounter": encounter,
        "effectiveDateTime": stamp(moment),
        "issued": stamp(moment),
        "performer": [chart.directory.refer("nurse")],
    }


def _result(chart: Chart, key: str, value: Decimal) -> Json:
    sign = SIGNS[key]
    number = value if sign.decimals else int(value)
    result: Json = {"valueQuantity": quantity(number, sign.unit, sign.ucum)}
    if sign.female.low is None:
        return result
    ends = {
        name: quantity(Decimal(end) if sign.decimals else int(end), sign.unit, sign.ucum)
        for name, end in (("low", sign.female.low), ("high", sign.female.high))
        if end is not None
    }
    result["interpretation"] = [flag(interpret(sign, chart.person.sex, value))]
    result["referenceRange"] = [ends]
    return result

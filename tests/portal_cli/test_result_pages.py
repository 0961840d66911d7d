"""What a trend, a result, a vital sign and a panel look like: golden files at every width, with and without colour."""

from __future__ import annotations

import io
import re
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portal_cli import accessible, output, result_page, trend_page, views
from portal_cli.painting import Look, painted
from store.records import charts, labs, measures, panels, trends
from store.records.cells import cell_width
from store.records.ranges import NOBODY
from store.records.source import Source
from store.records.text import Safe
from tests.support import golden
from tests.support.results import (
    GLUCOSE_MOLES,
    SODIUM,
    blood_pressure,
    concept,
    glucose,
    observation,
    quantity,
    span,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.painting import Line
    from store.records.elements import Json
    from store.records.labs import LabResult
    from store.records.trends import Trend

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (60, 80, 120)
HERE, THERE = Source(Safe("clinic"), Safe("Ada Example")), Source(Safe("hospital"), Safe("Ada Example"))
HOSTILE = "Sodium\x1b]0;x\x07 \u202eevil\u200b\x00 <script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are shown in the zone of the machine, which here is always the same one."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def followed(*found: tuple[Json, Source]) -> tuple[Trend, ...]:
    every = [item for body, source in found for item in measures.Reader(len(source.portal), source).read(body)]
    return trends.build(every, Safe("Ada Example"))


def of_two_portals() -> tuple[Trend, ...]:
    values = ["88", "95", "104", "121", "99", "65", "92", "97"]
    mine = [
        (glucose(f"g{number}", f"20{16 + number}-03-0{number + 1}", value), HERE) for number, value in enumerate(values)
    ]
    theirs = observation(
        "m1", GLUCOSE_MOLES, "2021-09-05T08:00:00Z", valueQuantity=quantity("7.2", "mmol/L"),
        referenceRange=[span("3.9", "5.5", "mmol/L")],
    )  # fmt: skip
    bound = glucose(
        "b1", "2024-05-01", "40", valueQuantity=quantity("40", "mg/dL", comparator="<"), status="preliminary"
    )
    words = glucose("w1", "2024-06-01", "1", valueQuantity=None, valueString="haemolysed, not measured")
    odd = glucose("o1", "2024-07-01", "6", "{score}", referenceRange=[])
    return followed(*mine, (theirs, THERE), (bound, HERE), (words, HERE), (odd, THERE))


def panel() -> panels.ResultDetail:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": concept("24323-8", "Comprehensive metabolic panel"),
        "effectiveDateTime": "2024-05-17T09:30:00+02:00",
        "issued": "2024-05-18",
        "performer": [{"display": "Example Laboratory"}],
        "conclusion": "Glucose is above the usual range; otherwise unremarkable.",
    }
    members = [
        panels.Member(glucose("g1", "2024-05-17", "121", interpretation=[{"coding": [{"code": "H"}]}]), 0),
        panels.Member(observation("s1", SODIUM, "2024-05-17", valueQuantity=quantity("140", "mmol/L")), 0),
        panels.Member(observation("t1", concept("5130-1", "DNA antibody titre"), "2024-05-17", valueRatio=TITRE), 1),
    ]
    found = panels.read(report, HERE, NOBODY, members, missing=1)
    first = replace(found.members[0].result, previous=Safe("104 mg/dL"), change=Decimal(17))
    return replace(found, members=(replace(found.members[0], result=first), *found.members[1:]))


TITRE = {"numerator": {"value": 1}, "denominator": {"value": 128}}


def result() -> panels.ResultDetail:
    body = glucose(
        "g9", "2024-05-17T09:30:00+02:00", "121", specimen={"display": "Serum"}, method={"text": "Hexokinase"},
        note=[{"text": "Not fasting."}], performer=[{"display": "Example Laboratory"}],
        referenceRange=[
            span("70", "99", "mg/dL", appliesTo=[{"text": "Adults"}]),
            span("74", "106", "mg/dL", type={"coding": [{"code": "treatment", "display": "Treatment"}]}),
        ],
    )  # fmt: skip
    earlier = [(glucose(f"g{day}", f"2024-04-0{day}", str(90 + day)), HERE) for day in range(1, 9)]
    found = panels.read(body, HERE, NOBODY)
    return replace(found, history=followed(*earlier, (body, HERE)))


def vital() -> panels.ResultDetail:
    body = blood_pressure("v9", "2024-05-17", "142", "82")
    earlier = [(blood_pressure("v8", "2024-02-01", "128", "86"), HERE)]
    return replace(panels.read(body, HERE, NOBODY), history=followed(*earlier, (body, HERE)))


def lines(view: str, look: Look) -> list[Line]:
    if view == "trend":
        return trend_page.pages(of_two_portals(), look, 6)
    made = {"panel": panel, "result": result, "vital": vital}[view]
    return result_page.page(made(), look)


VIEWS = ("trend", "panel", "result", "vital")


@pytest.mark.parametrize("in_colour", [True, False], ids=["colour", "plain"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_looks_as_it_did(view: str, width: int, in_colour: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    shown = painted(lines(view, Look(width)), in_colour=in_colour)
    golden.check(GOLDEN / f"{view}-{width}-{'colour' if in_colour else 'plain'}.txt", shown)


@pytest.mark.parametrize("in_colour", [True, False], ids=["colour", "plain"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_list_looks_as_it_did(width: int, in_colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter of pytest
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": str(width), "TERM": "xterm-256color", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    if not in_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    drawn = io.StringIO()
    monkeypatch.setattr(sys, "stdout", drawn)
    output._draw(views.LABS, views.LABS.cells(listed()))
    shown = "\n".join(line.rstrip() for line in drawn.getvalue().splitlines())
    golden.check(GOLDEN / f"list-{width}-{'colour' if in_colour else 'plain'}.txt", shown)


def listed() -> list[LabResult]:
    titre = concept("5130-1", "DNA antibody titre")
    bodies = (
        glucose("g9", "2024-05-17", "121"),
        blood_pressure("v9", "2024-05-17", "142", "82"),
        observation("t1", titre, "2024-05-16", valueRatio=TITRE, status="preliminary"),
    )
    found = [labs.read(body, HERE) for body in bodies]
    return [replace(found[0], previous=Safe("104.5 mg/dL"), change=Decimal("16.5")), *found[1:]]


@pytest.mark.parametrize("view", VIEWS)
def test_a_spoken_view_reads_as_it_did(view: str) -> None:
    golden.check(GOLDEN / f"{view}-spoken.txt", painted(lines(view, Look(80, is_spoken=True)), in_colour=False))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wider_than_the_screen_and_nothing_is_told_by_colour_alone(view: str, width: int) -> None:
    plain = painted(lines(view, Look(width)), in_colour=False)
    coloured = painted(lines(view, Look(width)), in_colour=True)
    assert max(map(cell_width, plain.splitlines())) <= width
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b" not in plain


@pytest.mark.parametrize("view", VIEWS)
def test_a_spoken_view_has_no_boxes_and_no_signs_and_a_label_before_each_value(view: str) -> None:
    shown = painted(lines(view, Look(80, is_spoken=True)), in_colour=False)
    assert not re.search(r"[░▲▼●○◆│┤└─<>≤≥]", shown)
    titled = [line for line in shown.splitlines() if ": " in line]
    assert len(titled) > 8


def test_a_list_for_who_listens_has_words_instead_of_signs() -> None:
    shown = accessible.rows(listed(), views.LABS)
    assert (
        "1 of 3, laboratory results\nDate: 2024-05-17\nName: Glucose in serum or plasma\nValue: 121 mg/dL\nFlag: high"
        in shown
    )
    assert "Range: 70 to 99\nBefore: 104.5 mg/dL (up by 16.5)" in shown
    assert "Value: 142 over 82" in shown
    assert "Value: 1 to 128\nFlag: preliminary" in shown


@pytest.mark.parametrize("is_spoken", [True, False])
def test_hostile_text_is_shown_harmless(is_spoken: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    body = observation(
        HOSTILE, concept("2951-2", HOSTILE), "2024-01-01", valueQuantity=quantity("150", HOSTILE),
        note=[{"text": HOSTILE}], referenceRange=[{"text": HOSTILE}], interpretation=[{"text": HOSTILE}],
        component=[{"code": {"text": HOSTILE}, "valueString": HOSTILE}],
    )  # fmt: skip
    source = Source(Safe("clinic"), Safe("Ada"))
    look = Look(60, is_spoken)
    shown = painted(
        [
            *result_page.page(panels.read(body, source, NOBODY), look),
            *trend_page.pages(followed((body, source), (glucose("g", "2024", "5"), source)), look),
        ],
        in_colour=False,
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\u2066-\u2069]", shown)


def test_one_value_alone_is_a_chart_too() -> None:
    (trend,) = followed((glucose("g1", "2024-03-01", "88", referenceRange=[]), HERE))
    shown = painted(charts.draw(trend.lines[0].points, 60), in_colour=False)
    assert "○ no range" in shown
    assert "2024-03-01" in shown


def test_a_range_far_from_every_value_leaves_the_values_room() -> None:
    points = (
        followed(*((glucose(f"g{day}", f"2024-03-0{day}", f"5000{day}"), HERE) for day in range(1, 5)))[0]
        .lines[0]
        .points
    )
    shown = painted(charts.draw(points, 60), in_colour=False)
    assert "50001" in shown.replace(" ", "") or "50000" in shown
    assert "░" not in shown
    assert shown.count("▲") == 5  # four points and the legend

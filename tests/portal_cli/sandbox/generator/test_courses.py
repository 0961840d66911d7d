"""Courses of a value over the years."""

from __future__ import annotations

import random

from portal_cli.sandbox.generator.analytes import ANALYTES
from portal_cli.sandbox.generator.courses import Course, level, shifted

COURSE = Course(((10, 100), (5, 200), (0, 150)), spread=0.02)


def test_a_course_is_straight_between_points_and_level_outside() -> None:
    assert COURSE.expect(20) == 100
    assert COURSE.expect(7.5) == 150
    assert COURSE.expect(5) == 200
    assert COURSE.expect(-1) == 150


def test_readings_scatter_around_the_course_within_bounds() -> None:
    rng = random.Random(4)
    readings = [COURSE.read(5, rng) for _ in range(500)]
    assert max(readings) <= 210
    assert min(readings) >= 190
    assert len(set(readings)) > 400


def test_a_shift_moves_every_point() -> None:
    assert shifted(COURSE, 2).expect(7.5) == COURSE.expect(7.5) * 2


def test_a_healthy_course_stays_within_the_reference_range() -> None:
    for seed, analyte in enumerate(ANALYTES.values()):
        rng = random.Random(seed)
        course, span = level(analyte, "male", rng), analyte.span("male")
        value = course.expect(3)
        assert span.low is None or value > float(span.low)
        assert span.high is None or value < float(span.high)

"""How a measured value runs over the years of one patient."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from portal_cli.sandbox.generator.people import Sex
    from portal_cli.sandbox.generator.ranges import Analyte


@dataclass(frozen=True)
class Course:
    """Points of (years before now, value), oldest first, and the relative spread of one reading."""

    points: tuple[tuple[float, float], ...]
    spread: float = 0.03

    def expect(self, years_ago: float) -> float:
        """The value without noise, in a straight line between points and level outside them."""
        if years_ago >= self.points[0][0]:
            return self.points[0][1]
        for (older, before), (newer, after) in pairwise(self.points):
            if newer <= years_ago <= older:
                return before + (after - before) * (older - years_ago) / (older - newer)
        return self.points[-1][1]

    def read(self, years_ago: float, rng: Random) -> float:
        """One noisy reading, within two and a half spreads."""
        noise = max(-2.5, min(2.5, rng.gauss(0, 1)))
        return self.expect(years_ago) * (1 + self.spread * noise)


def level(analyte: Analyte, sex: Sex, rng: Random) -> Course:
    """A healthy, steady course at this person's own place within the reference range."""
    span = analyte.span(sex)
    high = float(span.high) if span.high else float(span.low or 1) * 1.5
    low = float(span.low) if span.low else high * 0.3
    centre = low + (high - low) * rng.uniform(0.38, 0.62)
    return Course(((0, centre),), spread=(high - low) / 9 / centre)


def shifted(course: Course, factor: float) -> Course:
    """The same course, somewhat higher or lower."""
    return Course(tuple((years, value * factor) for years, value in course.points), course.spread)

"""A chart of any size while it is being made: how much it has of what, when each came to be, and how it is named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.directory import opaque_id
from portal_cli.sandbox.generator.times import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart
    from portal_cli.sandbox.generator.fhir import Json

YEARS = 15
_SPAN = timedelta(days=YEARS * DAYS_PER_YEAR)
_LATEST = timedelta(days=2)
_SCATTER = 7919  # a prime, so that the times of neighbours do not repeat


class BulkChart:
    """One patient's chart by parts and numbers; `counts` says how many resources each part has."""

    def __init__(self, chart: Chart, counts: dict[str, int]) -> None:
        self.chart = chart
        self.counts = counts
        self.subject = chart.subject
        self.rng = chart.rng
        self.templates: dict[str, Json] = {}
        self._references: dict[str, Json] = {}

    def id(self, part: str, number: int) -> str:
        """The id of the resource of a part by its number, from 1: as `Chart.next_id` gives them."""
        return opaque_id(self.chart.seed, self.chart.key, part, number)

    def refer(self, part: str, number: int) -> Json | None:
        """A Reference to a resource of a part, numbers beyond the last starting over; None when it has none."""
        count = self.counts.get(part, 0)
        if not count:
            return None
        kind = part.partition("/")[0]
        return {"reference": f"{kind}/{self.id(part, (number - 1) % count + 1)}"}

    def post(self, key: str) -> Json:
        """A Reference to someone or something of the practice."""
        if key not in self._references:
            self._references[key] = self.chart.directory.refer(key)
        return self._references[key]

    def moment(self, part: str, number: int) -> datetime:
        """When a resource of a part came to be: spread over the years, later ones later, all in the past."""
        count = self.counts[part]
        place = (count - number + number * _SCATTER % 1000 / 1000) / count
        return self.chart.now - _LATEST - _SPAN * place

    def months_ago(self, part: str, number: int) -> float:
        """The same in months before now."""
        return (self.chart.now - self.moment(part, number)).days / (DAYS_PER_YEAR / 12)

    def share(self, part: str, number: int, holder: str) -> int:
        """Say to which of the holders a resource belongs when all of a part are dealt out evenly, in order."""
        return (number - 1) * self.counts.get(holder, 0) // self.counts[part] + 1

    def shares(self, part: str, holder: str, number: int) -> range:
        """Give the numbers of a part that belong to one holder: the reverse of `share`."""
        count, holders = self.counts.get(part, 0), self.counts[holder]
        return range(-(-(number - 1) * count // holders) + 1, -(-number * count // holders) + 1)

    def made(self, add: Callable[[Chart], object]) -> Json:
        """Take back the one resource that a builder of the stories adds to the chart."""
        add(self.chart)
        return self.chart.resources.pop()

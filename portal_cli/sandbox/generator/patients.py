"""The three patients of a seed: their people, their charts, and the directory resources they refer to."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.generator.asthma_chart import write_asthma_chart
from portal_cli.sandbox.generator.chart import Chart
from portal_cli.sandbox.generator.diabetes_chart import write_diabetes_chart
from portal_cli.sandbox.generator.directory import POSTS, Directory, build_directory
from portal_cli.sandbox.generator.heart_chart import write_heart_chart
from portal_cli.sandbox.generator.household import MEMBERS, grant_within
from portal_cli.sandbox.generator.names import FAMILY, TOWNS
from portal_cli.sandbox.generator.people import build_patient, imagine_person
from portal_cli.sandbox.generator.surroundings import surround
from portal_cli.sandbox.generator.times import DAYS_PER_YEAR, eastern

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.generator.fhir import Json

# Each chart by a key that goes into its ids, with the age of its patient.
CHARTS: tuple[tuple[str, int, Callable[[Chart], None]], ...] = (
    ("first", 54, write_diabetes_chart),
    ("second", 27, write_asthma_chart),
    ("third", 77, write_heart_chart),
)


@dataclass(frozen=True)
class GeneratedPatient:
    """One synthetic patient: the Patient id, the printed name, and the whole chart as FHIR R4 JSON."""

    patient_id: str
    name: str
    resources: list[Json]


def generate(seed: int, now: datetime, *, is_surrounded: bool = False) -> list[GeneratedPatient]:
    """The three patients of a seed as they stand at an aware moment; numbers are int or Decimal.

    Surrounded charts have the papers, devices, bills and origins around the story as well.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    directory, families = open_directory(seed)
    charts = [
        _start_chart(seed, eastern(now), (key, age, family), directory)
        for (key, age, _), family in zip(CHARTS, families, strict=False)
    ]
    for chart, (_, _, write) in zip(charts, CHARTS, strict=True):
        write(chart)
        if is_surrounded:
            surround(chart)
    return [_finish(chart) for chart in charts]


def generate_household(seed: int, now: datetime) -> list[GeneratedPatient]:
    """The household of a seed: a parent, and those whom the parent acts for."""
    directory, families = open_directory(seed)
    rng = _random(seed, "household")
    family = rng.choice([name for name in FAMILY if name not in families])
    charts: list[Chart] = []
    for key, age, _ in MEMBERS:
        taken = {chart.person.given for chart in charts}
        tries = (_start_chart(seed, eastern(now), (f"{key}{'+' * turn}", age, family), directory) for turn in count())
        charts.append(next(chart for chart in tries if chart.person.given not in taken))
    for chart, (_, _, write) in zip(charts, MEMBERS, strict=True):
        write(chart)
    grant_within(charts)
    return [_finish(chart) for chart in charts]


def open_directory(seed: int) -> tuple[Directory, list[str]]:
    """The practice of a seed, and the family names of its patients and people."""
    rng = _random(seed, "directory")
    town = rng.choice(TOWNS)
    families = rng.sample(FAMILY, len(CHARTS) + len(POSTS))
    return build_directory(seed, rng, families[len(CHARTS) :], town), families


def _start_chart(seed: int, now: datetime, who: tuple[str, int, str], directory: Directory) -> Chart:
    key, age, family = who
    rng = _random(seed, key)
    born_about = (now - timedelta(days=age * DAYS_PER_YEAR)).date().replace(day=1)
    person = imagine_person(rng, family, directory.town, born_about=born_about)
    chart = Chart(seed=seed, key=key, now=now, rng=rng, person=person, directory=directory)
    practice, primary = directory.refer("practice"), directory.refer("primary")
    chart.add(build_patient(chart.patient_id, person, practice, primary))
    return chart


def _finish(chart: Chart) -> GeneratedPatient:
    """Copy everything, so that no two resources share a part."""
    resources = [*chart.directory.closure(chart.resources), *chart.resources]
    return GeneratedPatient(
        patient_id=chart.patient_id,
        name=chart.person.full_name,
        resources=[_copied(resource) for resource in resources],
    )


def _copied(element: Any) -> Any:
    """An element of a resource with parts of its own: objects, lists, and what cannot change."""
    if isinstance(element, dict):
        return {name: _copied(inner) for name, inner in element.items()}
    return [_copied(inner) for inner in element] if isinstance(element, list) else element


def _random(seed: int, part: str) -> random.Random:
    return random.Random(f"{seed}/{part}")  # noqa: S311 - a repeatable story, not a secret

"""One patient's chart while it is being written: who, when, and the resources so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.analytes import ANALYTES
from portal_cli.sandbox.generator.courses import Course, level, shifted
from portal_cli.sandbox.generator.directory import Directory, opaque_id
from portal_cli.sandbox.generator.fhir import Json, reference, without_gaps
from portal_cli.sandbox.generator.times import DAYS_PER_YEAR, months_before, workday

if TYPE_CHECKING:
    from datetime import date, datetime
    from random import Random

    from portal_cli.sandbox.generator.people import Person


@dataclass
class Chart:
    """The chart of one person; `now` is on the practice's clock."""

    seed: int
    key: str
    now: datetime
    rng: Random
    person: Person
    directory: Directory
    resources: list[Json] = field(default_factory=list)
    references: dict[str, Json] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def patient_id(self) -> str:
        """The id of the Patient resource, the same for every `now`."""
        return opaque_id(self.seed, self.key, "Patient")

    @property
    def subject(self) -> Json:
        """A Reference to the patient, by name."""
        return reference(f"Patient/{self.patient_id}", self.person.full_name)

    def next_id(self, kind: str) -> str:
        """A new id for a resource of this type."""
        self.counts[kind] += 1
        return opaque_id(self.seed, self.key, kind, self.counts[kind])

    def add(self, resource: Json, display: str = "") -> Json:
        """Keep a resource, without its empty elements, and refer to it."""
        kept = without_gaps(resource)
        self.resources.append(kept)
        return reference(f"{kept['resourceType']}/{kept['id']}", display)

    def follow(self, courses: dict[str, Course], *, sway: float = 0.03) -> None:
        """Set the courses of this patient, each a little higher or lower than written."""
        for key, course in courses.items():
            self.courses[key] = shifted(course, self.rng.uniform(1 - sway, 1 + sway))

    def measure(self, key: str, moment: datetime) -> float:
        """A noisy reading of an analyte or vital sign; one without a course is healthy."""
        if key not in self.courses:
            self.courses[key] = level(ANALYTES[key], self.person.sex, self.rng)
        return self.courses[key].read(self.years_before_now(moment), self.rng)

    def years_before_now(self, moment: datetime) -> float:
        """Years between a moment and now."""
        return (self.now - moment).total_seconds() / 86400 / DAYS_PER_YEAR

    def day(self, months_ago: float) -> date:
        """The working day about so many months ago."""
        return workday(months_before(self.now, months_ago))

"""What a sheet is made of, and the lines that many sheets have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Line:
    """One labelled line. Of its `paths` (element names joined by dots) the first that leads to words is told."""

    label: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Something that may be there several times, under a title: each begins with the first of its lines.

    The paths of `nested` lead on from each to others of the same make below it.
    """

    title: str
    path: str
    lines: tuple[Line, ...]
    nested: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """The order in which a type is told: its lines, then its parts."""

    lines: tuple[Line, ...]
    parts: tuple[Part, ...] = ()

    @cached_property
    def covered(self) -> frozenset[str]:
        """The elements of the resource that it tells, or that say nothing beside what it tells."""
        paths = [path for line in self.lines for path in line.paths] + [part.path for part in self.parts]
        return frozenset(path.partition(".")[0] for path in paths) | _NOT_TOLD


_NOT_TOLD = frozenset({"subject", "patient", "intent", "presentedForm"})


def line(label: str, *paths: str) -> Line:
    """A line by its label and the paths to it."""
    return Line(label, paths)


def part(title: str, path: str, *lines: Line, nested: tuple[str, ...] = ()) -> Part:
    """A part by its title, the path to it and its lines."""
    return Part(title, path, lines, nested)


STATUS = line("Status", "status")
NOTE = line("Note", "note")
REASON = line("Reason", "reasonCode", "reasonReference")
VISIT = line("Visit", "encounter", "context")
LOCATION = line("Where", "location")
MEDICINE = line("Medicine", "medicationCodeableConcept", "medicationReference")
CATEGORY = line("Category", "category")
RECORDED = line("Recorded", "recordedDate", "recorded", "dateRecorded", "assertedDate")

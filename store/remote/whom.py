"""Whose chart a sign-in is for, where an account may see several: what a portal lets one choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from store.people_errors import ChartNeeded, ChartUnknown
from store.records.dates import FhirDate, parse
from store.records.patients import is_named
from store.records.text import Safe, one_line
from store.remote.token_answers import patient_id

if TYPE_CHECKING:
    from collections.abc import Sequence

SELF = "self"
MYSELF = frozenset({"self", "me", "myself"})
_MOST = 200  # charts of one account
_MOST_RIGHTS = 20


@dataclass(frozen=True)
class Chart:
    """One chart that an account may see: whose, how they stand to who signs in, and what may be done with it."""

    patient: str
    name: Safe
    relationship: Safe
    rights: tuple[Safe, ...] = ()
    ends: FhirDate | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is the chart of who signs in."""
        return self.relationship == SELF

    @property
    def _who(self) -> str:
        return "yourself" if self.is_own else f"you are: {self.relationship}" if self.relationship else ""

    def __str__(self) -> str:
        """It in words: `Ben Doe (you are: mother, view only, until 2027-05-01)`."""
        until = [f"until {self.ends.day()}"] if self.ends else []
        facts = ", ".join(filter(None, [self._who, *self.rights, *until]))
        return f"{self.name} ({facts})" if facts else str(self.name)


@dataclass(frozen=True)
class WhomStep:
    """A choice that a portal wants once it knows who signs in."""

    session: str = field(repr=False)
    charts: tuple[Chart, ...]


def read(found: dict[str, Any]) -> WhomStep | None:
    """Read what a challenge endpoint answered as a choice of charts; None where it is none."""
    session, listed = found.get("auth_session"), found.get("patients")
    if found.get("need") != "patient" or not isinstance(session, str) or not isinstance(listed, list):
        return None
    charts = [_chart(one) for one in listed[:_MOST] if isinstance(one, dict)]
    return WhomStep(session, tuple(chart for chart in charts if chart.patient))


def choose(charts: Sequence[Chart], named: str) -> Chart:
    """The chart that was named: by the patient's id, name or a part of it, or `self`.

    Raises ChartUnknown, ChartNeeded.
    """
    by_id = [chart for chart in charts if named.removeprefix("Patient/") == chart.patient]
    found = by_id or [chart for chart in charts if is_named(chart.name, named)]
    if not found and named.casefold() in MYSELF:
        found = [chart for chart in charts if chart.is_own]
    if not found:
        raise ChartUnknown(one_line(named), tuple(map(str, charts)))
    if len(found) > 1:
        raise ChartNeeded(tuple(f"{chart} `{one_line(chart.patient)}`" for chart in found))
    return found[0]


def _chart(found: dict[str, Any]) -> Chart:
    rights = found.get("rights")
    told = rights[:_MOST_RIGHTS] if isinstance(rights, list) else []
    patient = patient_id(found.get("id"))
    return Chart(
        patient=patient,
        name=_text(found.get("name")) or one_line(patient),
        relationship=_text(found.get("relationship")),
        rights=tuple(filter(None, map(_text, told))),
        ends=parse(found.get("ends")),
    )


def _text(value: object) -> Safe:
    return one_line(value) if isinstance(value, str) else Safe("")

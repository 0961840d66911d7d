"""Times of CDA (`20260131`, `202601311430-0500`) as FHIR dates, with the precision that they were written with."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from store.records.dates import parse

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

_TIME = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d{2})(?:(?P<day>\d{2})"
    r"(?:(?P<hour>\d{2})(?P<minute>\d{2})?(?P<second>\d{2})?(?:\.\d{1,6})?)?)?)?(?P<zone>[+-]\d{4})?$"
)


def fhir(value: str) -> str:
    """A time as a FHIR dateTime; empty for what is none. A time of day without its zone is a day only."""
    found = _TIME.match(value.strip())
    if found is None:
        return ""
    day = _day(found["year"], found["month"], found["day"])
    if not found["hour"] or not found["zone"] or len(day) < len("2026-01-01"):
        return day
    hour, minute, second = found["hour"], found["minute"] or "00", found["second"] or "00"
    whole = f"{day}T{hour}:{minute}:{second}{found['zone'][:3]}:{found['zone'][3:]}"
    known = parse(whole)
    return whole if known and known.epoch is not None else day


def _day(year: str, month: str | None, day: str | None) -> str:
    """As much of a date as there is of it in the calendar."""
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return _day(year, month, None) if day else (_day(year, None, None) if month else "")
    return "-".join(filter(None, (year, month, day)))


def read(element: Element | None) -> str:
    """The time in an element's `value`."""
    return fhir(element.get("value", "")) if element is not None else ""


def period(element: Element | None) -> Json:
    """The `low` and `high` of an interval as a FHIR Period; a single moment is its begin."""
    if element is None:
        return {}
    found = {"start": read(element.find("low")) or read(element), "end": read(element.find("high"))}
    return {name: value for name, value in found.items() if value}


def first(element: Element | None) -> str:
    """The one time of an element: its value, else where its interval begins, else its middle or end."""
    if element is None:
        return ""
    return next(filter(None, (read(element), *(read(element.find(part)) for part in ("low", "center", "high")))), "")


def day(text: str) -> str:
    """A time without its time of day."""
    return text.partition("T")[0]


def in_words(element: Element | None) -> str:
    """A time for people."""
    found = parse(first(element))
    return found.local() if found else ""

"""Records as lines of the home's panels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.records.text import one_line
from store.records.unit_words import amount
from tui import kinds, words
from tui.columns import Cell, Row, Tone
from tui.standing import whose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.records.appointments import Appointment
    from store.records.labs import LabResult
    from store.records.medications import Medication
    from store.records.snippets import Snippet
    from store.services.messages import Thread
    from store.services.refills import RefillRow
    from store.services.searches import Hit
    from store.services.status import Home
    from store.services.values import RecordRow


@dataclass(frozen=True)
class HomeView:
    """What the home screen shows, read at one moment."""

    home: Home
    medications: tuple[Medication, ...]


def appointments(view: HomeView, now: float) -> tuple[Row, ...]:
    """Upcoming appointments, the next one first."""
    return tuple(_appointment(item, now, _whose(view, item)) for item in view.home.upcoming)


def results(view: HomeView, now: float) -> tuple[Row, ...]:
    """Recent results, the newest first."""
    return tuple(_result(item, now, _whose(view, item)) for item in view.home.results)


def messages(view: HomeView, now: float) -> tuple[Row, ...]:
    """Threads: those with something unread first, each group with the newest first."""
    return tuple(
        _thread(item, now, _whose(view, item))
        for item in sorted(view.home.threads, key=lambda thread: not thread.unread)
    )


def refills(view: HomeView, now: float) -> tuple[Row, ...]:
    """Refill requests, the newest first."""
    return tuple(_refill(item, now, _whose(view, item)) for item in view.home.refills)


def medications(view: HomeView, now: float) -> tuple[Row, ...]:
    """Current medications."""
    del now
    return tuple(
        Row(
            f"{item.type}/{item.id}",
            (_cell(f"{item.name}{_whose(view, item)}"), _cell(item.directions, Tone.QUIET)),
            item.portal,
        )
        for item in view.medications
    )


def record(item: RecordRow, now: float) -> Row:
    """A record of any kind."""
    alarming = words.is_alarming(item.flag)
    return Row(
        f"{item.type}/{item.id}",
        (
            _cell(words.lately(item.date, now), Tone.QUIET),
            _cell(kinds.of_noun(item.kind), Tone.QUIET),
            _cell(item.title),
            _cell(amount(item.value, item.unit), Tone.STRONG),
            _cell(words.short_flag(item.flag), Tone.ALERT if alarming else Tone.QUIET),
            _cell("gone from the portal" if item.gone else _state(item), Tone.QUIET),
        ),
        item.portal,
    )


_STATES: dict[str, Callable[[str], str]] = {
    "appointment": words.appointment_state,
    "refill": words.refill_state,
    "medication": words.medicine_state,
    "message": lambda _: "",  # it says what became of a conversation, not of what one reads
    "patient": lambda _: "",
}


def _state(item: RecordRow) -> str:
    """Where a record stands, in the words of the list that it is in besides."""
    status = str(item.status)
    return _STATES[item.kind](status) if item.kind in _STATES else status.replace("-", " ")


def hit(item: Hit, now: float) -> Row:
    """A record that a search found: beside its value, where these are not its title, the words that were found."""
    shown = record(item, now)
    if not item.snippet.text or one_line(item.snippet.text) in shown.cells[2].text:
        return shown
    value = "  ·  ".join(filter(None, (shown.cells[3].text, _marked(item.snippet))))
    return replace(shown, cells=(*shown.cells[:3], _cell(value), *shown.cells[4:]))


def in_month(item: RecordRow, now: float, *, is_first: bool) -> Row:
    """A record of the timeline, with the name of its month where it is the first."""
    shown = record(item, now)
    month = words.month(item.date) or "no date"
    date = _cell(words.day_in_month(item.date), Tone.QUIET)
    return replace(shown, cells=(_cell(month if is_first else "", Tone.STRONG), date, *shown.cells[1:5]))


def _marked(snippet: Snippet) -> str:
    """The words of a snippet, those that were searched for between brackets."""
    text, parts, at = snippet.text, [], 0
    for start, end in snippet.hits:
        parts += [text[at:start], "[", text[start:end], "]"]
        at = end
    return "".join([*parts, text[at:]])


def _appointment(item: Appointment, now: float, whose: str) -> Row:
    state = words.visit_state(item)
    return Row(
        item.id,
        (
            _cell(words.soon(item.start, now), Tone.STRONG),
            _cell(f"{item.title}{whose}"),
            _cell(_joined(item.clinicians or item.places), Tone.QUIET),
            _cell(words.ahead(item.start, now), Tone.QUIET),
            _cell(state, Tone.PLAIN if state.startswith("✓") else Tone.ALERT),
        ),
        item.portal,
    )


def _result(item: LabResult, now: float, whose: str) -> Row:
    value = amount(item.value, item.unit)
    status = "" if item.status == "final" else item.status.replace("-", " ")
    alarming = words.is_alarming(item.flag)
    return Row(
        item.id,
        (
            _cell(words.lately(item.date, now), Tone.QUIET),
            _cell(f"{item.name}{whose}"),
            _cell(value, Tone.STRONG),
            _cell(words.short_flag(item.flag), Tone.ALERT if alarming else Tone.QUIET),
            _cell(status, Tone.QUIET),
        ),
        item.portal,
    )


def _thread(item: Thread, now: float, whose: str) -> Row:
    mark = "" if not item.unread else "● new" if item.unread == 1 else f"● {item.unread} new"
    return Row(
        item.id,
        (
            _cell(mark, Tone.ALERT),
            _cell(f"{item.subject}{whose}", Tone.STRONG if item.unread else Tone.PLAIN),
            _cell(_joined(others(item)) or "you", Tone.QUIET),
            _cell(words.lately(item.last, now), Tone.QUIET),
        ),
        item.portal,
    )


def others(item: Thread) -> tuple[str, ...]:
    """With whom a conversation is: everybody in it but the patient."""
    own = {message.sender for message in item.messages if message.is_from_patient}
    return tuple(name for name in item.people if name not in own)


def _refill(item: RefillRow, now: float, whose: str) -> Row:
    state = words.refill_state(item.status)
    return Row(
        item.id,
        (
            _cell(f"{item.medication}{whose}"),
            _cell(state, Tone.ALERT if state[:1] in {"✗", "!", "?"} else Tone.STRONG),
            _cell(item.detail, Tone.QUIET),
            _cell(words.lately(item.updated or item.requested, now), Tone.QUIET),
        ),
        item.portal,
    )


def _whose(view: HomeView, item: Appointment | LabResult | Thread | RefillRow | Medication) -> str:
    return whose(view.home.status, item.portal, item.patient)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)


def _cell(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    return Cell(one_line(text) if "\n" in text or "\t" in text else text, tone)

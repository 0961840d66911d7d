"""Details, insurances and allergies as lines of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import states, words
from tui.columns import Row, Tone
from tui.rows_of_letters import cell
from tui.standing import WHOSE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.allergies import Allergy
    from store.records.coverages import Insurance
    from store.records.profiles import Profile
    from store.services.outbox_rows import OutboxRow
    from store.services.profile import ChangeRequest

_RESTING = states.UNSENT - {"draft"}
DETAIL, ASKED, REQUEST = "detail", "asked", "request"
"""What the key of a line of the profile begins with, before the id."""


def profile(item: Profile, whose: str) -> Iterator[Row]:
    """The details of one patient, a line each."""
    lines = [
        ("Name", item.name, ""),
        ("Called", item.preferred_name, ""),
        ("Born", words.day(item.born).strip(), ""),
        ("Gender", item.gender, ""),
        *(("Phone", one.value, one.use) for one in item.phones),
        *(("E-mail", one.value, one.use) for one in item.emails),
        *(("Address", one.value, one.use) for one in item.addresses),
        *(("Contact", ", ".join((one.name, *one.phones)), one.relationship) for one in item.contacts),
        ("Language", item.language, ""),
    ]
    for number, (label, value, use) in enumerate(lines):
        if value:
            told = "" if whose == f"{WHOSE}{value}" else whose  # a name tells whose it is by itself
            yield Row(
                f"{DETAIL}/{item.id}/{number}",
                (cell(label, Tone.QUIET), cell(f"{value}{told}"), cell(use, Tone.QUIET)),
                item.portal,
            )


def asked(item: ChangeRequest, whose: str) -> Row:
    """A change that the practice was asked for."""
    return _change(f"{ASKED}/{item.id}", f"{item.title}{whose}", states.asked(item.status), item.portal)


def waiting(item: OutboxRow, whose: str) -> Row:
    """A change that the portal has not taken."""
    return _change(f"{REQUEST}/{item.id}", f"{item.title}{whose}", states.request(item.state), item.portal)


def insurance(item: Insurance, whose: str) -> Row:
    """An insurance."""
    state = states.request(item.change) if item.change else states.coverage(item.status)
    return Row(
        f"{REQUEST}/{item.id}" if item.status in _RESTING else item.id,
        (
            cell(f"{item.payer}{whose}", Tone.STRONG),
            cell(item.plan),
            cell(item.member),
            cell(_span(item), Tone.QUIET),
            cell(state, states.tone(state)),
        ),
        item.portal,
    )


def _span(item: Insurance) -> str:
    start, end = words.day(item.start).strip(), words.day(item.end).strip()
    return f"{start} to {end}" if start and end else f"since {start}" if start else end and f"until {end}"


def insurance_waiting(item: OutboxRow, whose: str) -> Row:
    """A request about an insurance that the portal has not taken."""
    state = states.request(item.state)
    return Row(
        f"{REQUEST}/{item.id}",
        (cell(f"{item.title}{whose}"), cell(""), cell(""), cell(""), cell(state, states.tone(state))),
        item.portal,
    )


def allergy(item: Allergy, whose: str) -> Row:
    """An allergy."""
    state = states.request(item.change) if item.change else states.allergy(item.status, item.standing)
    told = "told by you" if item.is_own else item.standing.replace("-", " ")
    return Row(
        f"{REQUEST}/{item.id}" if item.status in _RESTING else item.id,
        (
            cell(f"{item.substance}{whose}", Tone.STRONG),
            cell(", ".join(filter(None, (item.reaction, item.severity)))),
            cell(item.category, Tone.QUIET),
            cell(told, Tone.QUIET),
            cell(state, Tone.PLAIN if item.status == "active" else states.tone(state)),
        ),
        item.portal,
    )


def allergy_waiting(item: OutboxRow, whose: str) -> Row:
    """A request about an allergy that the portal has not taken."""
    state = states.request(item.state)
    return Row(
        f"{REQUEST}/{item.id}",
        (cell(f"{item.title}{whose}"), cell(""), cell(""), cell(""), cell(state, states.tone(state))),
        item.portal,
    )


def _change(key: str, title: str, state: str, portal: str) -> Row:
    return Row(key, (cell("Change", Tone.QUIET), cell(title), cell(state, states.tone(state))), portal)

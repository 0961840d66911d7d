"""Lines of the lists for looking after it all: portals, what a sync brought, the audit trail, settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.services.gaps import Standing as Gap
from tui import kinds, words
from tui.columns import Cell, Row, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.services.audit import AuditRow
    from store.services.configuration import Setting
    from store.services.gaps import PortalGaps, TypeGap
    from store.services.people import PersonRow
    from store.services.portals import PortalSummary
    from tui.standing import Progress

GAP_SIGNS = {
    Gap.COMPLETE: "✓ complete",
    Gap.NOT_OFFERED: "- not offered",
    Gap.NOT_GRANTED: "! not granted",
    Gap.NOT_ASKED: "○ not asked yet",
    Gap.REFUSED: "- refused",
    Gap.PARTLY: "! partly",
    Gap.FAILED: "✗ failed",
}
_FIRST = (Gap.FAILED, Gap.PARTLY, Gap.NOT_GRANTED, Gap.NOT_ASKED, Gap.COMPLETE, Gap.REFUSED, Gap.NOT_OFFERED)


@dataclass(frozen=True)
class Connection:
    """One sign-in, with whose chart it leads to."""

    portal: PortalSummary
    person: PersonRow


def sign_in_state(connection: Connection) -> str:
    """Where a sign-in stands, with its sign."""
    if connection.portal.is_imported:
        return "- a file"
    if connection.person.is_over:
        return "✗ right has ended"
    return "✓ signed in" if connection.portal.is_signed_in else "! sign in again"


def who(connection: Connection) -> str:
    """What one is to the patient."""
    relationship = connection.person.relationship
    return "yourself" if relationship == "self" else f"you are: {relationship}"


def connection(found: Connection, now: float, *, several: bool) -> Row:
    """A line of the list of portals."""
    needs_you = not found.portal.is_imported and (found.person.is_over or not found.portal.is_signed_in)
    shown = "▸ shown" if several and found.person.is_shown else ""
    return Row(
        found.portal.name,
        (
            Cell(found.portal.name, Tone.STRONG),
            Cell(found.person.patient),
            Cell(who(found), Tone.QUIET),
            Cell(sign_in_state(found), Tone.ALERT if needs_you else Tone.PLAIN),
            Cell(words.age(found.portal.synced, now), Tone.QUIET),
            Cell(shown),
        ),
        found.portal.name,
    )


def gap(owner: PortalGaps, found: TypeGap, now: float, progress: Progress | None) -> Row:
    """A line of the gap report; with the `progress` of a sync that is running, how far that has come."""
    state = GAP_SIGNS[found.standing]
    if progress is not None:
        came, is_through = progress.of(owner.portal, found.type), (owner.portal, found.type) in progress.ended
        if came or is_through:
            state = f"{'●' if is_through else '↻'} {came} received"
    is_bad = found.standing in {Gap.FAILED, Gap.PARTLY}
    return Row(
        f"{owner.portal} {found.type}",
        (
            Cell(kinds.of_type(found.type), Tone.STRONG),
            Cell(state, Tone.ALERT if is_bad else Tone.PLAIN),
            Cell(str(found.records) if found.records else ""),
            Cell(words.age(found.asked, now) if found.asked else "", Tone.QUIET),
            Cell(owner.portal, Tone.QUIET),
            Cell(found.detail),
        ),
        owner.portal,
    )


def in_order(owner: PortalGaps) -> list[TypeGap]:
    """The types of a portal, those that need somebody first."""
    return sorted(owner.types, key=lambda found: (_FIRST.index(found.standing), found.type))


def audit(line: AuditRow, names: Mapping[str, str]) -> Row:
    """A line of the audit trail; `names` are those of the patients, by their references."""
    type_name, is_record, _ = line.what.partition("/")
    what = kinds.of_type(type_name) if is_record and type_name.isalpha() else line.what[:1].upper() + line.what[1:]
    return Row(
        str(line.number),
        (
            Cell(words.full(line.at)),
            Cell(line.action, Tone.STRONG),
            Cell(what),
            Cell(names.get(line.subject) or line.subject, Tone.QUIET),
            Cell(line.actor, Tone.QUIET),
            Cell(str(line.number), Tone.QUIET),
        ),
    )


SETTINGS = {
    "timeout": "Longest wait for an answer",
    "requests_in_flight": "Requests at once",
    "retries": "Tries again",
    "portal": "Usual portal",
    "education": "Articles",
    "theme": "Colours",
    "lock_after": "Lock after",
    "smtp.host": "Mail server",
    "smtp.port": "Mail server's port",
    "smtp.security": "Mail security",
    "smtp.user": "Mail user name",
    "smtp.from": "Mail from",
    "smtp.to": "Mail to",
    "smtp.password_file": "Mail password: file",
    "smtp.password_command": "Mail password: command",
}
_IN_SECONDS = frozenset({"timeout", "lock_after"})


_MINUTE = 60
_WORDS = {"ask": "ask first", "auto": "as the terminal is", "high-contrast": "high contrast", "terminal": "its own"}


def _lasting(seconds: str) -> str:
    number = int(seconds) if seconds.isdecimal() else 0
    return words.count(number // _MINUTE, "minute") if number and number % _MINUTE == 0 else f"{seconds} seconds"


def setting(found: Setting, meaning: str) -> Row:
    """A line of the settings."""
    origin = "" if found.is_set else "default" if found.value else "not set"
    value = _WORDS.get(found.value, found.value)
    if found.key in _IN_SECONDS and found.value:
        value = _lasting(str(found.value))
    named = SETTINGS.get(found.key, found.key)
    return Row(found.key, (Cell(named, Tone.STRONG), Cell(value), Cell(origin, Tone.QUIET), Cell(meaning)))

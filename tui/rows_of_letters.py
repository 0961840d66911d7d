"""Conversations, drafts and requests as lines of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.text import one_line
from tui import rows, states, words
from tui.columns import Cell, Row, Tone

if TYPE_CHECKING:
    from store.services.conflicts import ConflictRow, Difference
    from store.services.message_plans import Draft
    from store.services.messages import Thread
    from store.services.outbox_rows import OutboxRow

THREAD, DRAFT, REQUEST = "thread", "draft", "request"
"""What the key of a line begins with, before the id."""


def thread(item: Thread, now: float, whose: str) -> Row:
    """A conversation."""
    mark = "○" if item.waiting else ""
    if item.unread:
        mark = "● new" if item.unread == 1 else f"● {item.unread} new"
    state = "closed" if item.is_closed else "put away" if item.is_archived else ""
    if item.waiting:
        unsent = [states.request(each.state) for each in item.messages if each.state in states.UNSENT - {"draft"}]
        state = unsent[0] if len(unsent) == 1 else f"○ {item.waiting} not sent yet"
    return Row(
        f"{THREAD}/{item.id}",
        (
            cell(mark, Tone.ALERT),
            cell(f"{item.subject or '(no subject)'}{whose}", Tone.STRONG if item.unread else Tone.PLAIN),
            cell(", ".join(rows.others(item)) or "you", Tone.QUIET),
            cell(words.lately(item.last, now), Tone.QUIET),
            cell(state, Tone.ALERT if item.waiting else Tone.QUIET),
        ),
        item.portal,
    )


def draft(item: Draft, now: float, whose: str) -> Row:
    """A message that is not sent."""
    return Row(
        f"{DRAFT}/{item.id}",
        (
            cell("○ draft", Tone.ALERT),
            cell(f"{item.subject or '(no subject)'}{whose}"),
            cell(f"to {words.names(item.recipients) or 'nobody yet'}", Tone.QUIET),
            cell(words.lately(item.changed, now), Tone.QUIET),
            cell("", Tone.QUIET),
        ),
        item.portal,
    )


def waiting(item: OutboxRow, now: float, whose: str) -> Row:
    """A message that the portal has not taken."""
    state = states.request(item.state)
    return Row(
        f"{REQUEST}/{item.id}",
        (
            cell(state[:1], Tone.ALERT),
            cell(f"{item.title}{whose}"),
            cell("from you", Tone.QUIET),
            cell(words.lately(item.created, now), Tone.QUIET),
            cell(state, Tone.ALERT),
        ),
        item.portal,
    )


def request(item: OutboxRow, now: float, whose: str) -> Row:
    """An item of the outbox."""
    state = states.request(item.state)
    due = f"due {words.soon(item.not_before, now)}" if item.not_before else ""
    return Row(
        item.id,
        (
            cell(state, states.tone(state)),
            cell(states.kind(item.kind), Tone.QUIET),
            cell(f"{states.about(item.type, item.title)}{whose}", Tone.PLAIN if item.is_over else Tone.STRONG),
            cell(item.reason or due, Tone.QUIET),
            cell(words.lately(item.created, now), Tone.QUIET),
        ),
        item.portal,
    )


def conflict(item: ConflictRow, now: float, whose: str) -> Row:
    """A change that overlaps with one of the portal's."""
    return Row(
        item.id,
        (
            cell("! needs you", Tone.ALERT),
            cell(f"{states.about(item.target.partition('/')[0], item.title)}{whose}", Tone.STRONG),
            cell(f"both changed: {'; '.join(item.overlaps)}" if item.overlaps else "", Tone.QUIET),
            cell(words.lately(item.created, now), Tone.QUIET),
        ),
        item.portal,
    )


def difference(number: int, item: Difference, becomes: str) -> Row:
    """One place of a record that both sides are shown of, and what it shall be."""
    return Row(
        str(number),
        (
            cell("●" if item.is_overlap else "", Tone.ALERT),
            cell(item.path, Tone.STRONG),
            cell(item.mine),
            cell(item.theirs),
            cell(becomes, Tone.STRONG),
        ),
    )


def cell(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """A cell, its text on one line."""
    return Cell(one_line(text), tone)

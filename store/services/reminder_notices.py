"""What is told of reminders that are due: those that say the same together, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.records import reminder_words
from store.records import reminders as deciding
from store.records.dates import FhirDate, from_epoch
from store.records.reminders import TIMED, Channel, Due
from store.records.text import EMPTY, Safe, one_line, sanitize
from store.vault.reminders import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.records.source import Source
    from store.services.reminder_events import Words

CUT_OFF = "an earlier run was cut off while it was on its way"


@dataclass(frozen=True)
class Reminder:
    """One reminder that is due, and what became of it: `state` is `due`, `delivered`, `failed` or `unknown`.

    `details`, `portal` and `patient` are empty unless its rule allows them.
    """

    topic: Safe
    channel: Safe
    text: Safe
    details: Safe
    rules: tuple[int, ...]
    records: tuple[Safe, ...]
    due: FhirDate | None
    state: Safe
    reason: Safe = EMPTY
    portal: Safe = EMPTY
    patient: Safe = EMPTY


@dataclass(frozen=True)
class Notice:
    """Reminders that are told together, since they say the same."""

    items: tuple[Due, ...]
    shown: Reminder

    @property
    def keys(self) -> list[tuple[int, str, str]]:
        """What its deliveries are noted under."""
        return [item.key for item in self.items]

    @property
    def channel(self) -> Channel:
        """How it reaches its reader."""
        return self.items[0].rule.channel


def notice(items: Sequence[Due], words: Words, source: Source, now: float) -> Notice:
    """What is told of reminders of one group."""
    rule = items[0].rule
    allowed = rule.with_details
    about = dict.fromkeys(words[item.event] for item in items)
    details = [*about, f"{source.patient} at {source.portal}"] if allowed else []
    begins = [moment for moment in map(deciding.moment, items) if moment is not None]
    shown = Reminder(
        topic=Safe(rule.topic.value),
        channel=Safe(rule.channel.value),
        text=reminder_words.sentence(items, now),
        details=one_line("; ".join(details)),
        rules=tuple(dict.fromkeys(item.rule.id for item in items)),
        records=tuple(dict.fromkeys(one_line(item.event.key.partition(" ")[0]) for item in items)),
        due=from_epoch(min(begins)) if begins else None,
        state=Safe("due"),
        portal=source.portal if allowed else EMPTY,
        patient=source.patient if allowed else EMPTY,
    )
    return Notice(tuple(items), shown)


def became(told: Notice, state: State, reason: str = "") -> Reminder:
    """A notice, and what became of it."""
    return replace(told.shown, state=Safe(state.value), reason=sanitize(reason))


def cut_off(number: int) -> Reminder:
    """What is told of reminders whose run was cut off."""
    words = f"{number} earlier reminder{'s' * (number != 1)} may not have arrived"
    return Reminder(EMPTY, EMPTY, Safe(words), EMPTY, (), (), None, Safe(State.UNKNOWN.value), Safe(CUT_OFF))


def grouped(found: Iterable[Due]) -> Iterable[Sequence[Due]]:
    """What is told together: all reminders of one event, or of all that is new of one topic."""
    groups: dict[tuple[object, ...], list[Due]] = {}
    for item in found:
        rule, event = item.rule, item.event
        about = event.key if rule.topic in TIMED else ""
        groups.setdefault((rule.connection, rule.topic, rule.channel, rule.with_details, about), []).append(item)
    return groups.values()

"""Reminders: rules for them, and delivering what is due, each once.

What a run takes on is noted in the transaction that decides on it, and only then handed over; a run that is cut off
in between leaves what may have arrived, which is told by the next run and not sent again. What failed for certain is.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import InvalidInput, NotFound, NoticeDoubtful, NoticeFailed
from store.notices import desktop, mail
from store.records import reminders as deciding
from store.records.dates import FhirDate, from_epoch
from store.records.reminders import TIMED, Channel, Rule, Topic
from store.records.text import EMPTY, Safe, sanitize
from store.services.reminder_events import Events, Words
from store.services.reminder_notices import CUT_OFF, Notice, Reminder, became, cut_off, grouped, notice
from store.services.scope import source_of
from store.services.turns import one_at_a_time
from store.services.values import Listing
from store.vault import reminders
from store.vault.audit import Entry
from store.vault.reminders import State

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from store.config import Settings
    from store.records.source import Source
    from store.services.records import Records
    from store.services.refills import Refills
    from store.vault.engine import DbConnection
    from store.vault.reminders import Key
    from store.vault.vault import Vault

SUGGESTED = (
    (Topic.APPOINTMENT, ("1w", "1d", "2h")),
    (Topic.REFILL, ("1w",)),
    (Topic.MESSAGE, ("",)),
    (Topic.RESULT, ("",)),
)
"""What most people want; nothing of it works until it is added."""


@dataclass(frozen=True)
class ReminderRow:
    """One rule; `before` is how long before the event it reminds, empty where it tells of what is new."""

    id: int
    topic: Safe
    before: Safe
    channel: Safe
    with_details: bool
    is_paused: bool
    created: FhirDate
    portal: Safe = EMPTY
    patient: Safe = EMPTY


@dataclass(frozen=True)
class Wanted:
    """Rules that are to be made: every time before, by every channel."""

    topic: Topic
    before: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = (Channel.TERMINAL,)
    with_details: bool = False


class Reminders:
    """Rules of the patients that are meant, and what is due by them."""

    def __init__(self, vault: Vault, settings: Settings, records: Records, refills: Refills) -> None:
        self._vault = vault
        self._settings = settings
        self._records = records
        self._refills = refills

    def list(self) -> Listing[ReminderRow]:
        """Every rule, oldest first."""
        sources = self._records.sources()
        with self._vault.reading() as connection:
            found = [_row(rule, sources[rule.connection]) for rule in reminders.rules(connection, tuple(sources))]
        return Listing(tuple(found), len(found))

    def add(self, *wanted: Wanted) -> tuple[ReminderRow, ...]:
        """Make rules for every patient that is meant; one that is there already is kept, and works again.

        Raises InvalidInput for a time before that cannot be, or where nobody has signed in.
        """
        made = [rule for one in wanted for rule in _rules(one)]
        if any(rule.channel is Channel.EMAIL for rule in made) and self._settings.smtp is None:
            raise InvalidInput("e-mail needs the settings `[smtp]` in the configuration")
        owners = self._records.ids()
        if not owners:
            raise InvalidInput("there is no portal to remind of; sign in to one first")
        now = int(time.time())
        rules = [replace(rule, connection=owner, created=now) for owner in owners for rule in made]
        with self._vault.transaction() as tx:
            for rule in rules:
                reminders.add(tx, rule)
            tx.audit(Entry("remind", f"rules added: {len(rules)}"))
        names = {(rule.connection, rule.name) for rule in rules}
        sources = self._records.sources()
        with self._vault.reading() as connection:
            kept = [rule for rule in reminders.rules(connection, owners) if (rule.connection, rule.name) in names]
        return tuple(_row(rule, sources[rule.connection]) for rule in kept)

    def remove(self, rule_id: int) -> ReminderRow:
        """Remove a rule. Raises NotFound."""
        rule = self._find(rule_id)
        with self._vault.transaction() as tx:
            reminders.remove(tx, rule)
            tx.audit(Entry("remind", "rules removed: 1"))
        return _row(rule, self._records.sources()[rule.connection])

    def pause(self, rule_id: int, *, is_paused: bool = True) -> ReminderRow:
        """Let a rule rest, or work again. Raises NotFound."""
        rule = self._find(rule_id)
        with self._vault.transaction() as tx:
            reminders.pause(tx, rule, is_paused=is_paused)
        return _row(replace(rule, is_paused=is_paused), self._records.sources()[rule.connection])

    def due(self, now: float | None = None) -> tuple[Reminder, ...]:
        """What a run would deliver now; nothing is delivered, or noted."""
        with self._vault.reading() as connection:
            return tuple(each.shown for each in self._due(connection, time.time() if now is None else now))

    def run(
        self, tell: Callable[[tuple[Reminder, ...]], None], *, is_unattended: bool = False, now: float | None = None
    ) -> tuple[Reminder, ...]:
        """Deliver what is due, each once; `tell` prints all of it, and so delivers what is for the terminal.

        An unattended run has no terminal, and leaves what is for one. Returns what was told. Raises VaultBusy while
        another run is at work.
        """
        moment = time.time() if now is None else now
        with one_at_a_time(self._settings.vault_dir / "reminders.lock", "delivering reminders"):
            told = [*self._left_behind(), *self._sent(moment)]
            printed = () if is_unattended else self._take_on(moment, {Channel.TERMINAL})
            told += [became(each, State.DELIVERED) for each in printed]
            try:
                tell(tuple(told))
            except BaseException:
                self._settle(printed, State.FAILED, "it could not be printed")
                raise
            self._settle(printed, State.DELIVERED)
        return tuple(told)

    def _left_behind(self) -> tuple[Reminder, ...]:
        """What was under way when an earlier run was cut off: nobody knows whether it arrived."""
        with self._vault.transaction() as tx:
            lost = reminders.give_up(tx, self._records.scope.ids(tx.connection), CUT_OFF)
        return (cut_off(lost),) if lost else ()

    def _sent(self, now: float) -> Iterator[Reminder]:
        """Deliver what leaves the program, one by one, so that being cut off leaves one in doubt at the most."""
        tried: set[Key] = set()
        while taken := self._take_on(now, {Channel.DESKTOP, Channel.EMAIL}, tried, most=1):
            tried.update(taken[0].keys)
            yield self._hand_over(taken[0])

    def _take_on(
        self, now: float, channels: Container[Channel], tried: Container[Key] = (), most: int | None = None
    ) -> Sequence[Notice]:
        """Decide what is delivered now and note it, in one transaction."""
        with self._vault.transaction() as tx:
            due = [each for each in self._due(tx.connection, now) if each.channel in channels]
            taken = [each for each in due if not any(key in tried for key in each.keys)][:most]
            reminders.note(tx, [key for each in taken for key in each.keys], State.SENDING, int(now))
        failpoints.reach("reminder.taken")
        return taken

    def _hand_over(self, taken: Notice) -> Reminder:
        try:
            self._deliver(taken)
        except NoticeDoubtful as error:
            state, reason = State.UNKNOWN, str(error)
        except NoticeFailed as error:
            state, reason = State.FAILED, str(error)
        else:
            state, reason = State.DELIVERED, ""
        failpoints.reach("reminder.sent")
        self._settle([taken], state, reason)
        return became(taken, state, reason)

    def _deliver(self, taken: Notice) -> None:
        text = ". ".join(filter(None, (taken.shown.text, taken.shown.details)))
        if taken.channel is Channel.DESKTOP:
            desktop.show(text)
            return
        if self._settings.smtp is None:
            raise NoticeFailed("e-mail needs the settings `[smtp]` in the configuration")
        name = hashlib.sha256(repr((self._vault.id, taken.keys)).encode()).hexdigest()[:32]
        mail.send(self._settings.smtp, mail.Mail(taken.shown.text, text, name, datetime.now(UTC)))

    def _settle(self, notices: Sequence[Notice], state: State, reason: str = "") -> None:
        if not notices:
            return
        with self._vault.transaction() as tx:
            reminders.note(tx, [key for each in notices for key in each.keys], state, int(time.time()), reason)
            for each in notices:
                rule = each.items[0].rule
                what = f"{rule.topic} by {rule.channel}, {state}: {len(each.items)}"
                tx.audit(Entry("remind", what, self._records.subject(rule.connection)))

    def _due(self, connection: DbConnection, now: float) -> Sequence[Notice]:
        """What is due, in groups of what is told together: of one event, or all that is new of one topic."""
        owners = {owner.id: source_of(owner) for owner in self._records.scope.owners(connection)}
        rules = [rule for rule in reminders.rules(connection, tuple(owners)) if not rule.is_paused]
        words = self._events(connection, rules)
        found = deciding.due(rules, words, reminders.settled(connection, tuple(owners)), now)
        return [notice(items, words, owners[items[0].rule.connection], now) for items in grouped(found)]

    def _events(self, connection: DbConnection, rules: Sequence[Rule]) -> Words:
        words: Words = {}
        for owner, topic in dict.fromkeys((rule.connection, rule.topic) for rule in rules):
            words |= Events(self._vault, connection, owner, self._refills.open_for).of(topic)
        return words

    def _find(self, rule_id: int) -> Rule:
        owners = self._records.ids()
        with self._vault.reading() as connection:
            found = [rule for rule in reminders.rules(connection, owners) if rule.id == rule_id]
        if not found:
            raise NotFound("reminder", str(rule_id))
        return found[0]


def suggested(channels: tuple[Channel, ...], *, with_details: bool = False) -> tuple[Wanted, ...]:
    """The rules that most people want."""
    return tuple(Wanted(topic, before, channels, with_details) for topic, before in SUGGESTED)


def _rules(wanted: Wanted) -> tuple[Rule, ...]:
    """Rules for nobody yet. Raises InvalidInput."""
    if wanted.topic in TIMED and not wanted.before:
        raise InvalidInput(
            f"say how long before with `--before`, such as `portal reminders add {wanted.topic} --before 1d`"
        )
    if wanted.topic not in TIMED and any(wanted.before):
        raise InvalidInput(f"a {wanted.topic} is told of when it is there, so there is no time before it")
    try:
        leads = [deciding.lead(text) for text in wanted.before] if wanted.topic in TIMED else [""]
    except ValueError as error:
        raise InvalidInput(
            f"`{sanitize(str(error))}` is no time before: say 1w, 1d, 2h or 30m, up to a year"
        ) from error
    return tuple(
        Rule(0, 0, wanted.topic, lead, channel, wanted.with_details)
        for lead in dict.fromkeys(leads)
        for channel in dict.fromkeys(wanted.channels)
    )


def _row(rule: Rule, source: Source) -> ReminderRow:
    return ReminderRow(
        id=rule.id,
        topic=Safe(rule.topic.value),
        before=sanitize(rule.lead),
        channel=Safe(rule.channel.value),
        with_details=rule.with_details,
        is_paused=rule.is_paused,
        created=from_epoch(rule.created),
        portal=source.portal,
        patient=source.patient,
    )

"""Pushing the outbox: each item is sent once, and what became of a lost answer is looked up before anything else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.errors import WrongState
from store.events import RequestSent
from store.records.dates import from_epoch
from store.records.text import one_line
from store.sync import enclosing, letters, rescheduling
from store.sync.changes import Changes
from store.sync.creates import Creates
from store.sync.ledger import Ledger, Sent
from store.vault import outbox
from store.vault.outbox import READ, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.events import OnEvent
    from store.remote.discovery import Capability
    from store.remote.fhir import Fhir
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_SETTLED = frozenset({State.CONFIRMED, State.CANCELLED})
_DECIDED_ELSEWHERE = frozenset({State.REJECTED, State.CONFLICT})  # by the patient


class Push:
    """One push over one connection. Only one may run at a time."""

    def __init__(
        self,
        vault: Vault,
        fhir: Fhir,
        owner: ConnectionRow,
        capability: Capability,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._owner = owner
        self._clock = clock
        ledger = Ledger(vault, fhir, owner, capability, clock=clock)
        self._creates, self._changes = Creates(ledger), Changes(ledger)

    def run(self, on_event: OnEvent, again: str = "") -> list[Sent]:
        """Send everything that waits, oldest first; what is not due or waits for another one is told, too.

        `again` is the id of an item that the patient wants sent although the portal may have it. Raises Unreachable,
        SignInNeeded; what is left goes on waiting.
        """
        self._follow_up()
        done = self._send(on_event, again)
        while self._follow_up():  # what was sent now is booked, or what a message waited for is there
            done = [sent for sent in done if not sent.is_waiting] + self._send(on_event, "")
        return done

    def _follow_up(self) -> int:
        """Put into the outbox what follows from what was sent; gives how much."""
        return rescheduling.queue(self._vault, self._owner) + letters.settle(self._vault, self._owner)

    def _send(self, on_event: OnEvent, again: str) -> list[Sent]:
        with self._vault.reading() as connection:
            items = outbox.unsettled(connection, self._owner.id)
            following = rescheduling.named(outbox.items(connection, (self._owner.id,)))
        done = []
        held: set[str] = set()
        refused: set[str] = set()  # threads with something that the portal has refused
        for item in items:
            is_held = item.thread in held or (item.thread in refused and item.id not in following)
            sent = self._take(item, is_held=is_held, is_wanted=item.id == again)
            if sent:
                done.append(sent)
                if not sent.is_waiting:
                    on_event(RequestSent(self._owner.name, sent.title, sent.state.value))
            state = sent.state if sent else item.state
            if item.thread and (sent is None or state not in _SETTLED):
                (refused if state == State.REJECTED else held).add(item.thread)
        return done

    def _take(self, item: Item, *, is_held: bool, is_wanted: bool) -> Sent | None:
        """Do with one item what can be done now; None where the patient has to decide."""
        if item.state in _DECIDED_ELSEWHERE:
            return None
        is_due = item.not_before <= self._clock()
        why = "" if is_due else f"it waits until {from_epoch(item.not_before).local()}, as the portal is busy"
        why = "it waits for what is part of it" if letters.is_open(item) else why
        why = "it waits for the one before it" if is_held else why
        if why and item.state == State.QUEUED:
            return Sent(one_line(item.title), State.QUEUED, one_line(why), is_waiting=True)
        whole = enclosing.complete(self._vault, self._owner, item)
        if whole is None or isinstance(whole, Sent):
            return whole
        item = whole
        kind = self._changes if item.is_update else self._creates
        try:
            sent = kind.settle(item, may_send=not why, is_wanted=is_wanted)
        except WrongState as error:
            if error.state != State.CANCELLED:
                raise
            return None  # somebody cancelled it meanwhile
        is_idle = item.kind == READ and sent.state in _DECIDED_ELSEWHERE
        return None if is_idle else sent  # what the portal does not want to know is nothing to decide

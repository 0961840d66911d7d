"""What every kind of sending does: note each step in the outbox before and after it, and keep what came of it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import BadAnswer, PortalError, Rejected, RemoteError, SignInNeeded, Unreachable
from store.records import incoming
from store.records.text import Safe, one_line, sanitize
from store.remote.fhir import GONE, TRY_LATER, UNAUTHORIZED
from store.sync import backoff, readback
from store.vault import outbox, resources
from store.vault.audit import Entry
from store.vault.outbox import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.records.incoming import Incoming
    from store.remote.discovery import Capability, OfferedType
    from store.remote.fhir import Fhir, Written
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_SERVER_ERRORS = 500


@dataclass(frozen=True)
class Sent:
    """What became of one item; `reason` is the portal's own words when it refused.

    One that `is_waiting` was not touched: it is not due, or it waits for another one.
    """

    title: Safe
    state: State
    reason: Safe
    is_waiting: bool = False


class Ledger:
    """The outbox of one connection while it is pushed. Every step is committed before the next is taken."""

    def __init__(
        self,
        vault: Vault,
        fhir: Fhir,
        owner: ConnectionRow,
        capability: Capability,
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.vault = vault
        self.fhir = fhir
        self.owner = owner
        self._capability = capability
        self._clock = clock
        self._chance = chance

    def offered(self, item: Item) -> OfferedType | None:
        """What the portal offers for the type of an item."""
        return self._capability.types.get(item.type)

    def begin(self, item: Item) -> Item:
        """Note that an item is being sent, and return it as it is now. Raises WrongState when it was cancelled."""
        begun = self.move(item, State.SENDING)
        failpoints.reach("push.sending")
        return begun

    def taken(self) -> frozenset[str]:
        """The records that became of other requests."""
        with self.vault.reading() as connection:
            return outbox.results(connection, self.owner.id)

    def move(self, item: Item, state: State, reason: str = "", *, not_before: int = 0) -> Item:
        """Move an item to a state. Raises WrongState when it is elsewhere by now."""
        with self.vault.transaction() as tx:
            return outbox.move(tx, item.id, state, reason=one_line(reason), not_before=not_before)

    def leave(self, item: Item, state: State, why: str, error: PortalError | None = None) -> Sent:
        """Leave an item in a state for now, not to be sent before the time that `error`, or one before it, asks for."""
        now, wait = self._clock(), self._pause(item, error)
        not_before = int(now + wait) + 1 if wait else item.not_before if item.not_before > now else 0
        self.move(item, state, why, not_before=not_before)
        return Sent(sanitize(item.title), state, one_line(why))

    def failed(self, item: Item, error: PortalError, before: State) -> Sent:
        """Note that sending an item failed; `before` is where it stood, for when it is certain that nothing came of it.

        Raises the error again when there is no use in going on: SignInNeeded, Unreachable and others.
        """
        if isinstance(error, Rejected) and error.status == UNAUTHORIZED:
            self.move(item, before)
            raise SignInNeeded(self.owner.name) from error
        if isinstance(error, Rejected):
            state = before if error.status in TRY_LATER else State.REJECTED
            return self.leave(item, state, in_words(error), error)
        if isinstance(error, BadAnswer):
            return self.leave(item, State.UNKNOWN, str(error), error)
        lost = isinstance(error, Unreachable) and error.sent
        self.move(item, State.UNKNOWN if lost else before, str(error))
        raise error

    def acknowledge(self, item: Item, written: Written) -> Sent:
        """Keep what the portal says it has done, after a look at what it stored."""
        failpoints.reach("push.answered")
        body, note = self._read_back(item, written)
        return self.confirm(item, written.reference, body, note)

    def confirm(self, item: Item, reference: str, body: bytes | None, note: str = "") -> Sent:
        """Note that the portal has an item, and keep the record as it stored it."""
        record = _readable(body, reference) if item.type != "Binary" else None  # what names it fetches it
        reason = one_line("; ".join(filter(None, (note, _alterations(item, body if record else None)))))
        with self.vault.transaction() as tx:
            if record:
                resources.store(tx, self.owner.id, [record])
            outbox.move(tx, item.id, State.CONFIRMED, result=reference, reason=reason)
            what = f"{item.interaction} of {reference} confirmed by the portal"
            tx.audit(Entry("write", what, f"Patient/{self.owner.patient}"))
        failpoints.reach("push.confirmed")
        return Sent(sanitize(item.title), State.CONFIRMED, reason)

    def _read_back(self, item: Item, written: Written) -> tuple[bytes | None, str]:
        """What the portal shows of what it says it has stored, and what is odd about that."""
        offered = self.offered(item)
        if not offered or "read" not in offered.interactions:
            return written.body, ""
        try:
            return self.fhir.read(written.reference), ""
        except Rejected as error:
            if error.status in GONE:
                return None, "the portal took it, but does not show it"
            return written.body, ""
        except RemoteError:
            return written.body, ""  # it is there, and the next pull will bring it

    def _pause(self, item: Item, error: PortalError | None) -> float:
        if isinstance(error, Rejected) and error.status in TRY_LATER:
            return backoff.pause(error.wait, item.attempts, self._chance())
        if isinstance(error, BadAnswer) and error.status >= _SERVER_ERRORS:
            return backoff.pause(error.wait, item.attempts, self._chance())
        return 0.0


def in_words(error: Rejected) -> str:
    """A refusal in the portal's own words."""
    return "; ".join(error.issues) or f"HTTP status {error.status}"


def _alterations(item: Item, body: bytes | None) -> str:
    if body is None:
        return ""
    try:
        return readback.words(readback.altered(incoming.read_json(item.body), incoming.read_json(body)))
    except ValueError:
        return ""


def _readable(body: bytes | None, reference: str) -> Incoming | None:
    """The record in an answer, or None: what cannot be read here does not undo what the portal has done."""
    try:
        record = incoming.decode(body) if body else None
    except ValueError:
        return None
    return record if record and f"{record.type}/{record.id}" == reference else None

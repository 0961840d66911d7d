"""Sending what is new: a portal gets it once, or it is left to the patient whether to ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import BadAnswer, InsecureAddress, PortalError, Rejected, SignInNeeded
from store.records.refills import REQUEST_ID_SYSTEM
from store.remote.fhir import TRY_LATER, UNAUTHORIZED
from store.sync.ledger import in_words
from store.sync.look_up import look_up
from store.vault.outbox import State

if TYPE_CHECKING:
    from store.sync.ledger import Ledger, Sent
    from store.sync.look_up import Found
    from store.vault.outbox import Item

_PRECONDITION_FAILED = 412
_NO_WAY = "its answer was lost, and the portal offers no way to find out whether it has it"
_NOT_SHOWN = "its answer was lost; the portal does not show it, but may do so later"


class Creates:
    """Sending of new records.

    A first sending is safe. After a lost answer there are two proofs: the portal shows the record, or it promises
    to create nothing twice (conditional create), so that it may simply be sent again. That a search finds nothing is
    no proof, since a portal may still be at work on the request, or show it later: then the item stays `unknown`
    until the patient decides.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def settle(self, item: Item, *, may_send: bool, is_wanted: bool) -> Sent:
        """Send an item, or find out what became of it; with `is_wanted` it is sent again if that remains open."""
        if item.state == State.QUEUED:
            return self._send(item)
        if item.state == State.SENDING:
            item = self._ledger.move(item, State.UNKNOWN, "the program ended while it was being sent")
        if may_send and _is_harmless(item):
            return self._send(item)
        why = _NO_WAY
        try:
            if self._can_search(item):
                why = _NOT_SHOWN
                if found := self._found(item):
                    return self._has(item, found)
        except (Rejected, BadAnswer, InsecureAddress) as error:
            if isinstance(error, Rejected) and error.status == UNAUTHORIZED:
                raise SignInNeeded(self._ledger.owner.name) from error
            why = f"its answer was lost, and it could not be looked up: {error}"
        if (may_send and self._is_conditional(item)) or is_wanted:
            return self._send(item)
        return self._ledger.leave(item, State.UNKNOWN, why)

    def _send(self, item: Item, *, is_plain: bool = False) -> Sent:
        """Send an item that has not arrived, or may arrive again."""
        begun = self._ledger.begin(item)
        is_conditional = self._is_conditional(item) and not is_plain
        condition = f"identifier={REQUEST_ID_SYSTEM}|{item.request_id}" if is_conditional else None
        try:
            written = self._ledger.fhir.create(begun.type, begun.body, condition)
        except Rejected as error:
            in_doubt = item.state != State.QUEUED and not _is_harmless(item)
            if is_conditional and error.status == _PRECONDITION_FAILED:
                return self._unmet(begun, error, in_doubt=in_doubt)
            if in_doubt and error.status not in {UNAUTHORIZED, *TRY_LATER}:
                return self._refused_again(begun, error, is_conditional=is_conditional)
            return self._ledger.failed(begun, error, State(item.state))
        except PortalError as error:
            return self._ledger.failed(begun, error, State(item.state))
        return self._ledger.acknowledge(begun, written)

    def _unmet(self, item: Item, error: Rejected, *, in_doubt: bool) -> Sent:
        """A conditional create was not done: the portal has several of it, or does not understand the condition."""
        try:
            if found := self._found(item):
                return self._has(item, found)
        except (Rejected, BadAnswer, InsecureAddress):
            return self._ledger.leave(item, State.UNKNOWN if in_doubt else State.REJECTED, in_words(error))
        if in_doubt:
            return self._ledger.leave(item, State.UNKNOWN, _NOT_SHOWN)
        return self._send(self._ledger.move(item, State.QUEUED), is_plain=True)

    def _refused_again(self, item: Item, error: Rejected, *, is_conditional: bool) -> Sent:
        """What may have arrived was sent again and refused, perhaps for the very reason that it has arrived."""
        try:
            if found := self._found(item):
                return self._has(item, found)
        except (Rejected, BadAnswer, InsecureAddress):
            is_conditional = False
        if is_conditional:
            return self._ledger.failed(item, error, State.UNKNOWN)
        return self._ledger.leave(item, State.UNKNOWN, f"it was sent again and refused: {in_words(error)}")

    def _has(self, item: Item, found: Found) -> Sent:
        note = f"the portal has it {found.copies} times" if found.copies > 1 else ""
        return self._ledger.confirm(item, found.reference, found.body, note)

    def _found(self, item: Item) -> Found | None:
        offered = self._ledger.offered(item)
        if not offered or not self._can_search(item):
            return None
        return look_up(self._ledger.fhir, item, offered, self._ledger.owner.patient, self._ledger.taken())

    def _can_search(self, item: Item) -> bool:
        offered = self._ledger.offered(item)
        return offered is not None and "search-type" in offered.interactions and not _is_harmless(item)

    def _is_conditional(self, item: Item) -> bool:
        offered = self._ledger.offered(item)
        return offered is not None and offered.has_conditional_create and not _is_harmless(item)


def _is_harmless(item: Item) -> bool:
    """Whether it does not matter that a portal gets it twice: a file is nothing before something names it.

    A Binary has no identifier (FHIR R4 §2.36), by which it could be looked for.
    """
    return item.type == "Binary"

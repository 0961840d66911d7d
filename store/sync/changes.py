"""Sending changes of records that the portal has: for the version they were made from, merged where that has passed."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import PortalError, Rejected, SignInNeeded, Unreachable
from store.records import incoming
from store.records.lossless import encode
from store.records.text import sanitize
from store.remote.fhir import GONE, UNAUTHORIZED
from store.sync import conflicts, json_patch
from store.sync.ledger import Sent, in_words
from store.vault import conflicts as kept
from store.vault import outbox
from store.vault.audit import Entry
from store.vault.outbox import State

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.remote.fhir import Current, Written
    from store.sync.ledger import Ledger
    from store.vault.outbox import Item

_CLASHES = frozenset({409, 412, 428})
_FAILED_TESTS = frozenset({400, 422})  # of a patch, where portals differ in how they say so
_TRIES = 4


class Changes:
    """Sending of changes.

    A change names the version it was made from, so that sending it twice does no harm: the second has no effect.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def settle(self, item: Item, *, may_send: bool, is_wanted: bool) -> Sent:
        """Send a change, after finding out what became of it if its answer was lost."""
        if not self._way(item):
            return self._unoffered(item)
        if item.state == State.SENDING:
            item = self._ledger.move(item, State.UNKNOWN, "the program ended while it was being sent")
        if item.state == State.QUEUED and not (item.version and self._checks_versions(item)):
            item = self._ledger.begin(item)
        if item.state != State.QUEUED:
            found = self._compare(item)
            if isinstance(found, Sent):
                return found
            item = found
            if not (may_send or is_wanted):
                return self._ledger.leave(item, State(item.state), "its answer was lost; it may be sent again later")
        for _ in range(_TRIES):
            sent = self._send(item)
            if not isinstance(sent, outbox.Item):
                return sent
            item = sent
        return self._ledger.leave(item, State(item.state), "the portal changes the record again and again")

    def _send(self, item: Item) -> Sent | Item:
        """Send a change once; an Item is the change as it is to be sent next."""
        begun = self._ledger.begin(item)
        try:
            written = self._write(begun)
        except Rejected as error:
            if error.status in _CLASHES or (error.status in _FAILED_TESTS and self._way(item) == "patch"):
                return self._clash(begun, error, State(item.state))
            return self._ledger.failed(begun, error, State(item.state))
        except PortalError as error:
            return self._ledger.failed(begun, error, State(item.state))
        return self._ledger.acknowledge(begun, written)

    def _write(self, item: Item) -> Written:
        if self._way(item) == "update":
            return self._ledger.fhir.update(item.target, item.body, item.version)
        patch = json_patch.operations(incoming.read_json(item.base), incoming.read_json(item.body))
        return self._ledger.fhir.patch(item.target, encode(patch), item.version)

    def _clash(self, item: Item, error: Rejected, before: State) -> Sent | Item:
        """The portal did not take a change: because its record has changed, or because it does not want it."""
        try:
            theirs = self._ledger.fhir.current(item.target)
            found = incoming.read_json(theirs.body)
        except (PortalError, ValueError) as trouble:
            return self._unread(item, trouble, before)
        same_version = item.version == theirs.version
        if same_version and conflicts.is_unchanged(incoming.read_json(item.base), found):
            return self._ledger.failed(item, error, before)
        return self._judged(item, theirs, found)

    def _compare(self, item: Item) -> Sent | Item:
        """Compare a change with what the portal has now; an Item is the change as it is to be sent."""
        try:
            theirs = self._ledger.fhir.current(item.target)
            found = incoming.read_json(theirs.body)
        except (PortalError, ValueError) as trouble:
            return self._unread(item, trouble, State.UNKNOWN if item.state == State.UNKNOWN else State.QUEUED)
        return self._judged(item, theirs, found)

    def _judged(self, item: Item, theirs: Current, found: Json) -> Sent | Item:
        verdict = conflicts.judge(incoming.read_json(item.base), incoming.read_json(item.body), found)
        if isinstance(verdict, conflicts.Overlap):
            return self._conflict(item, theirs)
        if isinstance(verdict, conflicts.Arrived):
            return self._ledger.confirm(item, item.target, theirs.body)
        if item.state == State.UNKNOWN and item.version == theirs.version and item.version:
            return item
        return self._carried_over(item, theirs, verdict.body)

    def _carried_over(self, item: Item, theirs: Current, body: bytes) -> Item:
        """Make a change one of the version that the portal has now."""
        with self._ledger.vault.transaction() as tx:
            if item.state == State.SENDING:  # it was refused
                outbox.move(tx, item.id, State.QUEUED)
            outbox.rewrite(tx, item.id, body, base=theirs.body, version=theirs.version)
        state = State.QUEUED if item.state == State.SENDING else item.state
        return replace(item, state=state, body=body, base=theirs.body, version=theirs.version)

    def _conflict(self, item: Item, theirs: Current) -> Sent:
        why = "the portal has changed the same thing"
        with self._ledger.vault.transaction() as tx:
            outbox.move(tx, item.id, State.CONFLICT, reason=why)
            kept.add(tx, conflicts.of(item, theirs, str(uuid.uuid4()), time.time()))
            owner = self._ledger.owner
            subject = f"Patient/{owner.patient}"
            tx.audit(Entry("write", f"conflict about {item.target}", subject, acts_as=owner.fhir_user))
        return Sent(sanitize(item.title), State.CONFLICT, sanitize(why))

    def _unread(self, item: Item, trouble: PortalError | ValueError, before: State) -> Sent:
        """The record could not be read, so that nothing can be decided; `before` is where the change goes back to."""
        if isinstance(trouble, Rejected) and trouble.status in GONE:
            why = f"the portal does not have the record any more: {in_words(trouble)}"
            return self._ledger.leave(item, State.REJECTED, why)
        sent = self._ledger.leave(item, before, f"the record could not be read: {trouble}")
        if isinstance(trouble, Rejected) and trouble.status == UNAUTHORIZED:
            raise SignInNeeded(self._ledger.owner.name) from trouble
        if isinstance(trouble, SignInNeeded | Unreachable):
            raise trouble
        return sent

    def _unoffered(self, item: Item) -> Sent:
        if item.state == State.QUEUED:
            item = self._ledger.begin(item)
        return self._ledger.leave(item, State.REJECTED, f"the portal does not offer changes of a {item.type}")

    def _checks_versions(self, item: Item) -> bool:
        """Whether the portal promises to refuse a change of a version that is past; else it is compared first."""
        offered = self._ledger.offered(item)
        return offered is not None and offered.checks_versions

    def _way(self, item: Item) -> str:
        """`update` or `patch`, whichever is offered, or nothing."""
        offered = self._ledger.offered(item)
        found = offered.interactions if offered else frozenset()
        return next((way for way in ("update", "patch") if way in found), "")

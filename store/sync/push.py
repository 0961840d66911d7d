"""Pushing the outbox: each item is sent once, and what became of a lost answer is looked up before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import BadAnswer, InsecureAddress, PortalError, Rejected, SignInNeeded, Unreachable
from store.events import RequestSent
from store.records import dates, elements, incoming
from store.records.refills import REQUEST_ID_SYSTEM
from store.records.text import Safe, one_line, sanitize
from store.remote.fhir import TRY_LATER, UNAUTHORIZED
from store.vault import outbox, resources
from store.vault.outbox import State

if TYPE_CHECKING:
    from store.events import OnEvent
    from store.records.incoming import Incoming
    from store.remote.discovery import Capability, OfferedType
    from store.remote.fhir import Fhir
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_MOST_ATTEMPTS = 2  # of sending what may have arrived already, though the portal does not find it


@dataclass(frozen=True)
class Sent:
    """What became of one item; `reason` is the portal's own words when it refused."""

    title: Safe
    state: State
    reason: Safe


class Push:
    """One push over one connection."""

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow, capability: Capability) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner
        self._capability = capability

    def run(self, on_event: OnEvent) -> list[Sent]:
        """Send everything that waits, oldest first. Raises Unreachable, SignInNeeded; what is left goes on waiting."""
        with self._vault.reading() as connection:
            waiting = outbox.waiting(connection, self._owner.id)
        done = []
        for item in waiting:
            sent = self._settle(item)
            done.append(sent)
            on_event(RequestSent(self._owner.name, sent.title, sent.state.value))
        return done

    def _settle(self, item: Item) -> Sent:
        if item.state == State.QUEUED:
            return self._send(item)
        offered = self._capability.types.get(item.type)
        if offered and "search-type" in offered.interactions:
            return self._resolve(item, offered)
        if offered and offered.has_conditional_create:
            return self._send(item)
        return self._leave(item, "the portal offers no way to find out whether it has the request")

    def _resolve(self, item: Item, offered: OfferedType) -> Sent:
        """Find out what became of an item whose answer was lost; send it again only if the portal does not have it."""
        try:
            found = self._look_up(item, offered)
        except (Rejected, BadAnswer, InsecureAddress) as error:
            return self._leave(item, str(error))
        if found:
            return self._confirm(item, found[0], found[1])
        if item.attempts >= _MOST_ATTEMPTS:
            return self._leave(item, "the portal does not find the request, and it was sent twice")
        return self._send(item)

    def _leave(self, item: Item, why: str) -> Sent:
        """Leave an item as one whose answer was lost: sending it again could ask for the same thing twice."""
        self._move(item, State.UNKNOWN, one_line(why))
        return Sent(sanitize(item.title), State.UNKNOWN, one_line(why))

    def _send(self, item: Item) -> Sent:
        self._move(item, State.SENDING)
        failpoints.reach("push.sending")
        offered = self._capability.types.get(item.type)
        once = f"identifier={REQUEST_ID_SYSTEM}|{item.request_id}"
        try:
            written = self._fhir.create(
                item.type, item.body, once if offered and offered.has_conditional_create else None
            )
        except Rejected as error:
            if error.status == UNAUTHORIZED:
                self._move(item, State.QUEUED)
                raise SignInNeeded(self._owner.name) from error
            return self._refused(item, error)
        except SignInNeeded:
            self._move(item, State.QUEUED)
            raise
        except Unreachable as error:
            self._move(item, State.UNKNOWN if error.sent else State.QUEUED, str(error))
            raise
        except BadAnswer as error:
            return self._leave(item, str(error))
        failpoints.reach("push.answered")
        body = written.body
        if body is None:
            body = self._read_back(written.reference)
        return self._confirm(item, written.reference, body)

    def _refused(self, item: Item, error: Rejected) -> Sent:
        reason = one_line("; ".join(error.issues) or f"HTTP status {error.status}")
        state = State.QUEUED if error.status in TRY_LATER else State.REJECTED
        self._move(item, state, reason)
        return Sent(sanitize(item.title), state, reason)

    def _confirm(self, item: Item, reference: str, body: bytes | None) -> Sent:
        record = _readable(body)
        with self._vault.transaction() as tx:
            if record:
                resources.store(tx, self._owner.id, [record])
            outbox.move(tx, item.id, State.CONFIRMED, result=reference)
        failpoints.reach("push.confirmed")
        return Sent(sanitize(item.title), State.CONFIRMED, Safe(""))

    def _look_up(self, item: Item, offered: OfferedType) -> tuple[str, bytes] | None:
        """What the portal already has under our identifier, or None. Raises when it cannot be asked."""
        by_patient = {"patient": self._owner.patient}
        if "identifier" not in offered.search_parameters:
            return self._search(item, by_patient)
        return self._search(item, {"identifier": f"{REQUEST_ID_SYSTEM}|{item.request_id}"}) or (
            self._search(item, by_patient) if "patient" in offered.search_parameters else None
        )

    def _search(self, item: Item, parameters: dict[str, str]) -> tuple[str, bytes] | None:
        url: str | None = self._fhir.first_page(item.type, parameters)
        seen: set[str] = set()
        while url:
            if url in seen:
                raise BadAnswer(self._owner.name, "its pages go round in a circle")
            seen.add(url)
            page = self._fhir.page(url)
            for body in page.resources:
                if _is_ours(item, body) and (record := _readable(body)):
                    return f"{record.type}/{record.id}", body
            if page.problem:
                raise page.problem
            url = page.next_url
        return None

    def _read_back(self, reference: str) -> bytes | None:
        try:
            return self._fhir.read(reference)
        except PortalError:
            return None  # it is there, and the next pull will bring it

    def _move(self, item: Item, state: State, reason: str = "") -> None:
        with self._vault.transaction() as tx:
            outbox.move(tx, item.id, state, reason=reason)


def _is_ours(item: Item, body: bytes) -> bool:
    """Whether a resource is what was sent: it has our identifier, or asks for the same thing in the same second."""
    if item.request_id.encode("ascii") in body:
        return True
    try:
        found, sent = incoming.read_json(body), incoming.read_json(item.body)
    except ValueError:
        return False
    same = [name for name in ("focus", "authoredOn") if sent.get(name)]
    return bool(same) and all(_bare(found.get(name)) == _bare(sent.get(name)) for name in same)


def _bare(value: object) -> object:
    """What a reference points at, or an instant, however it is written."""
    date = dates.parse(value)
    return date.epoch if date else elements.target(elements.reference(value))


def _readable(body: bytes | None) -> Incoming | None:
    """The record in an answer, or None: what cannot be read here does not undo what the portal has done."""
    try:
        return incoming.decode(body) if body else None
    except ValueError:
        return None

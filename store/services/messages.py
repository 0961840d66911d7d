"""Messages with clinicians, gathered into threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.errors import NotFound
from store.records import messages
from store.records.source import Source
from store.records.text import EMPTY
from store.services.scope import check_one
from store.services.values import Listing
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.dates import FhirDate
    from store.records.messages import Message
    from store.records.text import Safe
    from store.services.records import Records

_STANDING = Filter(kinds=("message",), standing=True)


@dataclass(frozen=True)
class Thread:
    """One conversation: its messages oldest first, who takes part, and how many are unread."""

    id: Safe
    subject: Safe
    people: tuple[Safe, ...]
    last: FhirDate | None
    unread: int
    messages: tuple[Message, ...]
    portal: Safe = EMPTY
    patient: Safe = EMPTY


class Messages:
    """Threads, the one with the newest message first."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def list(self, *, unread: bool = False, limit: int | None = None) -> Listing[Thread]:
        """Threads; with `unread` only those with a message that nobody has opened."""
        found = [thread for thread in self._threads() if thread.unread or not unread]
        return Listing(tuple(found[:limit]), len(found))

    def show(self, thread_id: str) -> Thread:
        """One thread by its id or the id of one of its messages; noted in the audit trail. Raises NotFound."""
        wanted = thread_id.rpartition("/")[2]
        found = [
            thread
            for thread in self._threads()
            if wanted == thread.id or any(message.id == wanted for message in thread.messages)
        ]
        if not found:
            raise NotFound("message", thread_id)
        check_one("message", thread_id, (Source(thread.portal, thread.patient) for thread in found))
        self._records.note_read(f"Communication/{found[0].id}")
        return found[0]

    def _threads(self) -> Sequence[Thread]:
        sources = self._records.sources()
        of_owner: dict[int, list[Message]] = {}
        for row, body in self._records.read_all(_STANDING):
            of_owner.setdefault(row.connection, []).append(messages.read(body))
        found = [thread for owner, every in of_owner.items() for thread in _gathered(every, sources[owner])]
        found.sort(key=lambda thread: thread.last.epoch or 0 if thread.last else 0, reverse=True)
        return found


def _gathered(every: list[Message], source: Source) -> Sequence[Thread]:
    """The threads of one patient at one portal: ids mean nothing beyond that."""
    roots = _roots(every)
    groups: dict[str, list[Message]] = {}
    for message in every:
        groups.setdefault(roots[message.id], []).append(message)
    return [_thread(thread_id, group, source) for thread_id, group in groups.items()]


def _roots(every: list[Message]) -> dict[str, str]:
    """For each message the id at which following its parents ends; a ring of parents ends at its least id."""
    parents = {str(message.id): str(message.thread) for message in every}
    roots: dict[str, str] = {}
    for message_id in parents:
        seen, here = {message_id}, message_id
        while (parent := parents.get(here, here)) not in seen:
            here = parent
            seen.add(here)
        roots[message_id] = _least_of_ring(parents, here)
    return roots


def _least_of_ring(parents: dict[str, str], start: str) -> str:
    ring, here = [start], start
    while (here := parents.get(here, here)) != start:
        ring.append(here)
    return min(ring)


def _thread(thread_id: str, group: list[Message], source: Source) -> Thread:
    inside = sorted(
        (message for message in group if not message.is_header),
        key=lambda message: message.sent.epoch or 0 if message.sent else 0,
    )
    head = next((message for message in group if message.id == thread_id), group[-1])
    people = dict.fromkeys(message.sender for message in inside or group if message.sender)
    last = inside[-1].sent if inside else head.sent
    return Thread(
        id=head.id if head.id == thread_id else head.thread,
        subject=head.subject,
        people=tuple(people),
        last=last,
        unread=sum(message.is_unread for message in inside),
        messages=tuple(inside),
        portal=source.portal,
        patient=source.patient,
    )

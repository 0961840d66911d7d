"""Messages with clinicians, gathered into threads."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import BadAnswer, InvalidInput, NotFound, NotOffered, SignInNeeded, WrongState
from store.light import dataclass
from store.people_errors import OtherPatient
from store.records import messages
from store.records.lossless import encode
from store.records.source import Source
from store.records.text import EMPTY, Safe
from store.services import unsent
from store.services.naming import Names
from store.services.outbox import Called
from store.services.scope import check_one
from store.services.values import Listing
from store.vault import marks
from store.vault.audit import Entry
from store.vault.marks import Mark
from store.vault.outbox import READ, State
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.dates import FhirDate
    from store.records.messages import Message
    from store.services.outbox import Outbox
    from store.services.records import Records
    from store.vault.vault import Vault

NOT_THERE = "not at the portal yet"
_DRAFT = State.DRAFT.value
_STANDING = Filter(kinds=("message",), standing=True)


@dataclass(frozen=True)
class Thread:
    """One conversation: its messages oldest first, who takes part, and how many are unread.

    One that `is_closed` takes no more messages; one that `is_archived` was put away here. `waiting` counts those of the
    messages that are not at the portal yet, `drafts` those that are not to be sent so far; one that is nothing but such
    has the `id` of the first of their requests.
    """

    id: Safe
    subject: Safe
    people: tuple[Safe, ...]
    last: FhirDate | None
    unread: int
    messages: tuple[Message, ...]
    portal: Safe = EMPTY
    patient: Safe = EMPTY
    is_closed: bool = False
    is_archived: bool = False
    waiting: int = 0
    drafts: int = 0

    @property
    def is_there(self) -> bool:
        """Whether the portal has any of it."""
        return any(message.is_there for message in self.messages) or not self.messages


class Messages:
    """Threads, the one with the newest message first. Those that were put away are left out until something comes."""

    def __init__(self, vault: Vault, records: Records, outbox: Outbox) -> None:
        self._vault = vault
        self._records = records
        self._outbox = outbox

    def list(self, *, unread: bool = False, archived: bool = False, limit: int | None = None) -> Listing[Thread]:
        """Threads, or those that were put away; with `unread` only those with a message that nobody has opened."""
        found = [
            thread for _, thread in self._threads() if thread.is_archived is archived and (thread.unread or not unread)
        ]
        return Listing(tuple(found[:limit]), len(found))

    def search(self, text: str, limit: int | None = None) -> Listing[Thread]:
        """Threads in which every word of `text` stands, those that were put away as well; noted in the audit trail.

        Raises InvalidInput when there is no word in it.
        """
        words = text.casefold().split()
        if not words:
            raise InvalidInput("there is no word to search for")
        found = [thread for _, thread in self._threads() if all(word in _searched(thread) for word in words)]
        self._vault.note(Entry("search", f"{len(found)} found"))
        return Listing(tuple(found[:limit]), len(found))

    def show(self, thread_id: str) -> Thread:
        """One thread by its id or the id of one of its messages; noted in the audit trail. Raises NotFound."""
        owner, found = self.locate(thread_id)
        self._records.note_read(f"Communication/{found.id}" if found.is_there else f"request {found.id}")
        self._open(owner, found)
        return found

    def read(self, thread_id: str) -> Thread:
        """Mark what is unread in a thread as read, and tell the portal now if it wants to know. Raises NotFound."""
        owner, found = self.locate(thread_id)
        told = self._open(owner, found)
        if told:
            self._outbox.send(told[-1])
        return self.locate(thread_id)[1]

    def archive(self, thread_id: str, *, undo: bool = False) -> Thread:
        """Put a thread away, here alone, until its next message; or take it out again. Raises NotFound, WrongState."""
        owner, found = self.locate(thread_id)
        if not found.is_there:
            raise WrongState(NOT_THERE, "be put away", "a conversation")
        with self._vault.transaction() as tx:
            if undo:
                marks.remove(tx, Mark.ARCHIVED, owner, str(found.id))
            else:
                marks.put(tx, Mark.ARCHIVED, owner, str(found.id), _moment(found))
        return self.locate(thread_id)[1]

    def locate(self, thread_id: str) -> tuple[int, Thread]:
        """The connection and the thread that are meant, noted nowhere. Raises NotFound, Ambiguous."""
        wanted = thread_id.rpartition("/")[2]
        found = [
            (owner, thread)
            for owner, thread in self._threads()
            if wanted == thread.id or any(message.id == wanted for message in thread.messages)
        ]
        if not found:
            raise NotFound("message", thread_id)
        check_one("message", thread_id, (Source(thread.portal, thread.patient) for _, thread in found))
        return found[0]

    def of(self, connection_id: int) -> Sequence[Thread]:
        """The threads of one connection."""
        return [thread for owner, thread in self._threads() if owner == connection_id]

    def _open(self, owner: int, thread: Thread) -> Sequence[str]:
        """Note what is read now; gives the requests that tell the portal of it, where it wants to know."""
        fresh = [str(message.id) for message in thread.messages if message.is_unread]
        if not fresh:
            return []
        # Deferred: a list of messages writes none.
        from store.records import message_writes  # noqa: PLC0415

        now = time.time()
        with self._vault.transaction() as tx:
            for record_id in fresh:
                marks.put(tx, Mark.READ, owner, record_id, int(now))
        told = []
        for record_id in fresh:
            wanted = Filter(types=("Communication",), connections=(owner,), record_id=record_id, limit=1)
            _, body = next(iter(self._records.read_all(wanted)))
            changed = encode(message_writes.was_read(body, now))
            with suppress(*_UNTOLD):  # to be read is all that matters here
                told.append(
                    str(self._outbox.add_update(owner, f"Communication/{record_id}", changed, called=Called(READ)).id)
                )
        return told

    def _threads(self) -> Sequence[tuple[int, Thread]]:
        sources = self._records.sources()
        of_owner: dict[int, list[Message]] = {}
        with self._vault.reading() as connection:
            read = {owner: marks.load(connection, Mark.READ, owner) for owner in sources}
            away = {owner: marks.load(connection, Mark.ARCHIVED, owner) for owner in sources}
            written = list(unsent.written(connection, tuple(sources)))
            who = {
                owner.id: _Who(Safe(f"Patient/{owner.patient}"), sources[owner.id].patient, Names(connection, owner.id))
                for owner in self._records.scope.owners(connection)
            }
            for row, body in self._records.read_all(_STANDING):
                message = messages.read(body)
                is_read = message.id in read.get(row.connection, {})
                of_owner.setdefault(row.connection, []).append(who[row.connection].named(message, is_read=is_read))
            for owner, message in written:
                of_owner.setdefault(owner, []).append(who[owner].named(message))
        found = [
            (owner, replace(thread, is_archived=away[owner].get(str(thread.id), -1) >= _moment(thread)))
            for owner, every in of_owner.items()
            for thread in _gathered(every, sources[owner])
        ]
        found.sort(key=lambda pair: _moment(pair[1]), reverse=True)
        return found


@dataclass(frozen=True)
class _Who:
    """What people are called to whom the messages of one connection refer: the patient, and those with a record."""

    patient: Safe
    patient_name: Safe
    names: Names

    def named(self, message: Message, *, is_read: bool = False) -> Message:
        """A message with people's names, as it stands once it was read."""
        return replace(
            message,
            is_unread=message.is_unread and not is_read,
            sender=self._name(message.sender),
            recipients=tuple(map(self._name, message.recipients)),
        )

    def _name(self, one: Safe) -> Safe:
        return (one == self.patient and self.patient_name) or self.names(one) or one


_UNTOLD = (NotOffered, InvalidInput, BadAnswer, SignInNeeded, OtherPatient)
"""Why a portal may not be told of what was read here; what is another person's is marked here alone."""


def _moment(thread: Thread) -> int:
    return (thread.last.epoch or 0) if thread.last else 0


def _searched(thread: Thread) -> str:
    """The words of a thread that are searched."""
    inside = [word for message in thread.messages for word in (message.sender, message.text, *message.attachments)]
    return "\n".join((thread.subject, *inside)).casefold()


def _gathered(every: list[Message], source: Source) -> Iterator[Thread]:
    """The threads of one patient at one portal: ids mean nothing beyond that."""
    roots = messages.roots(every)
    groups: dict[str, list[Message]] = {}
    for message in every:
        groups.setdefault(roots[message.id], []).append(message)
    return (_thread(thread_id, group, source) for thread_id, group in groups.items())


def _thread(thread_id: str, group: list[Message], source: Source) -> Thread:
    inside = sorted(
        (message for message in group if not message.is_header),
        key=lambda message: message.sent.epoch or 0 if message.sent else 0,
    )
    head = next((message for message in group if message.id == thread_id), group[-1])
    people = dict.fromkeys(_taking_part(inside or group, source.patient))
    told = [message for message in inside if message.state != _DRAFT] or inside
    last = told[-1].sent if told else head.sent
    return Thread(
        id=head.id if head.id == thread_id else head.thread,
        subject=head.subject,
        people=tuple(people),
        last=last,
        unread=sum(message.is_unread for message in inside),
        messages=tuple(inside),
        portal=source.portal,
        patient=source.patient,
        is_closed=head.is_header and head.status == "completed",
        waiting=sum(message.state not in {EMPTY, _DRAFT} for message in inside),
        drafts=sum(message.state == _DRAFT for message in inside),
    )


def _taking_part(inside: Sequence[Message], own: Safe) -> Iterator[Safe]:
    """Who has written in a conversation, the patient by one name; where only the patient has, whom it is to."""
    there = [message for message in inside if message.is_there and message.sender]
    if all(message.is_from_patient for message in there):
        yield from (name for message in inside for name in message.recipients if name != own)
    has_name = any(message.is_from_patient and message.sender != own for message in there)
    yield from (message.sender for message in there if not (has_name and message.sender == own))

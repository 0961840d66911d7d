"""Messages that are being written: kept as drafts from the first letter on, as incomplete as they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound, WrongState
from store.records import elements, letter_words
from store.records import message_writes as writes
from store.records.lossless import decode, encode
from store.records.message_writes import Address
from store.records.text import Safe, one_line
from store.services.identifiers import uuid7
from store.services.message_plans import Recipient, Wording
from store.services.scope import source_of
from store.sync import letters
from store.vault import outbox, reading, shown
from store.vault.audit import Entry
from store.vault.outbox import PART, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.elements import Json
    from store.services.drafts import Drafts
    from store.services.message_plans import Draft
    from store.services.records import Records
    from store.vault.outbox import Item
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

UNTITLED = "(no subject)"


@dataclass(frozen=True)
class Sketch:
    """A draft as it is written on: to whom, its words, and the paths of files that are still to be attached.

    `answers` is the message that it answers, and `part_of` the conversation; both are empty for one that begins one.
    `paths` is what was typed, line by line, and may be no file at all. `mark` is that of what it was read from.
    """

    draft: Draft
    recipients: tuple[Recipient, ...]
    wording: Wording
    paths: str
    part_of: str
    answers: str
    mark: str


class Sketches:
    """Drafts of one vault, for writing on."""

    def __init__(self, vault: Vault, records: Records, drafts: Drafts) -> None:
        self._vault = vault
        self._records = records
        self._drafts = drafts

    def open(self, draft: str) -> Sketch:
        """A draft for writing on; noted in the audit trail. Raises NotFound, Ambiguous."""
        found = self._drafts.show(draft)
        item = self._drafts.item(str(found.id))
        body = decode(item.body)
        with self._vault.reading() as connection:
            source = source_of(reading.owner(connection, item.connection))
            paths = shown.recall(connection, _paths(item.id))
        answers = elements.reference(body.get("inResponseTo"))
        return Sketch(
            draft=found,
            recipients=tuple(
                Recipient(
                    Safe("/".join(elements.target(elements.reference(each)))),
                    one_line(str(elements.reference_words(each))),
                    Safe(""),
                    is_in_team=False,
                    portal=source.portal,
                    patient=source.patient,
                )
                for each in elements.objects(body.get("recipient"))
            ),
            wording=Wording(str(found.subject), _category(body), str(found.text)),
            paths=paths,
            part_of=elements.reference(body.get("partOf")) if answers else "",
            answers=answers,
            mark=_mark(item),
        )

    def mark(self, draft: str) -> str:
        """What stands in a draft, as a mark of it, for `rewrite` to write over that alone. Raises NotFound, Ambiguous.

        It is a SHA-256 of its body, and says nothing of the paths beside it.
        """
        return _mark(self._drafts.item(draft))

    def rewrite(
        self,
        draft: str,
        recipients: Sequence[Recipient],
        wording: Wording,
        paths: str = "",
        *,
        over: str = "",
        is_noted: bool = True,
    ) -> None:
        """Give a draft these words, whether or not they are whole; what is attached to it stays.

        `paths` are kept beside it until the files are attached. Without `is_noted` there is no line in the audit trail:
        who writes is kept every few seconds. Raises NotFound, Ambiguous, and WrongState where something else stands in
        it than what `over` is the mark of: another program has written on it.
        """
        item = self._drafts.item(draft)
        if over and _mark(item) != over:
            raise WrongState("changed elsewhere", "be written over", "a draft")
        subject = letter_words.line(wording.subject)
        changes: Json = {
            "topic": {"text": subject},
            "category": [writes.concept(wording.category)] if wording.category else None,
            "recipient": [_address(each).fhir() for each in recipients] or None,
        }
        body = writes.with_text(writes.rewritten(decode(item.body), **changes), letter_words.text(wording.text))
        with self._vault.transaction() as tx:
            if body != decode(item.body):
                outbox.rewrite(tx, item.id, encode(body), title=subject or UNTITLED)
                for part in outbox.parts(tx.connection, item):
                    if part.type == "Communication" and part.state == State.DRAFT:
                        outbox.rewrite(tx, part.id, encode(_header(decode(part.body), changes)))
                if is_noted:
                    self._note(tx, item, "changed")
            if paths != shown.recall(tx.connection, _paths(item.id)):
                shown.remember(tx, _paths(item.id), paths)

    def detach(self, draft: str, numbers: Sequence[int]) -> None:
        """Take attachments, by their numbers from 0, off a draft. Raises NotFound, Ambiguous."""
        if not numbers:
            return
        item = self._drafts.item(draft)
        body = decode(item.body)
        payload = elements.objects(body.get("payload"))
        files = [part for part in payload if "contentAttachment" in part]
        gone = [files[number] for number in numbers if number < len(files)]
        kept = [part for part in payload if not any(part is each for each in gone)]
        urls = {elements.first(part.get("contentAttachment")).get("url") for part in gone}
        with self._vault.transaction() as tx:
            outbox.rewrite(tx, item.id, encode(writes.rewritten(body, payload=kept or None)))
            for part in outbox.parts(tx.connection, item):
                if writes.later(part.id) in urls:
                    outbox.move(tx, part.id, State.CANCELLED)
            self._note(tx, item, "changed")

    def check_whole(self, draft: str) -> None:
        """Make sure that nothing is missing in a draft. Raises InvalidInput, NotFound, Ambiguous."""
        body = decode(self._drafts.item(draft).body)
        if not elements.objects(body.get("payload")):
            raise InvalidInput("there is nothing to send: the message is empty")
        if not elements.objects(body.get("recipient")):
            raise InvalidInput("say whom the message is to")
        if not elements.concept(body.get("topic")):
            raise InvalidInput("say what the message is about: it has no subject")

    def restore(self, draft: str) -> Draft:
        """Bring back a draft that was given up, or what a portal refused, as a new draft of the same words.

        Raises NotFound, WrongState for what may have reached the portal.
        """
        with self._vault.reading() as connection:
            every = outbox.items(connection, self._records.scope.ids(connection))
        item = next((each for each in every if each.id == draft and each.kind == letters.KIND), None)
        if item is None:
            raise NotFound("draft", draft)
        if item.state != State.REJECTED and (item.state != State.CANCELLED or item.attempts):
            raise WrongState(item.state, "be brought back", "a draft")
        with self._vault.transaction() as tx:
            copies = list(_copies([*_standing(outbox.parts(tx.connection, item), item), item]))
            for copy in copies:
                outbox.add(tx, copy)
            if item.state == State.REJECTED:
                outbox.move(tx, item.id, State.CANCELLED)
            self._note(tx, copies[-1], "draft")
        return self._drafts.show(copies[-1].id)

    def _note(self, tx: Transaction, item: Item, what: str) -> None:
        tx.audit(Entry("write", f"request {item.id} {what}", *self._records.parties(item.connection)))


def _mark(item: Item) -> str:
    return hashlib.sha256(item.body).hexdigest()


def _paths(draft: str) -> str:
    return f"files_of_{draft}"


def _category(body: Json) -> str:
    return next(
        (code for code in elements.codes(elements.first(body.get("category"))) if code in writes.CATEGORIES), ""
    )


def _address(recipient: Recipient) -> Address:
    """Somebody as a message names them; a reference is no name."""
    return Address(str(recipient.id), "" if recipient.name == recipient.id else str(recipient.name))


def _header(header: Json, changes: Json) -> Json:
    """The header of a conversation with the same changes; who writes is among its recipients as well."""
    own = [each for each in elements.objects(header.get("recipient")) if each == header.get("sender")]
    return writes.rewritten(header, **{**changes, "recipient": [*(changes["recipient"] or ()), *own]})


def _standing(parts: Sequence[Item], item: Item) -> Iterator[Item]:
    """The parts that a message still names."""
    awaited = writes.awaited(decode(item.body))
    return (part for part in parts if part.id in awaited)


def _copies(items: Sequence[Item]) -> Iterator[Item]:
    """Items as drafts under new ids, which take the place of theirs wherever they name each other."""
    names = {item.id: str(uuid7()) for item in items}
    for item in items:
        body = item.body
        for old, new in names.items():
            body = body.replace(old.encode(), new.encode())
        yield replace(
            item,
            id=names[item.id],
            request_id=names[item.id],
            body=body,
            state=State.DRAFT.value,
            focus=names[items[-1].id] if item.kind == PART else "",
            thread=names[items[-1].id],
            attempts=0,
            result=None,
            reason="",
            not_before=0,
        )

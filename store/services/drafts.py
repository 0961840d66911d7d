"""Messages that are not sent yet: kept in the vault with what is attached to them, changed, and given up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import InvalidInput, NotOffered
from store.records import elements, letter_words
from store.records import message_writes as writes
from store.records.dates import from_epoch
from store.records.lossless import decode, encode
from store.records.text import Safe, one_line
from store.services import identifiers
from store.services.identifiers import uuid7
from store.services.message_plans import Attached, Draft
from store.services.values import Listing
from store.sync import letters
from store.vault import outbox, reading
from store.vault.audit import Entry
from store.vault.outbox import PART, Item, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.elements import Json
    from store.services.message_plans import Beginning, MessagePlan, Wording
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

_BEFORE = {"Binary": 2, "Communication": 1}  # seconds that parts are older than their message, so as to go first


def items_of(plan: MessagePlan, state: State) -> Iterator[Item]:
    """The items of the outbox that a planned message is made of: its parts first, then itself."""
    now = int(time.time())
    for part in plan.parts:
        yield _item(plan, state, now, part.request_id, part.type, part.fhir, str(part.title))
    yield _item(plan, state, now, plan.request_id, "Communication", plan.fhir, str(plan.subject))


def takes_binaries(sync: Sync, owner: ConnectionRow) -> bool:
    """Whether a portal takes files of their own; else they stand in the message that they are attached to."""
    try:
        sync.check_offers(owner, "Binary", "create", "c", "files")
    except NotOffered:
        return False
    return True


class Drafts:
    """Drafts, the one written on last first."""

    def __init__(self, vault: Vault, records: Records, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._sync = sync

    def list(self, limit: int | None = None) -> Listing[Draft]:
        """Every draft."""
        found = sorted(self._items(), key=lambda item: (item.updated, item.id), reverse=True)
        return Listing(tuple(self._draft(item) for item in found[:limit]), len(found))

    def show(self, draft: str) -> Draft:
        """One draft by its id, or the beginning or end of it; noted in the audit trail. Raises NotFound, Ambiguous."""
        item = self.item(draft)
        self._vault.note(Entry("read", f"request {item.id}", self._records.subject(item.connection)))
        return self._draft(item)

    def like(self, beginning: Beginning) -> Draft | None:
        """The last draft of a message that would go to the same place: the same conversation, or the same people."""
        found = [item for item in self._items() if item.connection == beginning.connection]
        alike = [item for item in found if _goes(decode(item.body)) == _would_go(beginning)]
        return self._draft(max(alike, key=lambda item: (item.updated, item.id))) if alike else None

    def keep(self, plan: MessagePlan) -> Draft:
        """Keep a planned message as a draft."""
        with self._vault.transaction() as tx:
            for item in items_of(plan, State.DRAFT):
                outbox.add(tx, item)
            tx.audit(Entry("write", f"request {plan.request_id}: draft", *self._records.parties(plan.connection)))
        failpoints.reach("letter.kept")
        return self._draft(self.item(plan.request_id))

    def change(self, draft: str, wording: Wording) -> Draft:
        """Give a draft another subject, category or text, where one is said, and more files.

        Raises NotFound, Ambiguous, InvalidInput when nothing would be in it.
        """
        item = self.item(draft)
        body = decode(item.body)
        changes: Json = {}
        if subject := letter_words.line(wording.subject):
            changes["topic"] = {"text": subject}
        if wording.category:
            changes["category"] = [writes.concept(wording.category)]
        changed = writes.rewritten(body, **changes)
        if text := letter_words.text(wording.text):
            changed = writes.with_text(changed, text)
        with self._vault.transaction() as tx:
            changed = writes.with_attached(changed, tuple(self._attach(tx, item, wording)))
            if changed == body:
                raise InvalidInput("nothing was changed")
            outbox.rewrite(tx, item.id, encode(changed))
            for part in self._headers(tx, item):
                outbox.rewrite(tx, part.id, encode(writes.rewritten(decode(part.body), **changes)))
            tx.audit(Entry("write", f"request {item.id} changed", *self._records.parties(item.connection)))
        return self._draft(self.item(item.id))

    def delete(self, draft: str) -> Draft:
        """Give a draft up. Raises NotFound, Ambiguous."""
        item = self.item(draft)
        found = self._draft(item)
        with self._vault.transaction() as tx:
            for each in (*_standing(tx, item), item):
                outbox.move(tx, each.id, State.CANCELLED)
            tx.audit(Entry("write", f"request {item.id} cancelled", *self._records.parties(item.connection)))
        return found

    def release(self, draft: str) -> str:
        """Put a draft among what is to be sent, as of now, once and whole; gives its id. Raises NotFound, Ambiguous."""
        item = self.item(draft)
        sent = writes.when(time.time())
        with self._vault.transaction() as tx:
            tx.check_write(item.connection)
            for each in (*self._headers(tx, item), item):
                outbox.rewrite(tx, each.id, encode(writes.rewritten(decode(each.body), sent=sent)))
            for each in (*_standing(tx, item), item):
                outbox.move(tx, each.id, State.QUEUED)
            tx.audit(Entry("write", f"request {item.id} queued", *self._records.parties(item.connection)))
        return item.id

    def item(self, draft: str) -> Item:
        """The draft that is meant, as it rests in the outbox. Raises NotFound, Ambiguous."""
        known = {item.id: item for item in self._items()}
        return known[identifiers.find("draft", draft, list(known))]

    def _items(self) -> Sequence[Item]:
        with self._vault.reading() as connection:
            every = outbox.items(connection, self._records.scope.ids(connection))
        return [item for item in every if item.kind == letters.KIND and item.state == State.DRAFT]

    def _headers(self, tx: Transaction, item: Item) -> Sequence[Item]:
        return [part for part in _standing(tx, item) if part.type == "Communication"]

    def _attach(self, tx: Transaction, item: Item, wording: Wording) -> Iterator[Json]:
        """Add files to a draft: as parts of it where the portal takes files, else within it."""
        with self._vault.reading() as connection:
            has_binaries = takes_binaries(self._sync, reading.owner(connection, item.connection))
        patient = elements.reference(decode(item.body).get("subject"))
        for file in wording.files:
            if not has_binaries:
                yield writes.attachment(file, "")
                continue
            name = str(uuid7())
            binary = encode(writes.build_binary(file, patient))
            part = Item(
                id=name, connection=item.connection, kind=PART, title=f"attachment {one_line(file.name)}",
                type="Binary", request_id=name, body=binary, state=item.state, created=item.created - _BEFORE["Binary"],
                updated=item.updated, focus=item.id, thread=item.id,
            )  # fmt: skip
            outbox.add(tx, part)
            yield writes.attachment(file, writes.later(name))

    def _draft(self, item: Item) -> Draft:
        source = self._records.sources()[item.connection]
        body = decode(item.body)
        payload = elements.objects(body.get("payload"))
        files = [elements.first(part.get("contentAttachment")) for part in payload if "contentAttachment" in part]
        return Draft(
            id=Safe(item.id),
            recipients=tuple(elements.reference_words(each) for each in elements.objects(body.get("recipient"))),
            subject=elements.concept(body.get("topic")),
            category=elements.concept(body.get("category")),
            text=Safe("\n\n".join(filter(None, (elements.long_text(part.get("contentString")) for part in payload)))),
            attached=tuple(
                Attached(elements.text(file.get("title")), elements.text(file.get("contentType")), int(file["size"]))
                for file in files
            ),
            changed=from_epoch(item.updated),
            portal=source.portal,
            patient=source.patient,
        )


def _standing(tx: Transaction, item: Item) -> Sequence[Item]:
    """The parts of a draft, without those that were taken off it again, or have been sent before."""
    return [part for part in outbox.parts(tx.connection, item) if part.state == State.DRAFT]


def _goes(message: Json) -> tuple[object, ...]:
    """Where a message goes: what it answers and is part of, or, where it begins a conversation, to whom."""
    answers = elements.reference(message.get("inResponseTo"))
    people = {elements.reference(each) for each in elements.objects(message.get("recipient"))}
    return (elements.reference(message.get("partOf")) or answers,) if answers else (frozenset(people),)


def _would_go(beginning: Beginning) -> tuple[object, ...]:
    people = {str(each.id) for each in beginning.recipients}
    return (beginning.part_of or beginning.answers,) if beginning.answers else (frozenset(people),)


def _item(  # noqa: PLR0913, PLR0917 - the columns in which the items of a message differ
    plan: MessagePlan, state: State, now: int, name: str, type_name: str, body: bytes, title: str
) -> Item:
    is_part = name != plan.request_id
    return Item(
        id=name,
        connection=plan.connection,
        kind=PART if is_part else letters.KIND,
        title=title,
        type=type_name,
        request_id=name,
        body=body,
        state=state.value,
        created=now - (_BEFORE[type_name] if is_part else 0),
        updated=now,
        focus=plan.request_id if is_part else "",
        thread=plan.request_id,
    )

"""Writing to a practice: each message is planned, shown, and then sent by way of the outbox, or kept as a draft."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import InvalidInput, NotFound, WrongState
from store.records import elements, letter_words
from store.records import message_writes as writes
from store.records.lossless import encode
from store.records.message_writes import Address, NewMessage
from store.records.text import Safe, one_line, sanitize
from store.services import recipients, rights
from store.services.drafts import Drafts, items_of, takes_binaries
from store.services.identifiers import uuid7
from store.services.message_plans import Attached, Beginning, MessagePlan, Outcome, Part, Recipient
from store.services.messages import NOT_THERE
from store.services.scope import source_of
from store.services.sketches import UNTITLED, Sketches
from store.services.values import Listing
from store.sync import letters
from store.vault import outbox, reading
from store.vault.audit import Entry
from store.vault.outbox import State
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.services.message_plans import Draft, Wording
    from store.services.messages import Messages, Thread
    from store.services.outbox import Outbox
    from store.services.outbox_rows import OutboxRow
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.sketches import Sketch
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_WHAT = "messages"


class Letters:
    """Messages that the patient writes; `drafts` are those that are not sent yet."""

    def __init__(
        self, vault: Vault, records: Records, portals: Portals, sync: Sync, outbox_: Outbox, messages: Messages
    ) -> None:
        self._vault = vault
        self._records = records
        self._portals = portals
        self._sync = sync
        self._outbox = outbox_
        self._messages = messages
        self.drafts = Drafts(vault, records, sync)
        self.sketches = Sketches(vault, records, self.drafts)

    def check(self) -> None:
        """Make sure that the portal that is meant takes messages. Raises NotOffered, SignInNeeded, Ambiguous."""
        self._check(self._portals.choose())

    def recipients(self) -> Listing[Recipient]:
        """Who can be written to, the care team first."""
        found = [each for owner in self._portals.all() for each in recipients.known(self._vault, owner)]
        return Listing(tuple(found), len(found))

    def begin(self, to: tuple[str, ...]) -> Beginning:
        """What there is to know before a message to some people (each a part of a name, or `Type/id`) is written.

        Raises NotOffered, NotFound, Ambiguous, InvalidInput.
        """
        owner = self._portals.choose()
        self._check(owner)
        among = recipients.known(self._vault, owner)
        chosen = tuple({each.id: each for each in (recipients.choose(among, typed) for typed in to)}.values())
        if not chosen:
            raise InvalidInput("say whom the message is to")
        return self._beginning(owner, chosen)

    def begin_reply(self, message: str) -> Beginning:
        """What there is to know before an answer in a conversation is written.

        Raises NotOffered, NotFound, Ambiguous, WrongState.
        """
        connection_id, thread = self._messages.locate(message)
        owner = self._owner(connection_id)
        self._check(owner)
        if thread.is_closed:
            raise WrongState("closed", "be answered", "a conversation")
        if not thread.is_there:
            raise WrongState(NOT_THERE, "be answered", "a conversation")
        there = [each for each in thread.messages if each.is_there]
        if not there:
            raise NotFound("message to answer", message)
        last = next((each for each in reversed(there) if not each.is_from_patient), there[-1])
        body = self._body(connection_id, str(last.id))
        header = elements.reference(body.get("partOf"))
        others = [
            Address("/".join(elements.target(elements.reference(each))), str(elements.reference_words(each)))
            for name in (("recipient",) if last.is_from_patient else ("sender",))
            for each in elements.objects(body.get(name))
        ]
        chosen = tuple(_recipient(owner, each) for each in others if not _is_own(each))
        if not chosen:
            raise InvalidInput("the conversation names nobody who could be answered: write a new message instead")
        part_of = f"Communication/{elements.target(header)[1]}" if header else ""
        return self._beginning(owner, chosen, thread.subject, part_of, f"Communication/{last.id}")

    def plan(self, beginning: Beginning, wording: Wording) -> MessagePlan:
        """Plan a message, without sending anything. Raises InvalidInput when there is nothing in it."""
        if not letter_words.text(wording.text) and not wording.files:
            raise InvalidInput("there is nothing to send: the message is empty")
        if not letter_words.line(wording.subject) and not beginning.subject:
            raise InvalidInput("say what the message is about with `--subject`")
        return self._plan(beginning, wording)

    def sketch(self, beginning: Beginning, wording: Wording) -> Draft:
        """Keep what is being written as a draft, whether or not it is whole."""
        return self.drafts.keep(self._plan(beginning, wording))

    def resume(self, sketch: Sketch) -> Beginning:
        """What there is to know of a draft before it is written on. Raises NotOffered, SignInNeeded."""
        owner = self._owner(self.drafts.item(str(sketch.draft.id)).connection)
        self._check(owner)
        subject = sketch.draft.subject if sketch.answers else Safe("")
        return self._beginning(owner, sketch.recipients, subject, sketch.part_of, sketch.answers)

    def _plan(self, beginning: Beginning, wording: Wording) -> MessagePlan:
        owner = self._owner(beginning.connection)
        text = letter_words.text(wording.text)
        subject = letter_words.line(wording.subject) or str(beginning.subject)
        files = [(str(uuid7()), file) for file in wording.files]
        has_binaries = takes_binaries(self._sync, owner)
        is_new = not beginning.answers
        header_id = str(uuid7()) if is_new else ""
        new = NewMessage(
            request_id=str(uuid7()),
            patient=f"Patient/{owner.patient}",
            sender=rights.actor(self._vault, owner),
            recipients=tuple(_address(each) for each in beginning.recipients),
            subject=subject,
            category=wording.category,
            text=text,
            sent=time.time(),
            part_of=writes.later(header_id) if is_new else beginning.part_of,
            answers=beginning.answers,
            attached=tuple(writes.attachment(file, writes.later(name) if has_binaries else "") for name, file in files),
        )
        parts = [
            Part(name, "Binary", Safe(f"attachment {file.name}"), encode(writes.build_binary(file, new.patient)))
            for name, file in (files if has_binaries else [])
        ]
        if is_new:
            header = encode(writes.build_header(new, header_id))
            parts.append(Part(header_id, "Communication", Safe("conversation"), header))
        return MessagePlan(
            action=Safe("Send a message" if is_new else "Answer a message"),
            recipients=tuple(each.name for each in beginning.recipients),
            subject=one_line(subject or UNTITLED),
            category=Safe(writes.CATEGORIES.get(wording.category, "")),
            text=sanitize(text),
            attached=tuple(
                Attached(one_line(file.name), Safe(file.content_type), len(file.content)) for file in wording.files
            ),
            patient_name=beginning.patient_name,
            portal=beginning.portal,
            request_id=new.request_id,
            fhir=encode(writes.build_message(new)),
            parts=tuple(parts),
            connection=owner.id,
        )

    def submit(self, plan: MessagePlan) -> Outcome:
        """Put a message into the outbox, and send it now if the portal can be reached; else it waits there.

        Raises Rejected when the portal refuses it, which keeps it in the outbox.
        """
        with self._vault.transaction() as tx:
            for item in items_of(plan, State.QUEUED):
                outbox.add(tx, item)
            parties = self._records.parties(plan.connection)
            tx.audit(Entry("write", f"request {plan.request_id}: {plan.action}", *parties))
        failpoints.reach("letter.queued")
        return self._send(plan.request_id)

    def send_draft(self, draft: str) -> Outcome:
        """Send a draft, as `submit` does. Raises also NotFound, Ambiguous, NotOffered, InvalidInput for half of one."""
        self._check(self._owner(self.drafts.item(draft).connection))
        self.sketches.check_whole(draft)
        name = self.drafts.release(draft)
        failpoints.reach("letter.queued")
        return self._send(name)

    def _send(self, item_id: str) -> Outcome:
        sent = self._outbox.send(item_id)
        return Outcome(sent, self._thread(sent))

    def _thread(self, sent: OutboxRow) -> Thread | None:
        if not sent.is_over or not sent.result:
            return None
        try:
            return self._messages.locate(str(sent.result))[1]
        except NotFound:
            return None

    def _beginning(
        self,
        owner: ConnectionRow,
        chosen: tuple[Recipient, ...],
        subject: Safe = Safe(""),  # noqa: B008 - a text
        part_of: str = "",
        answers: str = "",
    ) -> Beginning:
        source = source_of(owner)
        with self._vault.reading() as connection:
            sent = [item for item in outbox.items(connection, (owner.id,)) if item.kind == letters.KIND]
        return Beginning(
            portal=source.portal,
            patient_name=source.patient,
            recipients=chosen,
            subject=subject,
            replies=letter_words.replies([thread.messages for thread in self._messages.of(owner.id)]),
            is_first=all(item.state in {State.DRAFT, State.CANCELLED} for item in sent),
            connection=owner.id,
            part_of=part_of,
            answers=answers,
        )

    def _check(self, owner: ConnectionRow) -> None:
        self._sync.check_offers(owner, "Communication", "create", "c", _WHAT)

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)

    def _body(self, connection_id: int, record_id: str) -> Json:
        wanted = Filter(types=("Communication",), connections=(connection_id,), record_id=record_id, limit=1)
        return next((body for _, body in self._records.read_all(wanted)), {})


def _recipient(owner: ConnectionRow, address: Address) -> Recipient:
    source = source_of(owner)
    return Recipient(
        Safe(address.reference), one_line(address.name), Safe(""), is_in_team=False, portal=source.portal,
        patient=source.patient,
    )  # fmt: skip


def _address(recipient: Recipient) -> Address:
    """Somebody as a message names them; a reference is no name."""
    return Address(str(recipient.id), "" if recipient.name == recipient.id else str(recipient.name))


def _is_own(address: Address) -> bool:
    return address.reference.startswith(("Patient/", "RelatedPerson/")) or not address.reference.partition("/")[2]

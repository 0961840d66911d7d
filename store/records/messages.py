"""Messages with clinicians: Communication resources, as a header with parts or as a flat row (FHIR R4 §8.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.dates import FhirDate, parse
from store.records.text import EMPTY, Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.elements import Json

_LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `thread` is the id of its thread's first resource; a thread's header has no `text`.

    `is_from_patient` tells the direction; `is_unread` is True for one to the patient that nobody has opened;
    `received` is when whom it is to opened it, as far as the portal tells. `state` is where one stands that no portal
    has yet, as the outbox calls it; its `id` is that of its request there.
    """

    id: Safe
    thread: Safe
    subject: Safe
    sent: FhirDate | None
    sender: Safe
    recipients: tuple[Safe, ...]
    text: Safe
    attachments: tuple[Safe, ...]
    status: Safe
    is_header: bool
    is_from_patient: bool
    is_unread: bool
    received: FhirDate | None = None
    state: Safe = EMPTY

    @property
    def is_there(self) -> bool:
        """Whether the portal has it."""
        return not self.state

    @property
    def is_read_there(self) -> bool:
        """Whether the practice has opened what the patient wrote."""
        return self.is_from_patient and (self.received is not None or self.status == "completed")


def read(resource: Json) -> Message:
    """Read a Communication."""
    payload = elements.objects(resource.get("payload"))
    own_id = elements.text(resource.get("id"))
    status = elements.text(resource.get("status"))
    is_from_patient = _is_patient(elements.reference(resource.get("sender")))
    attachments = [elements.first(part.get("contentAttachment")) for part in payload]
    parent = elements.reference(resource.get("partOf")) or elements.reference(resource.get("inResponseTo"))
    is_header = not payload and not parent
    return Message(
        id=own_id,
        thread=elements.text(elements.target(parent)[1]) or own_id,
        subject=_subject(resource),
        sent=parse(resource.get("sent")) or parse(resource.get("received")),
        sender=elements.reference_words(resource.get("sender")),
        recipients=tuple(
            filter(None, (elements.reference_words(item) for item in elements.objects(resource.get("recipient"))))
        ),
        text=Safe("\n\n".join(filter(None, (elements.long_text(part.get("contentString")) for part in payload)))),
        attachments=tuple(elements.text(item.get("title")) or Safe("attachment") for item in attachments if item),
        status=status,
        is_header=is_header,
        is_from_patient=is_from_patient,
        is_unread=not is_header and not is_from_patient and status == "in-progress" and not resource.get("received"),
        received=parse(resource.get("received")),
    )


def roots(every: Sequence[Message]) -> dict[str, str]:
    """For each message the id at which following its parents ends; a ring of parents ends at its least id."""
    parents = {str(message.id): str(message.thread) for message in every}
    found: dict[str, str] = {}
    for message_id in parents:
        seen, here = {message_id}, message_id
        while (parent := parents.get(here, here)) not in seen:
            here = parent
            seen.add(here)
        found[message_id] = _least_of_ring(parents, here)
    return found


def _least_of_ring(parents: dict[str, str], start: str) -> str:
    ring, here = [start], start
    while (here := parents.get(here, here)) != start:
        ring.append(here)
    return min(ring)


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of a Communication that lists and filters need; `flag` is `unread` where it is."""
    message = read(resource)
    return envelope.Envelope(
        kind="message",
        title=_named_subject(resource) or _beginning(message.text) or message.subject,
        code=message.thread,
        date=message.sent,
        status=message.status,
        flag=Safe("unread" if message.is_unread else ""),
        value=_whom(message, resource),
    )


def _whom(message: Message, resource: Json) -> Safe:
    """Who wrote it, or whom the patient wrote to; a header has no words of its own, and is called a thread."""
    if message.is_header:
        return Safe("thread")
    if not message.is_from_patient:
        return message.sender
    names = (elements.text(each.get("display")) for each in elements.objects(resource.get("recipient")))
    named = ", ".join(filter(None, names))
    return Safe(f"to {named}" if named else "from you")


def _subject(resource: Json) -> Safe:
    return _named_subject(resource) or elements.concept(resource.get("category")) or Safe("Message")


def _named_subject(resource: Json) -> Safe:
    return elements.concept(resource.get("topic")) or elements.concept(resource.get("reasonCode"))


def _beginning(text: Safe) -> Safe:
    """The first words of a message, by which a list can tell it from others of its conversation."""
    line = one_line(text)
    if len(line) <= _LONGEST_TITLE:
        return line
    end = line.rfind(" ", 0, _LONGEST_TITLE)
    return Safe(f"{line[: end if end > 0 else _LONGEST_TITLE].rstrip(' ,;:-')}…")


def _is_patient(reference: str) -> bool:
    return "Patient/" in reference or "RelatedPerson/" in reference

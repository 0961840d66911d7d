"""What is about to be written to a practice, whom it can be written to, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records.lossless import decode, encode
from store.records.message_writes import later

if TYPE_CHECKING:
    from store.records.dates import FhirDate
    from store.records.message_writes import File
    from store.records.text import Safe
    from store.services.messages import Thread
    from store.services.outbox_rows import OutboxRow


@dataclass(frozen=True)
class Recipient:
    """Somebody who can be written to; `role` is what they do, and `is_in_team` whether they are of the care team."""

    id: Safe
    name: Safe
    role: Safe
    is_in_team: bool
    portal: Safe
    patient: Safe


@dataclass(frozen=True)
class Beginning:
    """What is known before anything is written: where it goes, to whom, and what to tell whoever writes first.

    `replies` says how soon an answer can be expected; `is_first` is True until something was sent to this portal.
    """

    portal: Safe
    patient_name: Safe
    recipients: tuple[Recipient, ...]
    subject: Safe
    replies: Safe
    is_first: bool
    connection: int
    part_of: str = ""
    answers: str = ""


@dataclass(frozen=True)
class Wording:
    """What a patient writes: the subject, the category (a key of `message_writes.CATEGORIES`), the text, the files."""

    subject: str = ""
    category: str = ""
    text: str = ""
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Attached:
    """One attachment of what is written; `size` in bytes."""

    title: Safe
    content_type: Safe
    size: int


@dataclass(frozen=True)
class Part:
    """One request that goes before a message: a file, or the header of its conversation."""

    request_id: str
    type: str
    title: Safe
    fhir: bytes


@dataclass(frozen=True)
class MessagePlan:
    """What would be sent, and for whom: `fhir` is the exact message, `parts` what goes before it, in order."""

    action: Safe
    recipients: tuple[Safe, ...]
    subject: Safe
    category: Safe
    text: Safe
    attached: tuple[Attached, ...]
    patient_name: Safe
    portal: Safe
    request_id: str
    fhir: bytes
    parts: tuple[Part, ...]
    connection: int

    def document(self) -> bytes:
        """The exact FHIR, in the order in which it is sent: one resource, or a collection of several."""
        if not self.parts:
            return self.fhir
        every = [*((part.request_id, part.fhir) for part in self.parts), (self.request_id, self.fhir)]
        entries = [{"fullUrl": later(name), "resource": decode(fhir)} for name, fhir in every]
        return encode({"resourceType": "Bundle", "type": "collection", "entry": entries})


@dataclass(frozen=True)
class Draft:
    """A message that is not sent yet. `changed` is when it was last written on."""

    id: Safe
    recipients: tuple[Safe, ...]
    subject: Safe
    category: Safe
    text: Safe
    attached: tuple[Attached, ...]
    changed: FhirDate
    portal: Safe
    patient: Safe


@dataclass(frozen=True)
class Outcome:
    """What came of it: the request in the outbox, and the conversation as the portal has it, if that is known."""

    request: OutboxRow
    thread: Thread | None

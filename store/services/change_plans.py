"""What is about to be sent of a patient's own details, insurance or allergies, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.records.text import Safe
    from store.services.outbox_rows import OutboxRow


class Way(StrEnum):
    """How a portal takes something: as the record itself, as a request for a change of it, or only as a message."""

    RECORD = "record"
    REQUEST = "request"
    MESSAGE = "message"


@dataclass(frozen=True)
class FieldChange:
    """One thing that becomes another; nothing there before, or after, is an empty text."""

    label: Safe
    before: Safe
    after: Safe


@dataclass(frozen=True)
class Sending:
    """One resource as it will be sent: a new one under our identifier, or with a `target` the next version of that."""

    type: str
    fhir: bytes
    request_id: str
    target: str = ""
    base: bytes = b""
    thread: str = ""


@dataclass(frozen=True)
class ChangePlan:
    """What would be sent, in which way, and for whom; `sendings` are sent in their order, the last is the one meant.

    `title` is what the outbox calls it, `kind` what sort of request it is there.
    """

    action: Safe
    title: Safe
    kind: str
    way: Way
    changes: tuple[FieldChange, ...]
    patient_name: Safe
    portal: Safe
    connection: int
    sendings: tuple[Sending, ...]


@dataclass(frozen=True)
class ChangeOutcome:
    """What came of it: every request in the outbox, in the order in which they were sent."""

    requests: tuple[OutboxRow, ...]

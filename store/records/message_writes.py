"""What a patient sends as messages: the header of a conversation, a message, a file, and that one was read (pure)."""

from __future__ import annotations

import base64
import hashlib
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements
from store.records.dates import from_epoch
from store.records.refills import REQUEST_ID_SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from store.records.elements import Json

CATEGORY_SYSTEM = "https://portal-terminal.dev/fhir/CodeSystem/message-category"
CATEGORIES = {
    "medical-question": "Medical question",
    "test-result": "Test result",
    "refill-request": "Refill request",
    "appointment": "Appointment",
    "billing": "Billing",
    "other": "Other",
}
_LATER = "urn:uuid:"  # before the identifier of a request: what the portal makes of it, once that is known


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody whom a message is to or from: a reference `Type/id`, and a name, which may be empty."""

    reference: str
    name: str = ""

    def fhir(self) -> Json:
        """It as a FHIR Reference."""
        return {"reference": self.reference, **({"display": self.name} if self.name else {})}


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach: its name, its content type and what is in it."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What a patient writes. `patient` is whose record it is about, `sender` who writes (`Type/id` both).

    `part_of` and `answers` are Communications, or what `later` gives for a request that the portal has not seen yet;
    `attached` are the attachments as they stand in the message.
    """

    request_id: str
    patient: str
    sender: str
    recipients: tuple[Address, ...]
    subject: str
    category: str
    text: str
    sent: float
    part_of: str = ""
    answers: str = ""
    attached: tuple[Json, ...] = ()


def later(request_id: str) -> str:
    """A reference to what the portal will make of a request."""
    return f"{_LATER}{request_id}"


def build_header(wanted: NewMessage, request_id: str) -> Json:
    """Write the header of a conversation, which has no words of its own."""
    header = _basics(wanted, request_id)
    header["recipient"] = [*header["recipient"], {"reference": wanted.sender}]
    return header


def build_message(wanted: NewMessage) -> Json:
    """Write a message; it says whom it is from and to, and what about, so that it can stand alone as well."""
    message = _basics(wanted, wanted.request_id)
    if wanted.part_of:
        message["partOf"] = [{"reference": wanted.part_of}]
    if wanted.answers:
        message["inResponseTo"] = [{"reference": wanted.answers}]
    words = [{"contentString": wanted.text}] if wanted.text else []
    message["payload"] = [*words, *({"contentAttachment": item} for item in wanted.attached)]
    return message


def build_binary(file: File, patient: str) -> Json:
    """Write a file as a Binary that only those may read who may read the patient's record."""
    return {
        "resourceType": "Binary",
        "contentType": file.content_type,
        "securityContext": {"reference": patient},
        "data": base64.b64encode(file.content).decode("ascii"),
    }


def attachment(file: File, url: str) -> Json:
    """A file as it stands in a message: at `url`, or within the message itself where that is empty."""
    held = {"url": url} if url else {"data": base64.b64encode(file.content).decode("ascii")}
    digest = hashlib.sha1(file.content, usedforsecurity=False).digest()  # as FHIR R4 §2.24.0.4 wants it
    return {
        "contentType": file.content_type,
        **held,
        "size": len(file.content),
        "hash": base64.b64encode(digest).decode("ascii"),
        "title": file.name,
    }


def rewritten(message: Json, **changes: object) -> Json:
    """A message or a header with other elements; one that is None is left out."""
    changed = {**deepcopy(message), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def with_text(message: Json, text: str) -> Json:
    """A message with other words, and what was attached to it."""
    kept = [part for part in elements.objects(message.get("payload")) if "contentString" not in part]
    return rewritten(message, payload=[*([{"contentString": text}] if text else []), *kept])


def with_attached(message: Json, attached: tuple[Json, ...]) -> Json:
    """A message with more attachments."""
    more = [{"contentAttachment": item} for item in attached]
    return rewritten(message, payload=[*elements.objects(message.get("payload")), *more])


def concept(category: str) -> Json:
    """A category of messages as a CodeableConcept."""
    text = CATEGORIES[category]
    return {"coding": [{"system": CATEGORY_SYSTEM, "code": category, "display": text}], "text": text}


def when(epoch: float) -> str:
    """An instant as FHIR writes it."""
    return str(from_epoch(epoch).text)


def was_read(message: Json, at: float) -> Json:
    """A message as it shall be once whom it is to has read it."""
    return rewritten(message, status="completed", received=when(at))


def awaited(message: Json) -> frozenset[str]:
    """The identifiers of the requests that have to be done before a message can be sent."""
    return frozenset(text.removeprefix(_LATER) for _, _, text in _links(message) if text.startswith(_LATER))


def linked(message: Json, results: Mapping[str, str]) -> Json:
    """A message that refers to what the portal made (`Type/id`) of the requests that it waited for."""
    changed = deepcopy(message)
    for holder, name, text in list(_links(changed)):
        if text.startswith(_LATER):
            holder[name] = results.get(text.removeprefix(_LATER), text)
    return changed


def _links(message: Json) -> Iterator[tuple[Json, str, str]]:
    """Where a message refers to a conversation or to a file."""
    for holder in elements.objects(message.get("partOf")):
        if isinstance(holder.get("reference"), str):
            yield holder, "reference", holder["reference"]
    for part in elements.objects(message.get("payload")):
        holder = elements.first(part.get("contentAttachment"))
        if isinstance(holder.get("url"), str):
            yield holder, "url", holder["url"]


def _basics(wanted: NewMessage, request_id: str) -> Json:
    return {
        "resourceType": "Communication",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": request_id}],
        "status": "in-progress",
        **({"category": [concept(wanted.category)]} if wanted.category else {}),
        "priority": "routine",
        "subject": {"reference": wanted.patient},
        "topic": {"text": wanted.subject},
        "sent": when(wanted.sent),
        "recipient": [each.fhir() for each in wanted.recipients],
        "sender": {"reference": wanted.sender},
    }

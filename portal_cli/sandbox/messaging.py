"""The rules of messages: who writes them, to which conversation, with what attached, and what may change afterwards."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import FhirError, business_rule
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

CONTENT_TYPES = frozenset(
    {"application/pdf", "image/gif", "image/heic", "image/jpeg", "image/png", "image/webp", "text/plain"}
)
MOST_BYTES = 5 << 20  # of one attachment
MOST_ATTACHMENTS = 10
MOST_SIGNS = 20_000  # of one text
PATIENTS = ("Patient/", "RelatedPerson/")  # who is not of the practice
_FREE = frozenset({"meta", "text", "status", "received"})
_READERS = ("Practitioner/", "PractitionerRole/", "Organization/", "CareTeam/", "HealthcareService/")


@dataclass(frozen=True)
class Sender:
    """Who sends: for which patient (id), as whom (`Type/id`), and which versions they see."""

    patient: str
    writer: str
    is_seen: Callable[[Version], bool]

    def sees(self, version: Version | None) -> bool:
        """Say whether a version is there for them."""
        return version is not None and not version.is_deleted and self.is_seen(version)


def check_new(repository: Repository, message: Json, by: Sender) -> None:
    """Refuse a message that somebody may not send for a patient; hold the repository's lock.

    Raises:
        FhirError: 422 when it is in somebody else's name, or against any other rule.
    """
    sender = _target(repository, next(follow(message, "sender.reference"), None))
    if "sender" in message and sender != by.writer:
        raise business_rule(f"nobody sends messages in another name: the sender has to be {by.writer}")
    if message.get("status") != "in-progress":
        raise business_rule("a patient sends a message with the status in-progress")
    if "received" in message:
        raise business_rule("whoever reads a message says when it was received")
    _check_recipients(repository, message, by)
    _check_place(repository, message, by)
    _check_payload(repository, message, by)


def check_change(repository: Repository, before: Json, after: Json) -> None:
    """Refuse a change that is not a patient's: theirs is to read, to withdraw what is unread, and to close.

    Raises:
        FhirError: 422 for any other step.
    """
    if _rest(before) != _rest(after):
        raise business_rule("what was written in a message stays as it is")
    old, new = str(before.get("status")), str(after.get("status"))
    if (old, before.get("received")) == (new, after.get("received")):
        return
    is_own = _target(repository, next(follow(before, "sender.reference"), None)).startswith(PATIENTS)
    if is_header(before):
        if (old, new) != ("in-progress", "completed"):
            raise business_rule(f"a conversation that is {old} cannot become {new}")
    elif is_own:
        _check_withdrawal(before, after)
    elif (old, new) != ("in-progress", "completed"):
        raise business_rule(f"a message that is {old} cannot become {new} by who reads it")


def is_header(message: Json) -> bool:
    """Say whether a Communication is the header of a conversation, which has no words of its own."""
    return not any(message.get(name) for name in ("payload", "partOf", "inResponseTo"))


def header_of(repository: Repository, message: Json) -> Version | None:
    """Find the Communication that a message is part of."""
    target = _target(repository, next(follow(message, "partOf.reference"), None))
    version = repository.current(*target.split("/")) if target.startswith("Communication/") else None
    return None if version is None or version.is_deleted else version


def is_closed(header: Json) -> bool:
    """Say whether a conversation takes no more messages."""
    return is_header(header) and header.get("status") != "in-progress"


def _check_withdrawal(before: Json, after: Json) -> None:
    if after.get("status") != "entered-in-error" or after.get("received") != before.get("received"):
        raise business_rule("of their own messages patients only withdraw those that nobody has read")
    if before.get("status") != "in-progress" or before.get("received"):
        raise business_rule("a message that was read cannot be withdrawn")


def _check_recipients(repository: Repository, message: Json, by: Sender) -> None:
    for reference in follow(message, "recipient.reference"):
        target = _target(repository, reference)
        if target in {f"Patient/{by.patient}", by.writer} and is_header(message):
            continue
        version = repository.current(*target.split("/")) if target.startswith(_READERS) else None
        if version is None or not by.sees(version):
            raise business_rule("a message goes to people of the practice: there is no such recipient")


def _check_place(repository: Repository, message: Json, by: Sender) -> None:
    """Make sure that a message is part of an open conversation of the patient's, and answers a message of it."""
    header = header_of(repository, message)
    if "partOf" in message:
        if header is None or by.patient not in header.owners or not by.sees(header):
            raise business_rule("there is no such conversation in this record")
        if is_closed(header.resource()):
            raise business_rule("this conversation is closed: begin another one")
    for reference in follow(message, "inResponseTo.reference"):
        target = _target(repository, reference)
        answered = repository.current(*target.split("/")) if target.startswith("Communication/") else None
        if answered is None or by.patient not in answered.owners or not by.sees(answered):
            raise business_rule("there is no such message in this record to answer")
        other = header_of(repository, answered.resource())
        if header and header.name not in {answered.name, other.name if other else ""}:
            raise business_rule("an answer is part of the conversation of the message that it answers")


def _check_payload(repository: Repository, message: Json, by: Sender) -> None:
    if any(len(str(text)) > MOST_SIGNS for text in follow(message, "payload.contentString")):
        raise FhirError(422, "too-long", f"a message has at most {MOST_SIGNS} characters")
    attached = [one for one in follow(message, "payload.contentAttachment") if isinstance(one, dict)]
    if len(attached) > MOST_ATTACHMENTS:
        raise FhirError(422, "too-costly", f"a message has at most {MOST_ATTACHMENTS} attachments")
    for attachment in attached:
        _check_attachment(repository, attachment, by)


def _check_attachment(repository: Repository, attachment: Json, by: Sender) -> None:
    kind, content = attachment.get("contentType"), attachment.get("data")
    if "url" in attachment:
        target = _target(repository, attachment["url"])
        version = repository.current(*target.split("/")) if target.startswith("Binary/") else None
        if version is None or not by.sees(version):
            raise business_rule("there is no such file in this record to attach: send it as a Binary first")
        binary = version.resource()
        if binary.get("contentType") != kind:
            raise business_rule("an attachment has the content type of its file")
        content = binary.get("data")
    check_content(kind, content)


def check_content(kind: object, content: object) -> None:
    """Refuse a file that the practice does not take: of another kind than pictures, PDF and text, or too large.

    Raises:
        FhirError: 422.
    """
    if kind not in CONTENT_TYPES:
        raise FhirError(422, "not-supported", f"the practice does not take files of the type {kind}")
    try:
        size = len(base64.b64decode(str(content or ""), validate=True))
    except (binascii.Error, ValueError) as error:
        raise FhirError(422, "value", "the content of an attachment is not base64") from error
    if size > MOST_BYTES:
        raise FhirError(422, "too-long", f"an attachment has at most {MOST_BYTES >> 20} MB")
    if not size:
        raise FhirError(422, "required", "an attachment is empty")


def _rest(message: Json) -> Json:
    return {name: value for name, value in message.items() if name not in _FREE}


def _target(repository: Repository, reference: object) -> str:
    """Give `Type/id` of what a reference points at here, or nothing."""
    return (local_target(reference, repository.base_url) if isinstance(reference, str) else None) or ""

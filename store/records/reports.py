"""Diagnostic reports and documents: what a laboratory, a radiologist or a clinician wrote (FHIR R4 §10.3, §2.42)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.dates import FhirDate, parse
from store.records.text import EMPTY, Safe, sanitize

if TYPE_CHECKING:
    from store.records.elements import Json

MAX_INLINE_TEXT = 1 << 20  # bytes of one inline attachment that are read as text


@dataclass(frozen=True, slots=True)
class Report:
    """A report or document: its title, date, author, state, conclusion and the text that came inside it."""

    id: Safe
    title: Safe
    date: FhirDate | None
    status: Safe
    author: Safe
    conclusion: Safe
    text: Safe


def read(resource: Json) -> Report:
    """Read a DiagnosticReport or a DocumentReference."""
    columns = envelope.general(resource, "report")
    return Report(
        id=elements.text(resource.get("id")),
        title=columns.title,
        date=_date(resource),
        status=columns.status,
        author=elements.reference_words(resource.get("performer")) or elements.reference_words(resource.get("author")),
        conclusion=elements.long_text(resource.get("conclusion")),
        text=Safe("\n\n".join(filter(None, map(inline_text, attachments(resource))))),
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of a report or a document that lists and filters need."""
    is_report = resource.get("resourceType") == "DiagnosticReport"
    kind = "report" if is_report else "document"
    title = elements.text(resource.get("description")) if not is_report else EMPTY
    return envelope.Envelope(
        kind=kind,
        title=elements.concept(resource.get("code") if is_report else resource.get("type"))
        or title
        or elements.concept(resource.get("category")),
        code=elements.code(resource.get("code") if is_report else resource.get("type")),
        date=_date(resource),
        status=elements.text(resource.get("status")),
    )


def attachments(resource: Json) -> list[Json]:
    """The attachments of a report (`presentedForm`) or document (`content[].attachment`)."""
    content = [elements.first(item.get("attachment")) for item in elements.objects(resource.get("content"))]
    return elements.objects(resource.get("presentedForm")) + [item for item in content if item]


def inline_text(attachment: Json) -> Safe:
    """The text of an attachment that came inside its resource (base64), safe to show; empty for any other."""
    kind, data = attachment.get("contentType"), attachment.get("data")
    if not isinstance(data, str) or not isinstance(kind, str) or not kind.lower().startswith("text/plain"):
        return EMPTY
    try:
        found = base64.b64decode(data, validate=False)[:MAX_INLINE_TEXT]
    except (binascii.Error, ValueError):
        return EMPTY
    return sanitize(found.decode("utf-8", errors="replace"))


def _date(resource: Json) -> FhirDate | None:
    return (
        parse(resource.get("effectiveDateTime"))
        or elements.period(resource.get("effectivePeriod"))[0]
        or parse(resource.get("date"))
        or parse(resource.get("issued"))
        or envelope.general_date(resource)
    )

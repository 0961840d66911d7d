"""Documents as files of their own: Binaries in several formats, and the DocumentReferences that lead to them."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import LOINC, US_CORE, Json, coding, concept, profile, reference
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

Lines = tuple[str, ...]


def plain(title: str, lines: Lines) -> bytes:
    """Plain text."""
    return "\n".join([title, "", *lines, ""]).encode()


def html(title: str, lines: Lines) -> bytes:
    """A page of HTML."""
    paragraphs = "".join(f"<p>{escape(line)}</p>\n" for line in lines)
    head = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
    return f"{head}<body><h1>{escape(title)}</h1>\n{paragraphs}</body></html>\n".encode()


def rtf(title: str, lines: Lines) -> bytes:
    """Rich text (RTF 1.9), everything outside ASCII as an escape."""
    paragraphs = "".join(f"\\par {_rtf_escaped(line)}\n" for line in lines)
    return f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Times;}}}}\n{{\\b {_rtf_escaped(title)}}}\n{paragraphs}}}".encode()


def pdf(title: str, lines: Lines) -> bytes:
    """One page of PDF 1.4 with a whole cross-reference table."""
    drawn = b" T* ".join(b"(" + _pdf_escaped(line) + b") Tj" for line in (title, "", *lines))
    content = b"BT /F1 11 Tf 14 TL 72 720 Td " + drawn + b" ET"
    resources = b"<< /Font << /F1 5 0 R >> >>"
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources %b >>" % resources,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(body))
    return body + head + table + tail


FORMATS: dict[str, Callable[[str, Lines], bytes]] = {
    "text/plain; charset=utf-8": plain,
    "text/html; charset=utf-8": html,
    "application/rtf": rtf,
    "application/pdf": pdf,
}
# LOINC code, LOINC name and printed title of each kind of document.
KINDS: dict[str, tuple[str, str, str]] = {
    "summary": ("34133-9", "Summary of episode note", "After-visit summary"),
    "referral": ("57133-1", "Referral note", "Referral letter"),
    "consent": ("59284-0", "Consent Document", "Consent to share records"),
    "instructions": ("69730-0", "Instructions", "Care instructions"),
    "card": ("64290-0", "Health insurance card", "Insurance card"),
}


def build_binary(chart: Chart, content_type: str, content: bytes) -> Json:
    """A Binary that only its patient may see."""
    return {
        "resourceType": "Binary",
        "id": chart.next_id("Binary"),
        "contentType": content_type,
        "securityContext": chart.subject,
        "data": base64.b64encode(content).decode("ascii"),
    }


def attach(binary: Json, title: str, moment: datetime) -> Json:
    """An Attachment whose content is a Binary elsewhere."""
    return {
        "contentType": binary["contentType"],
        "url": f"Binary/{binary['id']}",
        "size": len(base64.b64decode(binary["data"])),
        "title": title,
        "creation": stamp(moment),
    }


def build_document(chart: Chart, kind: str, moment: datetime, attachments: list[Json], author: str) -> Json:
    """A US Core DocumentReference to one document in one or more formats."""
    loinc, display, title = KINDS[kind]
    category = coding(US_CORE + "CodeSystem/us-core-documentreference-category", "clinical-note", "Clinical Note")
    return {
        "resourceType": "DocumentReference",
        "id": chart.next_id("DocumentReference"),
        "meta": profile("documentreference"),
        "status": "current",
        "docStatus": "final",
        "type": concept(title, coding(LOINC, loinc, display)),
        "category": [concept("Clinical note", category)],
        "subject": chart.subject,
        "date": stamp(moment),
        "author": [chart.directory.refer(author)],
        "custodian": chart.directory.refer("practice"),
        "description": f"{title}, {moment.date().isoformat()}",
        "content": [{"attachment": attachment} for attachment in attachments],
    }


def refer_to(resource: Json, display: str = "") -> Json:
    """A Reference to a resource."""
    return reference(f"{resource['resourceType']}/{resource['id']}", display)


def _rtf_escaped(line: str) -> str:
    plain_line = line.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
    return "".join(sign if sign.isascii() else f"\\u{ord(sign)}?" for sign in plain_line)


def _pdf_escaped(line: str) -> bytes:
    escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return escaped.encode("cp1252", "replace")

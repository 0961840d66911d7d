"""Documents that tests make: PDFs of a few lines, and C-CDA documents of chosen sections."""

from __future__ import annotations

import zlib

HEAD = (
    "<ClinicalDocument xmlns='urn:hl7-org:v3' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
    "<id root='1.2.3' extension='{name}'/>"
    "<code code='34133-9' codeSystem='2.16.840.1.113883.6.1' displayName='Summary'/>"
    "<title>Summary of {name}</title><effectiveTime value='20260102101500+0000'/>"
    "<recordTarget><patientRole><id root='1.2.4' extension='{name}'/><patient>"
    "<name><given>{given}</given><family>{family}</family></name><administrativeGenderCode code='F'/>"
    "<birthTime value='{born}'/></patient></patientRole></recordTarget>"
    "<author><assignedAuthor><assignedPerson><name><given>Ruth</given><family>Lee</family></name></assignedPerson>"
    "</assignedAuthor></author><component>{body}</component></ClinicalDocument>"
)


def pdf(*lines: str, catalog: str = "", stream: bytes | None = None) -> bytes:
    """A PDF of one page with some lines; `catalog` is added to its root, `stream` takes the place of its content."""
    drawn = "BT /F1 12 Tf 72 720 Td " + " ".join(f"({line}) Tj 0 -14 Td" for line in lines) + " ET"
    content = zlib.compress(drawn.encode()) if stream is None else stream
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    whole = bytearray(b"%PDF-1.4\n")
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(whole)
    whole += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    whole += b"".join(b"%010d 00000 n \n" % place for place in places)
    whole += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(whole)


def cda(
    name: str = "one", *, given: str = "Ada", family: str = "Byron", born: str = "19701210", body: str = ""
) -> bytes:
    """A C-CDA document about somebody; `body` is what stands in its component."""
    inner = body or "<structuredBody/>"
    return HEAD.format(name=name, given=given, family=family, born=born, body=inner).encode()


def section(loinc: str, title: str, text: str, *entries: str) -> str:
    """A section of a C-CDA document with its narrative and entries."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f"<component><section><code code='{loinc}' codeSystem='2.16.840.1.113883.6.1'/><title>{title}</title>"
        f"<text>{text}</text>{inside}</section></component>"
    )


def sections(*parts: str) -> str:
    """The body of a C-CDA document of some sections."""
    return f"<structuredBody>{''.join(parts)}</structuredBody>"

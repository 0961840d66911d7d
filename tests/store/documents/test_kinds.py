from __future__ import annotations

import pytest

from store.documents.kinds import Kind, charset, tell


@pytest.mark.parametrize(
    ("content", "declared", "kind"),
    [
        (b"%PDF-1.4", "text/plain", Kind.PDF),
        (b"{\\rtf1", "application/pdf", Kind.RTF),
        (b"\x89PNG\r\n\x1a\n", "image/jpeg", Kind.PNG),
        (b"\xff\xd8\xff\xe0", "", Kind.JPEG),
        (b"GIF89a", "", Kind.GIF),
        (b"MZ\x90\0", "application/pdf", Kind.OTHER),
        (b"PK\x03\x04", "text/html", Kind.ZIP),
        (b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'>", "", Kind.CDA),
        (b"<?xml version='1.0'?><x/>", "application/xml", Kind.XML),
        (b"<!DOCTYPE html><p>", "", Kind.HTML),
        (b"  <p>Hello", "application/octet-stream", Kind.HTML),
        (b"<p>Hello", "text/plain", Kind.TEXT),
        (b"plain <b>text", "text/html; charset=x", Kind.HTML),
        (b'{"a": 1}', "application/fhir+json", Kind.JSON),
        (b"Dear patient", "", Kind.TEXT),
        (b"Dear patient", "application/unknown", Kind.TEXT),
        (b"a\0b", "text/plain", Kind.OTHER),
        (b"\x01\x02", "application/dicom", Kind.OTHER),
        (b"", "text/plain", Kind.TEXT),
    ],
)
def test_a_document_is_what_it_begins_with_and_then_what_it_is_called(
    content: bytes, declared: str, kind: Kind
) -> None:
    assert tell(content, declared) is kind


def test_a_character_set_is_read_from_the_content_type() -> None:
    assert charset('text/html; charset="ISO-8859-1"; x=y') == "ISO-8859-1"
    assert charset("text/html") == ""

from __future__ import annotations

import base64

import pytest

from store.documents.blocks import words
from store.documents.kinds import Kind
from store.documents.reading import read
from store.records.text import sanitize
from tests.support import papers

ESCAPES = "\x1b[2J\x1b]0;x\x07\x9b31m\u202e\u200b\0"


@pytest.mark.parametrize(
    ("content", "declared", "kind", "said"),
    [
        (b"Dear Ada\n\nAll is well", "text/plain", Kind.TEXT, "Dear Ada\nAll is well"),
        (b"<p>All is well", "text/html", Kind.HTML, "All is well"),
        (rb"{\rtf1 All is well}", "text/rtf", Kind.RTF, "All is well"),
        (b'{"resourceType": "Patient"}', "application/fhir+json", Kind.JSON, '{"resourceType": "Patient"}'),
    ],
)
def test_a_document_of_any_kind_is_read_as_what_it_is(content: bytes, declared: str, kind: Kind, said: str) -> None:
    found = read(content, declared)
    assert (found.kind, words(found.blocks), found.why_not) == (kind, said, "")


@pytest.mark.parametrize(
    ("content", "declared", "why"),
    [
        (b"\x89PNG\r\n\x1a\nx", "image/png", "a picture (png)"),
        (b"PK\x03\x04", "", "a packed file"),
        (b"\x01\x02\x03", "application/dicom", "no text"),
        (b"x" * (5 << 20), "text/plain", "larger than 4 MiB"),
        (b"<div>" * 300, "text/html", "nested"),
        (b"<ClinicalDocument xmlns='urn:hl7-org:v3'><x>", "text/xml", "broken at line 1"),
    ],
)
def test_what_is_not_shown_has_its_reason(content: bytes, declared: str, why: str) -> None:
    found = read(content, declared)
    assert found.blocks == ()
    assert why in found.why_not


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/rtf", "application/xml", "text/xml"])
def test_hostile_text_is_harmless_in_every_kind(kind: str) -> None:
    before = {"application/rtf": "{\\rtf1 ", "text/html": "<p>"}.get(kind, "")
    said = words(read(f"{before}{ESCAPES}<b>text</b>".encode(), kind).blocks)
    assert sanitize(said) == said
    assert not {"\x1b", "\x9b", "\u202e", "\0"} & set(said)


def test_a_file_inside_a_clinical_document_is_read_and_one_beside_it_is_named() -> None:
    inner = base64.b64encode(papers.pdf("Advance directive")).decode()
    within = f"<nonXMLBody><text mediaType='application/pdf' representation='B64'>{inner}</text></nonXMLBody>"
    assert "Advance directive" in words(read(papers.cda(body=within)).blocks)
    beside = "<nonXMLBody><text><reference value='scan.pdf'/></text></nonXMLBody>"
    assert "scan.pdf, which did not come with it" in words(read(papers.cda(body=beside)).blocks)
    broken = "<nonXMLBody><text mediaType='application/pdf' representation='B64'>!</text></nonXMLBody>"
    assert "damaged" in words(read(papers.cda(body=broken)).blocks)
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    shown = f"<nonXMLBody><text mediaType='image/png' representation='B64'>{picture}</text></nonXMLBody>"
    assert "not shown: it is a picture" in words(read(papers.cda(body=shown)).blocks)

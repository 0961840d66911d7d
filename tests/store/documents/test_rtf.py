from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import rtf
from store.documents.blocks import NotShown, Paragraph, Table, words
from store.records.text import sanitize


def test_paragraphs_signs_and_tables_are_read() -> None:
    found = rtf.read(
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Helvetica;}}{\colortbl;\red1;}{\*\generator x;}\pard Caf\'e9 \b bold"
        rb"\b0 .\par\u916?\u-10179?\u-8704? \emdash\~\{x\}\line next\par\trowd\intbl Sodium\cell 140\cell\row"
        rb"\trowd\intbl K\cell 4\cell\row"
        rb"\pard after\par}"
    )
    assert found == (
        Paragraph(sanitize("Café bold.")),
        Paragraph(sanitize("Δ😀 \u2014\N{NO-BREAK SPACE}{x}\nnext")),
        Table((), ((sanitize("Sodium"), sanitize("140")), (sanitize("K"), sanitize("4")))),
        Paragraph(sanitize("after")),
    )


def test_pictures_objects_and_the_addresses_of_links_are_passed_by() -> None:
    found = rtf.read(
        rb"{\rtf1 a{\pict\bin5 ab}c\}{\object secret}{\field{\*\fldinst HYPERLINK secret}{\fldrslt link}} "
        rb"{\header secret}b}"
    )
    assert words(found) == "alink b"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"{\\rtf1 " + b"{" * 300, "nested"), (b"Dear patient", "not RTF"), (b"x" * (9 << 20), "larger")],
)
def test_what_is_no_rtf_too_deep_or_too_large_is_refused_with_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(NotShown, match=why):
        rtf.read(content)


@pytest.mark.parametrize(
    "piece", [b"\\", b"\\u5 x", b"\\intbl \\cell ", b"\\'4", b"\\bin99999999 ", b"\\par ", b"\\uc9999999 "]
)
def test_no_document_takes_long(piece: bytes) -> None:
    began = time.process_time()
    rtf.read(b"{\\rtf1 " + piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 20


@given(st.binary(max_size=200) | st.text(st.sampled_from("\\{}'u*binparcelow123 \n"), max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_and_harmless(content: bytes) -> None:
    try:
        found = words(rtf.read(b"{\\rtf1 " + content))
    except NotShown:
        return
    assert sanitize(found) == found

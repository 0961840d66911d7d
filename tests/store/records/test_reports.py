from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from store.records import reports

if TYPE_CHECKING:
    from store.records.elements import Json


def attachment(text: bytes, kind: str = "text/plain") -> Json:
    return {"contentType": kind, "data": base64.b64encode(text).decode()}


def report(**parts: Any) -> Json:
    return {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", **parts}


def document(**parts: Any) -> Json:
    return {"resourceType": "DocumentReference", "id": "d1", "status": "current", **parts}


def test_a_report_has_a_title_an_author_a_conclusion_and_its_text() -> None:
    found = reports.read(
        report(
            code={"text": "Chest X-ray"},
            effectiveDateTime="2024-05-17",
            performer=[{"display": "Dr. Röntgen"}],
            conclusion="Clear.\nNo effusion.",
            presentedForm=[attachment(b"First"), attachment(b"Second", "text/plain; charset=utf-8")],
        )
    )
    assert (found.title, found.author, found.conclusion) == ("Chest X-ray", "Dr. Röntgen", "Clear.\nNo effusion.")
    assert found.text == "First\n\nSecond"
    assert found.date
    assert found.date.text == "2024-05-17"


def test_the_text_of_a_document_comes_from_its_content() -> None:
    found = reports.read(
        document(author=[{"display": "Dr. Byron"}], content=[{"attachment": attachment(b"Note")}, {"attachment": {}}])
    )
    assert (found.text, found.author) == ("Note", "Dr. Byron")


@pytest.mark.parametrize(
    "given",
    [
        attachment(b"%PDF-1.7", "application/pdf"),
        attachment(b"<p>hello</p>", "text/html"),
        {"contentType": "text/plain", "url": "Binary/1"},
        {"contentType": "text/plain", "data": "a"},
        {"contentType": "text/plain", "data": "ä"},
        {"contentType": "text/plain", "data": 5},
        {"contentType": None, "data": "aGVsbG8="},
        {},
    ],
)
def test_an_attachment_that_is_no_inline_text_has_no_words(given: Json) -> None:
    assert reports.inline_text(given) == ""


def test_inline_text_cannot_steer_a_terminal() -> None:
    assert reports.inline_text(attachment(b"a\x1b[2Jb\r\n\xffc")) == "a␛[2Jb\n\ufffdc"


def test_inline_text_without_end_is_cut() -> None:
    assert len(reports.inline_text(attachment(b"a" * (reports.MAX_INLINE_TEXT + 10)))) == reports.MAX_INLINE_TEXT


@pytest.mark.parametrize(
    "when",
    [
        {"effectiveDateTime": "2024-05-17", "issued": "2025"},
        {"effectivePeriod": {"start": "2024-05-17"}, "issued": "2025"},
        {"date": "2024-05-17"},
        {"issued": "2024-05-17"},
        {"context": {}, "period": {"start": "2024-05-17"}},
    ],
)
def test_the_clinical_time_comes_before_the_time_of_writing(when: Json) -> None:
    shown = reports.read_envelope(report(**when))
    assert shown.date
    assert shown.date.text == "2024-05-17"


@pytest.mark.parametrize(
    ("resource", "kind", "title", "code"),
    [
        (report(code={"coding": [{"code": "24627-2"}], "text": "CT"}), "report", "CT", "24627-2"),
        (report(category=[{"text": "Radiology"}], description="x"), "report", "Radiology", ""),
        (document(type={"coding": [{"code": "34133-9"}], "text": "Summary"}), "document", "Summary", "34133-9"),
        (document(description="Letter", category=[{"text": "x"}]), "document", "Letter", ""),
        (document(category=[{"text": "Note"}]), "document", "Note", ""),
    ],
)
def test_the_columns_name_a_report_by_its_code_and_a_document_by_its_type(
    resource: Json, kind: str, title: str, code: str
) -> None:
    shown = reports.read_envelope(resource)
    assert (shown.kind, shown.title, shown.code) == (kind, title, code)

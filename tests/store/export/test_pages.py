from __future__ import annotations

import html
import io
import json
import re

import pypdf
import pytest
from markdown_it import MarkdownIt

from store.export import html_page, markdown, pdf_pages
from store.export.format import Sheet
from tests.store.export.exporting import written

EVIL = (
    "<script src=//evil.example>alert(1)</script> **b** [x](http://evil.example) | `c` ![i](http://evil.example/i.png)"
)
SHEET = Sheet(made=1_700_000_000.0, patients=("Ada <b>Byron</b>",))


def condition(text: str, number: int = 1) -> bytes:
    found = {"resourceType": "Condition", "id": f"c{number}", "code": {"text": text}, "onsetDateTime": "2024-05-17"}
    return json.dumps(found).encode()


def test_a_page_of_html_is_one_file_that_runs_nothing_and_asks_nobody() -> None:
    page = written(html_page.FORMAT, condition(EVIL), sheet=SHEET).decode()
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href|url|@import|action)\s*[=(:]", re.sub(r"&[^;]+;|<td>.*?</td>", "", page))
    (cell,) = [cell for cell in re.findall(r"<td>(.*?)</td>", page) if "script" in cell]
    assert html.unescape(cell) == EVIL


def test_the_policy_of_the_page_lets_its_own_style_in_and_no_other() -> None:
    page = written(html_page.FORMAT, sheet=SHEET).decode()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert html_page.style_source(style[1]) in page
    assert "@media print" in style[1]


def test_nothing_of_a_record_is_markup_in_markdown() -> None:
    page = written(markdown.FORMAT, condition(EVIL), condition("www.evil.example", 2), sheet=SHEET).decode()
    rendered = MarkdownIt("commonmark").enable("table").render(page)
    assert "<script" not in rendered
    assert not {"<a", "<img", "<strong", "<code", "<b>"} & set(re.findall(r"<\w+>?", rendered))
    assert html.escape(EVIL, quote=False).split(" **")[0] in rendered
    assert rendered.count("<tr>") == 3


def test_each_kind_has_a_heading_of_its_own() -> None:
    other = b'{"resourceType":"Immunization","id":"i1","vaccineCode":{"text":"Influenza"}}'
    page = written(markdown.FORMAT, condition("Asthma"), condition("Gout", 2), other, sheet=SHEET).decode()
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Conditions", "Immunizations"]


@pytest.mark.parametrize(
    "words", ["Grüße an Łukasz", "Ελληνικά", "Привет, мир", "Nguyễn Thị", "疲労と糖尿病", "한국어 환자"]
)
def test_pages_of_pdf_have_the_letters_of_many_languages(words: str) -> None:
    document = written(pdf_pages.FORMAT, condition(words), sheet=SHEET)
    text = pypdf.PdfReader(io.BytesIO(document)).pages[0].extract_text()
    assert words.replace(" ", "") in text.replace(" ", "")


def test_what_is_too_long_for_a_line_or_a_page_goes_on_in_the_next() -> None:
    document = written(pdf_pages.FORMAT, *(condition("w" * 400 + f" end{n}", n) for n in range(80)), sheet=SHEET)
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    assert len(pages) > 2
    text = "".join(page.extract_text() for page in pages)
    assert all(f"end{n}" in text for n in range(80))

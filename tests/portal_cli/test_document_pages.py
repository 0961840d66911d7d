"""What documents look like: golden files of a clinical document, a page and a letter, at every width and spoken."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.portal_cli.conftest import new_home
from tests.support import golden, papers
from tests.support.papers import section, sections

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

GOLDEN = Path(__file__).parent / "golden"
RESULTS = (
    "<table><thead><tr><th>Test</th><th>Result</th><th>Reference range</th><th>Comment of the laboratory</th></tr>"
    "</thead><tbody><tr><td>Hemoglobin</td><td>13.2 g/dL</td><td>12.0 to 15.5 g/dL</td><td/></tr><tr><td>Potassium</td>"
    "<td>5.9 mmol/L</td><td>3.5 to 5.1 mmol/L</td><td>The specimen was hemolyzed, please repeat.</td></tr></tbody>"
    "</table>"
)
PLAN = (
    "<paragraph>Come again in <content styleCode='Bold'>two weeks</content>.</paragraph><list listType='ordered'>"
    "<item>Drink a glass of water every two hours, and more of it on days that are hot or when you have a fever.</item>"
    "<item>Walk<list><item>in the morning</item><item>in the evening</item></list></item></list>"
)
CDA = papers.cda(
    body=sections(section("30954-2", "Results", RESULTS), section("18776-5", "Plan", PLAN), section("1", "Empty", ""))
).replace(b"20260102101500+0000", b"20260102")
HTML = (
    b"<h1>Chest X-ray</h1><h3>Findings</h3><p>The lungs are clear &mdash; no effusion.<br>Heart size is normal.</p>"
    b"<ul><li>No fracture<li>No device</ul><pre>  AP   1\n  LAT  2</pre><img alt='the chest'><script>alert(1)</script>"
)
RTF = (
    rb"{\rtf1\ansi Dear Ada,\par\par your \b blood pressure\b0  is fine.\par\trowd\intbl Arm\cell 120/80\cell\row"
    rb"\pard R. Lee\par}"
)
DOCUMENTS = {"cda": (CDA, "text/xml"), "html": (HTML, "text/html"), "rtf": (RTF, "text/rtf")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose vault has one record of each kind of document."""
    found = new_home(tmp_path_factory.mktemp("pages"))
    found.make_vault()
    patient = {"resourceType": "Patient", "id": "ada", "name": [{"text": "Ada Byron"}], "birthDate": "1970-12-10"}
    records = [
        {
            "resourceType": "DocumentReference",
            "id": name,
            "status": "current",
            "type": {"text": f"A document ({name})"},
            "date": "2026-01-02",
            "subject": {"reference": "Patient/ada"},
            "content": [{"attachment": {"contentType": kind, "data": base64.b64encode(content).decode()}}],
        }
        for name, (content, kind) in DOCUMENTS.items()
    ]
    entries = [{"resource": each} for each in (patient, *records)]
    chart = found.folder / "chart.json"
    chart.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    assert found.run("import", str(chart)).code == 0
    return found


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_looks_as_it_should_at_each_width(home: Home, name: str, width: int) -> None:
    shown = home.run("records", "show", name, COLUMNS=str(width)).out
    assert shown == home.run("records", "show", name, COLUMNS=str(width), NO_COLOR="1").out
    assert "\x1b" not in shown, "nothing of a document is told by colour"
    document = shown.split("in the vault\n", 1)[1]
    assert all(len(line) <= width for line in document.splitlines())
    golden.check(GOLDEN / f"document-{name}-{width}.txt", shown)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_sounds_as_it_should(home: Home, name: str) -> None:
    golden.check(GOLDEN / f"document-{name}-spoken.txt", home.run("records", "show", name, "--accessible").out)

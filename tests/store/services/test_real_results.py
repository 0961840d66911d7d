"""Every result of real input lists, shows and is followed: none fails, none is without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli import result_page, trend_page
from portal_cli.painting import Look, painted
from store.records import elements
from store.records.cells import cell_width
from tests.conftest import shared_data
from tests.store.records.reading import decode, is_harmless
from tests.support.charts import Chart, client_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal_cli.painting import Line
    from store.client import Client
    from store.records.elements import Json
    from store.records.labs import LabResult

FOLDERS = ["synthea", "synthea-notes", "us-core-6.1.0", "fhir-r4-examples"]
TYPES = ("Observation", "DiagnosticReport")
LOOKS = (Look(60), Look(120), Look(80, is_spoken=True))


def results(folder: str) -> Iterator[Json]:
    for file in sorted(shared_data(folder).glob("*.json")):
        document = decode(file.read_bytes())
        every = [entry["resource"] for entry in document.get("entry", []) if "resource" in entry] or [document]
        yield from (body for body in every if body["resourceType"] in TYPES)


def has_words(concept: object) -> bool:
    return bool(elements.first(concept).get("text")) or any(item.get("display") for item in elements.codings(concept))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_result_lists_shows_and_is_followed(folder: str, tmp_path: Path) -> None:
    found = {f"{body['resourceType']}/{body['id']}": body for body in results(folder)}
    with client_with(tmp_path, Chart("clinic", "Ada Example", list(found.values()))) as client:
        rows = [row for kind in ("lab", "vital", "observation") for row in client.labs.list(kind=kind).items]
        failures = [*unlisted(client, rows, found), *unshown(client, found), *unfollowed(client, rows)]
    assert failures == []
    assert found


def unlisted(client: Client, rows: list[LabResult], found: dict[str, Json]) -> Iterator[str]:
    listed = {f"Observation/{row.id}": row.name for row in rows}
    listed |= {f"{row.type}/{row.id}": row.title for row in client.records.list(("report",)).items}
    for name, body in found.items():
        if body.get("status") != "entered-in-error":
            title = listed.get(name)
            if not title or (has_words(body.get("code")) and title in elements.codes(body["code"])):
                yield f"{name} is listed as {title!r}"


def unshown(client: Client, found: dict[str, Json]) -> Iterator[str]:
    for number, name in enumerate(found):
        look = LOOKS[number % len(LOOKS)]
        if trouble := trouble_with(result_page.page(client.labs.show(name), look), look):
            yield f"{name}: {trouble}"


def unfollowed(client: Client, rows: list[LabResult]) -> Iterator[str]:
    for wanted in {str(row.code or row.name) for row in rows}:
        trends = client.labs.trend(wanted).trends
        ids = {item.id for trend in trends for line in trend.lines for item in line.points}
        ids |= {item.id for trend in trends for item in trend.remarks}
        missing = {row.id for row in rows if (row.code or row.name) == wanted and row.value} - ids
        yield from (f"{item} is not in the trend of {wanted}" for item in missing)
        for look in LOOKS:
            if trouble := trouble_with(trend_page.pages(trends, look), look):
                yield f"the trend of {wanted}: {trouble}"


def trouble_with(page: list[Line], look: Look) -> str:
    """What is wrong with a page; empty where nothing is."""
    text = painted(page, in_colour=False)
    if not text.strip() or not is_harmless(text):
        return "nothing that can be shown"
    widest = max(map(cell_width, text.splitlines()))
    return f"{widest} cells on a screen of {look.width}" if not look.is_spoken and widest > look.width else ""

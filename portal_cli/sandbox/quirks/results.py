"""What a mode makes of a page of results: its outcomes, its links, and what has changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from portal_cli.sandbox.outcomes import FhirError
from portal_cli.sandbox.quirks import pages
from portal_cli.sandbox.quirks.mode import Words
from portal_cli.sandbox.quirks.refusals import issue

if TYPE_CHECKING:
    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.portal import Portal
    from portal_cli.sandbox.quirks.asked import Asked
    from portal_cli.sandbox.quirks.mode import Mode, Warnings
    from portal_cli.sandbox.searchset import Searchset


def add_warnings(warnings: Warnings, page: Searchset, kind: str, unknown: list[str]) -> None:
    """Tell of what was not looked at, was not found, or may be missing, in an entry of its own."""
    found = [
        _warning(warnings.unknown, f"the parameter {name} is unknown and was ignored", "not-supported")
        for name in unknown
    ]
    if page.is_search and not page.total:
        found.append(_warning(warnings.nothing, "the search found nothing", "not-found"))
    if kind in warnings.filtered:
        found.append(_warning(warnings.incomplete, "the data may be incomplete", "suppressed"))
    if found:
        page.add({"resourceType": "OperationOutcome", "issue": found}, "outcome")


def _warning(vendor_code: str, sentence: str, code: str) -> Json:
    return issue(Words(200, code, "warning", vendor_code), sentence)


def restyle(mode: Mode, page: Searchset, portal: Portal, count: int) -> None:
    """Write the address of the next page as the vendor does."""
    if page.next_url is not None:
        page.next_url = pages.styled(mode.searching.page_style, page.next_url, portal.base_url, count)


def repeat_changed(page: Searchset, portal: Portal, access: Access, asked: Asked) -> None:
    """Bring what has changed since the search began once more, as pages do that are cut from living data."""
    cursor = dict(asked.pairs).get("_page", "")
    try:
        _, snapshot, _ = portal.reading.snapshots.page(cursor, access, asked.address)
    except FhirError:
        return
    before = set(snapshot.matches)
    for version in portal.reading.find(access, asked.kind, snapshot.query):
        if version not in before:
            entry = {"fullUrl": f"{portal.base_url}/{version.name}", "resource": msgspec.Raw(version.body)}
            page.entries.append({**entry, "search": {"mode": "match"}})

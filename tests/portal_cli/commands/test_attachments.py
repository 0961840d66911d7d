from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.hostile import ScriptedPortal, outcome, resource
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.conftest import Home

PDF = {"Content-Type": "application/pdf"}


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running


def signed_in(home: Home, portal: ScriptedPortal, *urls: str) -> None:
    content = [{"attachment": {"contentType": "application/pdf", "title": "Letter", "url": url}} for url in urls]
    portal.add(resource("DocumentReference", "d1", status="current", content=content))
    portal.add(resource("Condition", "c1", code={"text": "Cough"}))
    portal.behaviours["/fhir/Binary/1"] = Answer(200, b"x" * 1234, PDF)
    home.sign_in(portal.base_url)
    home.run("sync")


def test_a_record_shows_its_attachments_and_how_to_fetch_them(home: Home, portal: ScriptedPortal) -> None:
    signed_in(home, portal, "Binary/1")
    shown = home.run("records", "show", "d1").out
    assert "Letter" in shown
    assert "not fetched" in shown
    assert "`portal records fetch d1`" in shown
    said = home.run("records", "fetch", "d1")
    assert said.code == 0
    assert "1 attachment fetched, 1,234 bytes" in said.out
    shown = home.run("records", "show", "d1").out
    assert "1,234 bytes" in shown
    assert "in the vault" in shown
    assert "records fetch" not in shown
    (listed,) = home.run("records", "show", "d1", "--json").json["attachments"]
    assert (listed["number"], listed["size"], listed["is_in_vault"]) == (1, 1234, True)
    assert "Nothing was fetched." in home.run("records", "fetch", "d1").out
    assert home.run("records", "fetch", "d1", "--again", "--json").json["fetched"] == 1
    assert "1, 1,234 bytes" in home.run("vault", "stats").out
    assert home.run("vault", "stats", "--json").json["attachments"]["content_bytes"] == 1234


def test_a_record_without_attachments_says_so(home: Home, portal: ScriptedPortal) -> None:
    signed_in(home, portal)
    assert home.run("records", "fetch", "c1").out == "The record has no attachments.\n"
    assert "Attachments" not in home.run("records", "show", "c1").out


def test_a_fetch_that_fails_in_part_or_in_whole_says_so(home: Home, portal: ScriptedPortal) -> None:
    signed_in(home, portal, "Binary/1", "Binary/2")
    portal.behaviours["/fhir/Binary/2"] = outcome(403, "not for you")
    partly = home.run("records", "fetch", "d1")
    assert partly.code == 3
    assert "not for you" in partly.err
    assert "1 attachment fetched" in partly.out
    assert home.run("records", "fetch", "d1").code == 8
    assert home.run("records", "fetch", "nobody").code == 6


def test_an_attachment_inside_a_private_network_is_refused_with_its_reason(home: Home, portal: ScriptedPortal) -> None:
    signed_in(home, portal, "https://169.254.169.254/latest")
    said = home.run("records", "fetch", "d1")
    assert said.code == 2
    assert "private network" in said.err


def test_a_sync_fetches_attachments_only_when_it_is_told_to(home: Home, portal: ScriptedPortal) -> None:
    signed_in(home, portal, "Binary/1", "Binary/2")
    portal.behaviours["/fhir/Binary/2"] = outcome(404, "no such thing")
    assert home.run("sync").code == 0
    assert portal.count("GET", "/fhir/Binary/1") == 0
    said = home.run("sync", "--attachments", "--json", "--progress", "json")
    assert said.code == 3
    (found,) = said.json["attachments"]
    assert (found["fetched"], found["size"], len(found["failures"])) == (1, 1234, 1)
    assert found["failures"] == said.json["failures"]
    told = [json.loads(line) for line in said.err.splitlines() if '"attachment-done"' in line]
    assert {(event["record"], event["error"]) for event in told} == {
        ("DocumentReference/d1", False),
        ("DocumentReference/d1", True),
    }
    del portal.behaviours["/fhir/Binary/2"]
    portal.add(b'{"resourceType":"Binary","id":"2","contentType":"text/plain","data":"eA=="}')
    again = home.run("sync", "--attachments")
    assert again.code == 0
    assert "1 attachments fetched, 1 bytes" in again.out


def test_a_document_that_is_still_at_the_portal_is_fetched_to_be_kept_or_opened(
    home: Home, portal: ScriptedPortal
) -> None:
    signed_in(home, portal, "Binary/1", "Binary/2")
    portal.behaviours["/fhir/Binary/2"] = Answer(200, b"Dear Ada", {"Content-Type": "text/plain"})
    into = home.folder / "into"
    said = home.run("records", "download", "d1", "--number", "2", "--output", f"{into}/")
    assert said.code == 0
    assert [(path.name, path.read_bytes()) for path in into.iterdir()] == [("Letter.txt", b"Dear Ada")]
    asked = portal.count("GET", "/fhir/Binary/2")
    assert home.run("records", "open", "d1", "--number", "2", PORTAL_VIEWER="true").code == 0
    assert portal.count("GET", "/fhir/Binary/2") == asked, "it is in the vault by now"
    assert "Dear Ada" in home.run("records", "show", "d1").out
    assert home.run("records", "download", "d1", "--number", "9").code == 6
    assert home.run("records", "download", "c1").code == 6

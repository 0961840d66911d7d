"""Every record that others have published lists, shows and searches: with words, and without a failure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from store.records.incoming import decode as read_incoming
from store.records.lossless import encode
from store.vault import connections, resources
from tests.store.records.reading import is_harmless, texts
from tests.store.records.test_real_input import FOLDERS
from tests.store.records.test_real_input import resources as published
from tests.store.vault.building import signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from store.records.details import Detail


@pytest.fixture
def fill_with(client: Client) -> Any:
    """Fill the vault of a client with all records of a folder; returns them by type and id."""

    def fill(folder: str) -> dict[str, dict[str, Any]]:
        found = {f"{body['resourceType']}/{body['id']}": body for body in published(folder) if body.get("id")}
        client.prepare()
        client.slots.create()
        with client.vault.transaction() as tx:
            owner = connections.save(tx, signed_in())
            resources.store(tx, owner, filter(None, (read_incoming(encode(body)) for body in found.values())))
        return found

    return fill


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_published_record_lists_shows_and_searches_without_a_failure(
    client: Client, fill_with: Any, folder: str
) -> None:
    bodies = fill_with(folder)
    listed = {f"{row.type}/{row.id}": row for row in client.records.list().items}
    failures = [f"{name} is not listed" for name in bodies.keys() - listed.keys()]
    for name, row in listed.items():
        failures += [f"{name}: {what}" for what in wrong_with(client, name, str(row.title), bodies[name])]
    assert failures == []
    assert len(listed) == len(bodies) > 0


def wrong_with(client: Client, name: str, title: str, body: dict[str, Any]) -> Iterator[str]:
    refers = "medicationReference" in body
    if not title and not refers:
        yield "it has no title"
    shown = client.records.show(name)
    if not (shown.detail.facts or shown.detail.text or shown.detail.sections):
        yield "nothing of it is shown"
    if not all(map(is_harmless, texts((shown.row, shown.detail)))):
        yield "something of it could harm a terminal"
    raw = codes_with_words(body)
    for told in (title, *values(shown.detail)):
        if told in raw:
            yield f"the code {told} is told, which is called {raw[told]}"


def values(detail: Detail) -> Iterator[str]:
    """What is told of a record, but for what stands on a line of its own as a code."""
    for facts in (detail.facts, *(section.facts for section in detail.sections)):
        yield from (str(fact.value) for fact in facts if fact.label != "Code")


def codes_with_words(body: Any) -> dict[str, str]:
    """The codes of a record that come with a display in their own coding, or with words for it in their concept."""
    found: dict[str, str] = {}
    elsewhere: set[str] = set()
    for node in nodes(body):
        for name, value in node.items():
            inside = value if isinstance(value, list) else [value]
            elsewhere |= {str(item) for item in inside if name != "code" and isinstance(item, str | int)}
        if isinstance(node.get("code"), str) and isinstance(node.get("display"), str):
            found[node["code"]] = node["display"]
    return {code: name for code, name in found.items() if code not in elsewhere}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_published_record_is_found_by_the_words_of_its_title(client: Client, fill_with: Any, folder: str) -> None:
    fill_with(folder)
    missing = []
    titles: dict[str, set[str]] = {}
    for row in client.records.list().items:
        titles.setdefault(str(row.title), set()).add(f"{row.type}/{row.id}")
    for title, names in titles.items():
        words = " ".join(re.findall(r"[^\W_]+", title))
        if words:
            found = {f"{hit.type}/{hit.id}" for hit in client.records.search(words).items}
            missing += sorted(names - found)
    assert missing == []

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.records import catalog, details
from tests.conftest import shared_data
from tests.store.records.reading import decode, is_harmless, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

FOLDERS = ["synthea", "synthea-notes", "us-core-6.1.0", "fhir-r4-examples"]


def resources(folder: str) -> Iterator[Json]:
    for file in sorted(shared_data(folder).glob("*.json")):
        document = decode(file.read_bytes())
        yield from (entry["resource"] for entry in document.get("entry", []) if "resource" in entry)
        if document["resourceType"] != "Bundle":
            yield document


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_resource_has_a_title_and_details_that_are_safe_to_show(folder: str) -> None:
    seen = 0
    for resource in resources(folder):
        shown = catalog.read_envelope(resource)
        refers = str(resource.get("medicationReference", {}).get("reference", "#"))
        assert shown.title or not refers.startswith("#"), resource["id"]
        assert shown.kind.isalpha()
        found = details.read(resource)
        assert all(map(is_harmless, texts((shown, found)))), resource["id"]
        assert found.facts or found.text, (resource["resourceType"], resource.get("id"))
        seen += 1
    assert seen


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_title_is_a_bare_reference(folder: str) -> None:
    for resource in resources(folder):
        title = catalog.read_envelope(resource).title
        assert not title.startswith(("urn:", "http://", "Patient/")), (resource["resourceType"], resource.get("id"))

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from store.records.searchable import MAX_CHARACTERS, searchable_text

if TYPE_CHECKING:
    from store.records.elements import Json


def test_words_of_names_codes_notes_and_reports_are_found() -> None:
    resource: Json = {
        "resourceType": "DiagnosticReport",
        "code": {"coding": [{"system": "http://loinc.org", "code": "24627-2", "display": "CT"}], "text": "Chest CT"},
        "conclusion": "No effusion",
        "note": [{"text": "Compare next year"}],
        "name": [{"given": ["Ada", "King"], "family": "Byron"}],
        "presentedForm": [{"contentType": "text/plain", "data": base64.b64encode(b"Clear lungs").decode()}],
    }
    assert set(searchable_text(resource).splitlines()) == {
        "24627-2",
        "CT",
        "Chest CT",
        "No effusion",
        "Compare next year",
        "Ada",
        "King",
        "Byron",
        "Clear lungs",
    }


def test_addresses_of_systems_references_and_extensions_are_left_out() -> None:
    resource: Json = {
        "meta": {"tag": [{"display": "hidden"}]},
        "extension": [{"valueString": "hidden"}],
        "subject": {"reference": "Patient/hidden", "display": "Ada"},
        "text": {"div": "<div>hidden</div>"},
        "status": "final",
    }
    assert searchable_text(resource) == "Ada"


def test_a_phrase_that_is_repeated_is_kept_once() -> None:
    assert searchable_text({"a": {"text": "same"}, "b": [{"text": "same"}]}) == "same"


def test_words_without_end_are_cut() -> None:
    assert len(searchable_text({"a": [{"text": f"{number}" * 100} for number in range(5_000)]})) == MAX_CHARACTERS


def test_what_is_nested_without_end_is_cut() -> None:
    deep: Json = {"text": "bottom"}
    for _ in range(200):
        deep = {"part": deep}
    assert searchable_text({"text": "top", "part": deep}) == "top"

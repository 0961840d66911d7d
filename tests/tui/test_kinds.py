"""What sorts of records are called in the dashboard."""

from __future__ import annotations

import re

from store.services.gaps import EXPECTED
from tui import kinds


def test_no_type_that_a_portal_is_asked_for_is_called_by_its_code() -> None:
    found = {name: kinds.of_type(name) for name in EXPECTED}
    assert {name: words for name, words in found.items() if words == name or re.search(r"[a-z][A-Z]", words)} == {}


def test_a_type_that_is_not_known_is_spelt_in_words() -> None:
    assert kinds.of_type("ImmunizationRecommendation") == "Immunization recommendation"


def test_kinds_are_told_in_words() -> None:
    assert kinds.of_noun("careteam") == "care team"
    assert kinds.of_noun("allergy") == "allergy"

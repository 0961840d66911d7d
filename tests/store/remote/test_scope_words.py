"""What a sign-in may do, in words."""

from __future__ import annotations

import pytest

from store.remote import scopes


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("", ("what the portal allows",)),
        ("openid offline_access", ("what the portal allows",)),
        ("patient/*.rs", ("see the chart", "change nothing")),
        ("patient/*.read", ("see the chart", "change nothing")),
        ("patient/*.rs patient/Communication.crus", ("see the chart", "write messages")),
        ("patient/Observation.rs patient/Condition.rs", ("see 2 kinds of records", "no messages", "change nothing")),
        ("patient/Communication.rs", ("see 1 kind of records", "change nothing")),
        ("patient/Task.c", ("see nothing", "ask for refills")),
    ],
)
def test_scopes_are_told_in_words(scope: str, words: tuple[str, ...]) -> None:
    assert scopes.in_words(scope) == words

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records import questions, snippets
from store.records.questions import Term
from store.records.snippets import Finder
from tests.store.records.reading import is_harmless


def marked(words: str, asked: str) -> str:
    found = Finder(questions.read(asked).terms).find(words)
    text, end = "", 0
    for start, stop in found.hits:
        text += f"{found.text[end:start]}[{found.text[start:stop]}]"
        end = stop
    return text + found.text[end:]


@pytest.mark.parametrize(
    ("words", "asked", "shown"),
    [
        ("Blood pressure", "blood", "[Blood] pressure"),
        ("Blood pressure", "PRESS", "Blood [pressure]"),
        ("x\nhigh blood pressure\ny", '"blood pressure"', "high [blood pressure]"),
        ("a blood test\nblood pressure", "blood pressure", "[blood] [pressure]"),
        ("Sjögren", "sjogren", "[Sjögren]"),
        ("nothing here", "blood", ""),
        ("bloody", '"blood"', ""),
    ],
)
def test_the_words_around_a_hit_are_shown(words: str, asked: str, shown: str) -> None:
    assert marked(words, asked) == shown


def test_a_long_line_is_cut_around_its_first_hit() -> None:
    found = Finder([Term(("needle",))]).find(f"{'before ' * 50}needle {'after ' * 50}")
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) < 130
    assert found.text[slice(*found.hits[0])] == "needle"


def test_a_line_without_an_end_is_looked_through_in_parts() -> None:
    found = Finder([Term(("needle",))]).find("a" * 1_000_000 + " needle")
    assert found.text[slice(*found.hits[0])] == "needle"


@given(st.text(st.characters(codec=None), max_size=300), st.text('ab \x1b\u202e"', min_size=1, max_size=8))
def test_a_snippet_is_harmless_and_its_hits_lie_in_it(words: str, asked: str) -> None:
    found = Finder([Term((word,), is_beginning=True) for word in asked.split()]).find(words)
    assert is_harmless(found.text)
    assert all(0 <= start < end <= len(found.text) for start, end in found.hits)


@given(
    line=st.text("ab1_ -.B", max_size=40),
    words=st.lists(st.text("abB1", min_size=1, max_size=3), min_size=1, max_size=3),
    is_beginning=st.booleans(),
)
def test_plain_lines_are_looked_through_as_any_other(line: str, words: list[str], *, is_beginning: bool) -> None:
    terms = (Term(tuple(words), is_beginning=is_beginning),)
    finder = Finder(terms)
    quick, slow = (sorted(set(finder.hits(text))) for text in (line, f"{line} é"))
    assert list(snippets._apart(quick)) == list(snippets._apart(slow))

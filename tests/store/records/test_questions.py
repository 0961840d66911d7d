from __future__ import annotations

import pytest

from store.errors import InvalidInput
from store.records import questions
from store.records.questions import Term


def test_words_are_beginnings_and_phrases_are_whole() -> None:
    asked = questions.read('chest "blood pressure" "shortness of bre"*')
    assert asked.terms == (
        Term(("chest",), is_beginning=True),
        Term(("blood", "pressure")),
        Term(("shortness", "of", "bre"), is_beginning=True),
    )


def test_fields_are_told_from_words_and_may_be_quoted() -> None:
    asked = questions.read('kind:lab Code:4548-4 after:2024 patient:"Ada Example" note: ratio 1:2 x:y')
    assert asked.fields == {"kind": ("lab",), "code": ("4548-4",), "after": ("2024",), "patient": ("Ada Example",)}
    assert [term.words[0] for term in asked.terms] == ["note", "ratio", "1", "2", "x", "y"]


def test_a_field_that_may_be_said_once_is_refused_twice() -> None:
    asked = questions.read("after:2024 after:2025 kind:lab kind:vital")
    assert asked.fields["kind"] == ("lab", "vital")
    assert asked.one("before") is None
    with pytest.raises(InvalidInput, match="once"):
        asked.one("after")


@pytest.mark.parametrize("text", ["", "   ", '""', "!? -", '"*"'])
def test_nothing_to_look_for_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        questions.read(text)


def test_a_quotation_mark_alone_is_no_word() -> None:
    assert questions.read('"gluc* OR x').terms == tuple(
        Term((word,), is_beginning=True) for word in ("gluc", "OR", "x")
    )

"""What is typed to search for: words, "phrases" and fields such as `kind:lab after:2024` (pure)."""

from __future__ import annotations

import re
from dataclasses import field

from store.errors import InvalidInput
from store.light import dataclass
from store.records.searchable import words_typed

FIELDS = ("kind", "code", "status", "after", "before", "portal", "patient")
"""The fields of a question. `after` is from the beginning of a day, month or year on, `before` until it begins."""
_PART = re.compile(r'(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"(?P<goes_on>\*?)|(?P<word>\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """What is looked for: a word, or a phrase of several; with `is_beginning` the last word may go on."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What was typed, taken apart: every term has to stand in a record, and every field has to hold."""

    terms: tuple[Term, ...]
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The value of a field that may be given once. Raises InvalidInput when it was given more often."""
        found = self.fields.get(name, ())
        if len(found) > 1:
            raise InvalidInput(f"`{name}:` can be said once only")
        return found[0] if found else None


def read(text: str) -> Question:
    """Take a question apart. Raises InvalidInput when nothing is left to look for."""
    terms: list[Term] = []
    fields: dict[str, tuple[str, ...]] = {}
    for part in _PART.finditer(text):
        name = (part["field"] or "").lower()
        value = part["phrase"] if part["phrase"] is not None else part["word"]
        if name in FIELDS and value.strip():
            fields[name] = (*fields.get(name, ()), value.strip())
        else:
            terms += _terms(part)
    if not terms and not fields:
        raise InvalidInput("there is no word to search for")
    return Question(tuple(terms), fields)


def code_term(code: str) -> Term:
    """What finds the records that have a code, in whichever of their codings."""
    return Term(tuple(words_typed(code)))


def _terms(part: re.Match[str]) -> list[Term]:
    before = words_typed(part["field"] or "")
    found = [Term((word,), is_beginning=True) for word in before]
    if part["phrase"] is not None:
        words = tuple(words_typed(part["phrase"]))
        return [*found, Term(words, is_beginning=bool(part["goes_on"]))] if words else found
    words = tuple(words_typed(part["word"]))
    return [*found, *(Term((word,), is_beginning=True) for word in words)]

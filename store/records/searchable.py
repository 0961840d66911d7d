"""The words of a record that full-text search looks through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from store.records import reports
from store.records.text import is_plain_line, one_line

if TYPE_CHECKING:
    from store.records.elements import Json

_WORDY = frozenset(
    {
        "text", "display", "title", "description", "conclusion", "contentString", "valueString", "comment", "note",
        "patientInstruction", "family", "given", "name", "unit", "code", "alias", "purpose", "summary", "criticality",
    }
)  # fmt: skip
_SKIPPED = frozenset({"meta", "extension", "modifierExtension", "data", "div", "reference", "system"})
_MAX_DEPTH = 30
# Letters and digits, but for the letters of New Tai Lue and Vedic that SQLite's tokenizer takes for spaces.
_WORD = re.compile(r"[^\W_\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]+")
MAX_CHARACTERS = 200_000


def searchable_text(resource: Json, title: str = "") -> str:
    """All words a person might look for, inline report text included, once each phrase, at most 200,000 characters.

    The record's title is left out: the search index has it beside them. It goes there only and is never shown.
    """
    raw: dict[str, None] = {}
    _gather(resource, 1, raw)
    # What is plain when it is joined by single spaces was plain in every part, and had no empty one.
    found: dict[str, None] = raw if is_plain_line(" ".join(raw)) else dict.fromkeys(map(one_line, raw))
    found.pop(title, None)
    if "content" in resource or "presentedForm" in resource:
        for attachment in reports.attachments(resource):
            found[reports.inline_text(attachment)] = None
    return "\n".join(found)[:MAX_CHARACTERS]


def words_typed(text: str) -> list[str]:
    """The words of a question, divided as the search index divides text."""
    return _WORD.findall(text)


def _gather(node: Json, depth: int, found: dict[str, None]) -> None:
    """Note the phrases of an object whose members are `depth` levels down, as they were written."""
    if depth > _MAX_DEPTH:
        return
    for name, value in node.items():
        kind = type(value)  # of what was read from JSON, there are no others
        if kind is str:
            if name in _WORDY:
                found[value] = None
        elif kind is list:
            if name not in _SKIPPED:
                _gather_list(name, value, depth + 1, found)
        elif kind is dict and name not in _SKIPPED:
            _gather(value, depth + 1, found)


def _gather_list(name: str, values: list[Any], depth: int, found: dict[str, None]) -> None:
    if depth > _MAX_DEPTH:
        return
    for value in values:
        kind = type(value)
        if kind is dict:
            _gather(value, depth + 1, found)
        elif kind is str:
            if name in _WORDY:
                found[value] = None
        elif kind is list:
            _gather_list(name, value, depth + 1, found)

"""The words of a record that full-text search looks through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.records import elements, reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

_WORDY = frozenset(
    {
        "text", "display", "title", "description", "conclusion", "contentString", "valueString", "comment", "note",
        "patientInstruction", "family", "name", "unit", "code", "alias", "purpose", "summary", "criticality",
    }
)  # fmt: skip
_SKIPPED = frozenset({"meta", "extension", "modifierExtension", "data", "div", "reference", "system"})
_MAX_DEPTH = 30
# Letters and digits, but for the letters of New Tai Lue and Vedic that SQLite's tokenizer takes for spaces.
_WORD = re.compile(r"[^\W_\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]+")
MAX_CHARACTERS = 200_000


def searchable_text(resource: Json) -> str:
    """All words a person might look for, inline report text included, once each phrase, at most 200,000 characters.

    It goes into the search index only and is never shown.
    """
    found: dict[str, None] = {}
    for phrase in _phrases(resource, 0):
        found[phrase] = None
    for attachment in reports.attachments(resource):
        found[reports.inline_text(attachment)] = None
    return "\n".join(found)[:MAX_CHARACTERS]


def index_text(title: str, words: str) -> str:
    """What the search index takes of a record: its words, and its title where that is not among them."""
    return words if title in words else f"{title}\n{words}"


def words_typed(text: str) -> list[str]:
    """The words of a question, divided as the search index divides text."""
    return _WORD.findall(text)


def _phrases(node: object, depth: int, name: str = "") -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in _SKIPPED:
                yield from _phrases(value, depth + 1, key)
    elif isinstance(node, list):
        for value in node:
            yield from _phrases(value, depth + 1, name)
    elif isinstance(node, str) and (name in _WORDY or name == "given"):
        yield elements.text(node)

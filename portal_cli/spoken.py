"""Signs as words, for who listens to a page: ranges, comparators, ratios, changes and flags (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.records import elements

if TYPE_CHECKING:
    from decimal import Decimal

_COMPARATORS = {"<": "less than", "<=": "at most", "≤": "at most", ">": "more than", ">=": "at least", "≥": "at least"}
_SIGNED = re.compile(r"(?<![\w<>])(<=|>=|<|>|≤|≥)\s*(?=-?\d)")
_SPAN = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)( [^\s;:]+)?\s+-\s+(?=-?\d)")
_RATIO = re.compile(r"(?<![\w.])(\d+)\s*:\s*(?=\d)")
_OVER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)/(?=\d)")
_CHANGE = re.compile(r"\(([+-])(\d+(?:\.\d+)?)\)")
_FLAG_SIGN = re.compile(r"^[▲▼●◆!✓✗→○↻?]+ ")
_UNITS = {
    "%": "percent", "mmHg": "millimetres of mercury", "mm[Hg]": "millimetres of mercury", "/min": "per minute",
    "°C": "degrees Celsius", "°F": "degrees Fahrenheit",
}  # fmt: skip


def words(text: str) -> str:
    """A value, a range or a flag with words instead of signs."""
    found = _FLAG_SIGN.sub("", text)
    found = _CHANGE.sub(lambda match: f"({'up' if match[1] == '+' else 'down'} by {match[2]})", found)
    found = _SPAN.sub(lambda match: f"{match[1]}{match[2] or ''} to ", found)
    found = _RATIO.sub(r"\1 to ", found)
    found = _OVER.sub(r"\1 over ", found)
    found = _SIGNED.sub(lambda match: f"{_COMPARATORS[match[1]]} ", found)
    return " ".join(_unit(word) for word in found.split(" "))


def _unit(word: str) -> str:
    """A word, or a unit that is made of signs in words; what stands behind it stays."""
    bare = word.rstrip(",;.")
    return f"{_UNITS.get(bare, bare)}{word[len(bare) :]}"


def change(number: Decimal | None) -> str:
    """A difference in words; empty where there is none to tell."""
    if number is None:
        return ""
    if not number:
        return "unchanged"
    return f"{'up' if number > 0 else 'down'} by {elements.plain(abs(number))}"

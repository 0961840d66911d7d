"""Pieces of lines, each with the tone that it is said in; what a face makes of a tone is its own matter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias


class Tone(Enum):
    """How a text is said, where there is colour; what it means is in the text as well."""

    PLAIN = auto()
    TITLE = auto()
    QUIET = auto()
    GOOD = auto()
    HIGH = auto()
    LOW = auto()
    ODD = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, made harmless when it is shown."""

    text: str
    tone: Tone = Tone.PLAIN


Line: TypeAlias = tuple[Span, ...]

"""Whose record something is written into, and who writes it."""

from __future__ import annotations

from store.light import dataclass


@dataclass(frozen=True, slots=True)
class Whose:
    """References `Type/id` of a patient and of the author, the same where patients write for themselves."""

    patient: str
    author: str

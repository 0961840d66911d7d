"""Sheets: for each FHIR type with a view of its own, which of its elements are told, in which order, by which label.

Elements of the resource that a sheet does not name are told after it by the general rules.
"""

from __future__ import annotations

from store.records.sheets import health, medicine, paper, visit
from store.records.sheets.shape import Line, Part, Sheet

__all__ = ["SHEETS", "Line", "Part", "Sheet"]

SHEETS: dict[str, Sheet] = {**medicine.SHEETS, **health.SHEETS, **visit.SHEETS, **paper.SHEETS}
"""The view of each type that has one of its own."""

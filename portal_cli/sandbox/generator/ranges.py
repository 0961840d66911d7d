"""A quantitative test with its reference range, and what a value means within it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.people import Sex


@dataclass(frozen=True)
class Span:
    """A reference range with inclusive ends; None is an open end."""

    low: str | None
    high: str | None


@dataclass(frozen=True)
class Analyte:
    """One quantitative test; `alert` holds the values below and above which a laboratory telephones."""

    loinc: str
    display: str
    text: str
    unit: str
    ucum: str
    decimals: int
    female: Span
    male: Span
    alert: Span = Span(None, None)
    detection_limit: str | None = None

    def span(self, sex: Sex) -> Span:
        """The reference range for one sex."""
        return self.female if sex == "female" else self.male

    def round(self, value: float) -> Decimal:
        """The value as printed by the laboratory, never below zero."""
        step = Decimal(1).scaleb(-self.decimals)
        return max(Decimal(repr(value)).quantize(step, rounding=ROUND_HALF_UP), Decimal(0).quantize(step))


def interpret(analyte: Analyte, sex: Sex, value: Decimal) -> str:
    """The v3-ObservationInterpretation code of a value: LL, L, N, H or HH."""
    span = analyte.span(sex)
    if _is_below(value, analyte.alert.low):
        return "LL"
    if _is_above(value, analyte.alert.high):
        return "HH"
    if _is_below(value, span.low):
        return "L"
    return "H" if _is_above(value, span.high) else "N"


def _is_below(value: Decimal, end: str | None) -> bool:
    return end is not None and value < Decimal(end)


def _is_above(value: Decimal, end: str | None) -> bool:
    return end is not None and value > Decimal(end)

"""Units as people write them, where their UCUM code is another one."""

from __future__ import annotations

_WORDS = {
    "mm[Hg]": "mmHg", "cm[H2O]": "cmH₂O", "Cel": "°C", "[degF]": "°F", "[lb_av]": "lb", "[in_i]": "in",
    "[ft_i]": "ft", "[oz_av]": "oz", "[pH]": "pH", "mL/min/{1.73_m2}": "mL/min/1.73 m²", "1": "",
}  # fmt: skip


def unit_words(unit: str) -> str:
    """A unit as it is shown: the codes that no person writes in words, and a mere annotation without its braces."""
    if unit in _WORDS:
        return _WORDS[unit]
    return unit[1:-1] if unit.startswith("{") and unit.endswith("}") and unit.count("{") == 1 else unit


def amount(value: str, unit: str) -> str:
    """A value with its unit."""
    shown = unit_words(unit)
    return f"{value} {shown}" if shown and value else value

"""Furnishing: what the dashboard needs beyond its first screen is loaded while the vault is being opened."""

from __future__ import annotations

import gc
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.css.stylesheet import Stylesheet

_LOOKS = Path(__file__).with_name("app.tcss")
_SCREENS = ("home", "notice", "step", "unlock")
_SERVICES = ("status", "people", "portals", "labs", "messages", "refills", "medications")
_SOON = (*(f"tui.screens.{name}" for name in _SCREENS), *(f"store.services.{name}" for name in _SERVICES))
"""What is shown next, and what reads for it: loaded while it is read, it would take turns from the screen."""


def settle() -> None:
    """Have Python look for cycles rarely of itself, and not in what is loaded for good: each look stops the screen."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def load(looks: Stylesheet) -> Stylesheet:
    """Load what comes next, and read the dashboard's looks into a copy of those there are."""
    for name in _SOON:
        import_module(name)
    looks.read(_LOOKS)
    looks.parse()
    return looks


def merge(looks: Stylesheet, used: Stylesheet) -> None:
    """Add the looks of widgets that were shown while the others were read."""
    for place, source in used.source.items():
        if place not in looks.source:
            looks.add_source(source.content, place, source.is_defaults, source.tie_breaker, source.scope)

"""Furnishing: what the dashboard needs beyond its first screen is loaded while the vault is being opened."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.css.stylesheet import Stylesheet

_LOOKS = Path(__file__).with_name("app.tcss")
_TURN_SECONDS = 0.001
_SOON = ("home", "notice", "step", "unlock")


def settle() -> None:
    """Have Python hold the screen up as little as can be.

    It looks for cycles rarely, and not in what is loaded for good, since each look stops the screen meanwhile; and a
    thread that reads the vault gives way more often than by default: to be drawn takes the screen several turns.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def load(looks: Stylesheet) -> Stylesheet:
    """Load the screens that come next, and read the dashboard's looks into a copy of those there are."""
    for name in _SOON:
        import_module(f"tui.screens.{name}")
    looks.read(_LOOKS)
    looks.parse()
    return looks


def merge(looks: Stylesheet, used: Stylesheet) -> None:
    """Add the looks of widgets that were shown while the others were read."""
    for place, source in used.source.items():
        if place not in looks.source:
            looks.add_source(source.content, place, source.is_defaults, source.tie_breaker, source.scope)

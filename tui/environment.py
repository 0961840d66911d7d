"""What Textual would take from the environment: only what changes looks may pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import constants

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_KEPT = frozenset({"TEXTUAL_ANIMATIONS", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_DISABLE_KITTY_KEY", "TEXTUAL_THEME"})

# Textual has read its variables when it was imported; these are the ones that load classes, write files or screens.
_HARMLESS: tuple[tuple[str, object], ...] = (
    ("DEBUG", False),
    ("DRIVER", None),
    ("LOG_FILE", None),
    ("PRESS", ""),
    ("SCREENSHOT_DELAY", -1),
    ("SCREENSHOT_FILENAME", None),
    ("SCREENSHOT_LOCATION", None),
    ("SHOW_RETURN", False),
)


def scrub(environment: MutableMapping[str, str]) -> None:
    """Keep variables of Textual's that load code, connect to a debugger or write to files from having any effect."""
    for name in [name for name in environment if name.startswith("TEXTUAL") and name not in _KEPT]:
        del environment[name]
    for name, value in _HARMLESS:
        setattr(constants, name, value)

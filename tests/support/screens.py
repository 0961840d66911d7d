"""What a full-screen application shows, as text that can be kept and compared: its letters, and how they are drawn."""

from __future__ import annotations

import os
from pathlib import Path
from string import ascii_letters, digits, punctuation
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import App

_MARKS = "." + ascii_letters + digits + punctuation.replace(".", "")


def drawn(app: App[None]) -> str:
    """The letters of the screen, then in a second picture a mark for the style of each cell, then what marks mean."""
    marks: dict[str, str] = {}
    letters, styles = [], []
    for strip in app.screen._compositor.render_strips(app.size):
        line, look = "", ""
        for segment in strip:
            line += segment.text
            words = _words(segment.style)
            mark = marks.setdefault(words, _MARKS[len(marks) % len(_MARKS)])
            look += mark * cell_len(segment.text)
        letters.append(line.rstrip())
        styles.append(look)
    legend = [f"{mark} {words}" for words, mark in marks.items()]
    return "\n".join([*letters, "", *styles, "", *legend]) + "\n"


def keep_image(app: App[None], name: str) -> None:
    """Write an image of the screen for a person to look at, where PORTAL_ARTIFACTS names a folder."""
    if folder := os.environ.get("PORTAL_ARTIFACTS"):
        file = Path(folder) / "screens" / f"{name}.svg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(app.export_screenshot(title="portal"), encoding="utf-8")


def _words(style: Style | None) -> str:
    if style is None:
        return "plain"
    found = [
        name
        for name, is_set in (
            ("bold", style.bold),
            ("dim", style.dim),
            ("italic", style.italic),
            ("underline", style.underline),
            ("reverse", style.reverse),
        )
        if is_set
    ]
    colours = [style.color.name if style.color else "default", style.bgcolor.name if style.bgcolor else "default"]
    return " on ".join(colours) + (f" {' '.join(found)}" if found else "")

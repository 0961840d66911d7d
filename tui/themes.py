"""Colours: four themes of our own and the terminal's, and which of them a terminal wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

DARK, LIGHT, HIGH_CONTRAST, TERMINAL = "portal-dark", "portal-light", "portal-high-contrast", "ansi-dark"

# What is quiet has a colour of its own: one mixed from others would fall under the contrast that is promised.
THEMES: tuple[Theme, ...] = (
    Theme(
        name=DARK,
        primary="#2f6fb5",
        secondary="#7fb2e6",
        accent="#f2b25c",
        warning="#f2b25c",
        error="#ff8fa3",
        success="#7ed69b",
        foreground="#e6e6e6",
        background="#121417",
        surface="#1d2126",
        panel="#262b31",
        variables={
            "text": "#ffffff",
            "text-muted": "#a9b1bb",
            "text-disabled": "#9aa2ac",
            "text-primary": "#8fc1f2",
            "text-warning": "#f2b25c",
            "text-error": "#ff8fa3",
            "footer-key-foreground": "#f2b25c",
            "footer-description-foreground": "#e6e6e6",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-background": "#2f6fb5",
            "block-cursor-blurred-foreground": "#ffffff",
            "block-cursor-blurred-background": "#2b4664",
            "input-selection-background": "#25588f",
            "button-color-foreground": "#ffffff",
            "other-background": "#f2b25c",
            "other-foreground": "#101010",
        },
    ),
    Theme(
        name=LIGHT,
        dark=False,
        primary="#0b5cad",
        secondary="#0b5cad",
        accent="#8a4b00",
        warning="#8a4b00",
        error="#a3112c",
        success="#1d6b33",
        foreground="#1b1d20",
        background="#fbfbf9",
        surface="#efefec",
        panel="#e4e4e0",
        variables={
            "text": "#ffffff",
            "text-muted": "#565b61",
            "text-disabled": "#5f646a",
            "text-primary": "#0b5cad",
            "text-warning": "#8a4b00",
            "text-error": "#a3112c",
            "footer-key-foreground": "#8a4b00",
            "footer-description-foreground": "#1b1d20",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-background": "#0b5cad",
            "block-cursor-blurred-foreground": "#1b1d20",
            "block-cursor-blurred-background": "#c9dcf0",
            "input-selection-background": "#a9cdf1",
            "button-color-foreground": "#ffffff",
            "other-background": "#8a4b00",
            "other-foreground": "#ffffff",
        },
    ),
    Theme(
        name=HIGH_CONTRAST,
        primary="#ffe94a",
        secondary="#7fe3ff",
        accent="#ffe94a",
        warning="#ffe94a",
        error="#ffb3bf",
        success="#9dffb8",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1a1a1a",
        variables={
            "text": "#000000",
            "text-muted": "#e0e0e0",
            "text-disabled": "#d0d0d0",
            "text-primary": "#7fe3ff",
            "text-warning": "#ffe94a",
            "text-error": "#ffb3bf",
            "footer-key-foreground": "#ffe94a",
            "footer-description-foreground": "#ffffff",
            "block-cursor-foreground": "#000000",
            "block-cursor-background": "#ffe94a",
            "block-cursor-blurred-foreground": "#ffffff",
            "block-cursor-blurred-background": "#333333",
            "input-selection-background": "#005a8c",
            "button-color-foreground": "#000000",
            "other-background": "#ffe94a",
            "other-foreground": "#000000",
        },
    ),
)
# What stands for a colour that is the terminal's own, which has no theme of ours.
DEFAULTS = {"other-background": "ansi_yellow", "other-foreground": "ansi_black"}
WORDS = {
    "auto": "As the terminal is: light where it says so, else dark",
    "dark": "Dark",
    "light": "Light",
    "high-contrast": "High contrast: black, white and yellow",
    "terminal": "The terminal's own colours",
}
_BY_SETTING = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST, "terminal": TERMINAL}
_LIGHT_BACKGROUNDS = frozenset({"7", "9", "10", "11", "12", "13", "14", "15"})


def chosen(setting: str, environment: Mapping[str, str]) -> str:
    """The name of the theme that a setting means.

    `auto` has high contrast for who asked for accessible output, and else looks at what the terminal says of its
    background.
    """
    if setting != "auto":
        return _BY_SETTING[setting]
    if environment.get("PORTAL_ACCESSIBLE") == "1":
        return HIGH_CONTRAST
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT if background in _LIGHT_BACKGROUNDS else DARK

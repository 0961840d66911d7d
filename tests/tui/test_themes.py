"""Themes keep the contrast that they promise in all that is drawn, are remembered, and follow the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.color import Color

from store.config import load
from tests.tui.conftest import drive, make_app, press, screen_text, settle, unlock
from tui import themes
from tui.sections import SECTIONS

if TYPE_CHECKING:
    from rich.style import Style
    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp

_ENOUGH, _HIGH = 4.5, 7.0
_PARTS = 3
_OPENED = (("g",), ("question_mark",), ("g", "c", "enter"), ("g", "c", "t"), ("g", "w", "o"), ("g", "u", "enter"))
_DRAWN = frozenset(" ─│╭╮╰╯▁▂▃▄▅▆▇█▔▕▏▎▌▊▐▖▗▘▝┃━┏┓┗┛╺╸")  # lines and edges, which no reading hangs on


def luminance(color: Color) -> float:
    assert color.triplet is not None
    parts = [part / 255 for part in color.triplet]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def too_faint(app: PortalApp, enough: float) -> set[str]:
    """What is written on the screen with less contrast, with its colours."""
    found = set()
    seen = [child.region for child in app.screen.children if child.display]  # not what a question lies above
    for y, strip in enumerate(app.screen._compositor.render_strips(app.size)):
        x = 0
        for text, style, _ in strip:
            x, start = x + cell_len(text), x
            if not any(region.contains(start, y) for region in seen) or not set(text) - _DRAWN:
                continue
            if style is None or style.color is None or style.bgcolor is None:
                continue
            if (ratio := contrast(style.color, style.bgcolor)) < enough:
                found.add(f"{text.strip()[:30]} {style.color.name} on {style.bgcolor.name}: {ratio:.1f}")
    return found


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast(Color.parse("#ffffff"), Color.parse("#000000")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("part", range(_PARTS))
def test_all_that_is_written_can_be_read_in_every_theme(full_vault: Settings, part: int) -> None:
    app = make_app(full_vault)
    faint: set[str] = set()

    async def look(pilot: Pilot[None]) -> None:
        for setting, enough in (("dark", _ENOUGH), ("light", _ENOUGH), ("high-contrast", _HIGH)):
            app.theme = themes.chosen(setting, {})
            await pilot.pause()
            faint.update(f"{setting}: {found}" for found in too_faint(app, enough))

    async def steps(pilot: Pilot[None]) -> None:
        await look(pilot)
        await unlock(pilot)
        for section in SECTIONS[part::_PARTS]:
            app.go(section.name)
            await settle(pilot)
            await look(pilot)
        for keys in _OPENED[part::_PARTS]:
            app.go("home")
            await settle(pilot)
            await pilot.press(keys[0])
            await press(pilot, *keys[1:])
            await look(pilot)

    drive(app, steps, (110, 40))
    assert sorted(faint) == []


@pytest.mark.parametrize(
    ("setting", "said", "theme"),
    [
        ("auto", "", themes.DARK),
        ("auto", "15;0", themes.DARK),
        ("auto", "0;15", themes.LIGHT),
        ("auto", "0;default;15", themes.LIGHT),
        ("auto", "12;8", themes.DARK),
        ("dark", "0;15", themes.DARK),
        ("light", "15;0", themes.LIGHT),
        ("high-contrast", "", themes.HIGH_CONTRAST),
        ("terminal", "", themes.TERMINAL),
    ],
)
def test_a_theme_is_chosen_by_the_setting_or_by_what_the_terminal_says(setting: str, said: str, theme: str) -> None:
    assert themes.chosen(setting, {"COLORFGBG": said}) == theme


def test_who_asked_for_accessible_output_has_high_contrast_unless_a_theme_was_chosen() -> None:
    asked = {"PORTAL_ACCESSIBLE": "1", "COLORFGBG": "0;15"}
    assert themes.chosen("auto", asked) == themes.HIGH_CONTRAST
    assert themes.chosen("light", asked) == themes.LIGHT
    assert themes.chosen("auto", {**asked, "PORTAL_ACCESSIBLE": "0"}) == themes.LIGHT


def test_a_theme_that_was_chosen_holds_at_once_and_is_remembered(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g", "c")
        await settle(pilot)
        await pilot.press("t", "down", "down", "down", "enter")
        await settle(pilot)
        assert app.theme == themes.HIGH_CONTRAST

    drive(app, steps)
    assert load({"PORTAL_HOME": str(full_vault.config_file.parent)}).theme == "high-contrast"
    assert make_app(load({"PORTAL_HOME": str(full_vault.config_file.parent)})).theme == themes.HIGH_CONTRAST


def test_the_colours_of_the_terminal_are_taken_as_they_are(full_vault: Settings) -> None:
    app = make_app(replace(full_vault, theme="terminal"))

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        for keys in (("g", "c"), ("d",), ("escape", "g", "w", "x")):
            await press(pilot, *keys)
        assert app.theme == themes.TERMINAL
        assert "Remove hillside" in screen_text(app)

    drive(app, steps)


@pytest.mark.parametrize("setting", ["dark", "terminal"])
def test_without_colour_no_cell_has_one_and_what_is_chosen_stands_out(
    full_vault: Settings, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(replace(full_vault, theme=setting))
    colours: set[str] = set()

    def look() -> None:
        colours.update(colour.name for _, style in written(app) for colour in (style.color, style.bgcolor) if colour)

    async def steps(pilot: Pilot[None]) -> None:
        look()
        assert "reverse" in looks_of(app, "P")  # the cursor in the field of the passphrase, on the word in it
        await unlock(pilot)
        assert "reverse" in looks_of(app, "▸ Wed 25 Nov")
        for keys in _OPENED:
            app.go("home")
            await settle(pilot)
            await press(pilot, *keys)
            look()
        app.go("home")
        await settle(pilot)
        await press(pilot, "g")
        assert "underline" in looks_of(app, "▸ ")

    drive(app, steps, (110, 40))
    assert colours == set()


def written(app: PortalApp) -> list[tuple[str, Style]]:
    """All that is on the screen, with how it looks."""
    strips = app.screen._compositor.render_strips(app.size)
    return [(text, style) for strip in strips for text, style, _ in strip if style]


def looks_of(app: PortalApp, beginning: str) -> set[str]:
    """What is written with the letters that begin so, as a set of attributes."""
    found = [style for text, style in written(app) if text.startswith(beginning)]
    return {name for style in found for name in ("reverse", "underline") if getattr(style, name)}


def test_a_click_is_understood_without_colour(full_vault: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g")
        await pilot.click("MarkedList", offset=(6, 2))
        await settle(pilot)
        assert [screen.NAME for screen in app.sections] == [SECTIONS[2].name]

    drive(app, steps)

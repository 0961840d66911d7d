"""Lists to choose from: the chosen line has a sign in front, whatever the colours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import App
from textual.content import Content
from textual.widgets.option_list import Option

from tests.tui.conftest import drive, make_app, press, screen_text, settle, unlock
from tui import themes
from tui.widgets.choices import MarkedList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp

_WIDTH = 24


def marked(app: PortalApp) -> list[str]:
    """The lines that have a sign, without their frame."""
    return [line.strip(" │") for line in screen_text(app).splitlines() if "▸" in line and "│" in line]


def test_the_line_that_is_chosen_has_a_sign_in_every_theme(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "c", "t")
        for setting, words in themes.WORDS.items():
            app.theme = themes.chosen(setting, {})
            await settle(pilot)
            assert marked(app) == [f"▸ {words}"]
            await pilot.press("down")

    drive(app, steps)


def test_the_list_of_screens_has_it_too(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "down")
        assert any("▸ r  Records" in line for line in marked(app))

    drive(app, steps)


def test_a_step_of_the_first_run_has_it_too(settings: Settings) -> None:
    app = make_app(settings)

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert marked(app) == ["▸ Sign in to my own portal"]

    drive(app, steps)


class OfLongLines(App[None]):
    """Three lines, of which the second takes more than one row."""

    def compose(self) -> ComposeResult:
        yield MarkedList(*(Option(Content(words)) for words in ("one", "two words and " * 4, "three")))


def test_a_long_line_has_the_sign_where_it_begins_alone() -> None:
    async def run() -> list[str]:
        app = OfLongLines()
        async with app.run_test(size=(_WIDTH, 12)) as pilot:
            await pilot.press("down")
            strips = app.screen._compositor.render_strips(app.size)
            return ["".join(segment.text for segment in strip).strip("▊▎ ") for strip in strips]

    lines = [line for line in asyncio.run(run()) if set(line) - set("▔▁")]
    assert lines[:2] == ["one", "▸ two words and two"]
    assert lines[-1] == "three"
    assert len(lines) > len(("one", "two", "three"))
    assert "▸" not in "".join(lines[2:])

"""The line of keys with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.conftest import drive, make_app, settle, unlock
from tui.screens.help import HelpScreen
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings


def _place(line: Keys, written: str) -> tuple[int, int]:
    """Where a key is drawn."""
    before = 0
    for key in line.shown:
        if key.written == written:
            return before + 1, 0
        before += key.width
    raise LookupError(written)


def test_a_click_on_a_key_presses_it(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        line = app.screen.query_one(Keys)
        await pilot.click(Keys, offset=_place(line, "?"))
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)

    drive(app, steps)


def test_a_click_beside_the_keys_presses_none(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        home = app.screen
        line = home.query_one(Keys)
        assert sum(key.width for key in line.shown) < line.size.width
        await pilot.click(Keys, offset=(line.size.width - 1, 0))
        await settle(pilot)
        assert app.screen is home

    drive(app, steps, size=(200, 60))


def test_the_key_under_the_mouse_is_marked(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        line = app.screen.query_one(Keys)
        plain = line.render_line(0)
        await pilot.hover(Keys, offset=_place(line, "?"))
        marked = line.render_line(0)
        assert (marked.text, list(marked)) != (plain.text, list(plain))
        assert marked.text == plain.text
        await pilot.hover(offset=(0, 0))
        assert list(line.render_line(0)) == list(plain)

    drive(app, steps)

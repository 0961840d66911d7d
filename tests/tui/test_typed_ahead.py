"""Keys that are typed faster than screens open reach what shows when their turn comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from tests.tui.conftest import drive, make_app, screen_text, settle, unlock
from tui.screens.home import HomeScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp


def typed(app: PortalApp, *keys: str) -> None:
    """Type keys at once, before any of them has done anything."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize(
    ("letter", "title"), [("a", "Appointments"), ("r", "Records"), ("n", "Reminders"), ("k", "Conflicts")]
)
def test_a_letter_after_g_goes_there_however_fast_it_is_typed(letter: str, title: str, full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        for _ in range(2):
            typed(app, "g", letter)
            await settle(pilot)
            assert title in screen_text(app).splitlines()[0]
            typed(app, "g", "h")
            await settle(pilot)
            assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


def test_words_typed_right_after_the_key_of_a_field_are_in_it(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.go("records")
        await settle(pilot)
        typed(app, "slash", *"hemo")
        await settle(pilot)
        assert app.screen.query_one("#filter", Input).value == "hemo"

    drive(app, steps)


def test_closing_what_is_closed_already_closes_nothing_else(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.go("records")
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        typed(app, "escape", "escape", "escape")
        await settle(pilot)
        assert "Records" in screen_text(app).splitlines()[0]
        assert len(app.screen_stack) == 2

    drive(app, steps)

"""What is being filled in stays in sight, however small the terminal is or becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.conftest import drive, make_app, press, settle, unlock
from tui.screens.confirm import ConfirmScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp

SMALL, USUAL = (40, 12), (80, 24)


def assert_in_sight(app: PortalApp) -> None:
    """Whether what has the focus is seen, or as much of it as the smallest field has."""
    focused = app.screen.focused
    assert focused is not None
    found = app.screen.find_widget(focused)
    seen = found.region.intersection(found.clip)
    assert seen.height >= min(3, found.region.height), (focused, found)
    assert seen.bottom <= app.size.height - 1


@pytest.mark.parametrize("keys", ["gan", "gin", "gon", "gpe"])
def test_each_field_of_a_form_is_in_sight_when_it_is_filled_in(caring_vault: Settings, keys: str) -> None:
    app = make_app(caring_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, *keys)
        for _ in range(6):
            assert_in_sight(app)
            await press(pilot, "tab")

    drive(app, steps, SMALL)


@pytest.mark.parametrize("keys", ["gan", "gin"])
def test_a_field_stays_in_sight_when_the_terminal_shrinks(caring_vault: Settings, keys: str) -> None:
    app = make_app(caring_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, *keys, "tab", "tab")
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert_in_sight(app)

    drive(app, steps, USUAL)


def test_each_field_and_answer_of_a_step_is_in_sight(settings: Settings) -> None:
    app = make_app(settings)

    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        for _ in range(5):
            assert_in_sight(app)
            await press(pilot, "tab")
        await pilot.resize_terminal(*USUAL)
        await press(pilot, "shift+tab")
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert_in_sight(app)

    drive(app, steps, SMALL)


def test_both_answers_to_a_question_are_in_sight(caring_vault: Settings) -> None:
    app = make_app(caring_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "w", "o")
        assert isinstance(app.screen, ConfirmScreen)
        for _ in range(3):
            assert_in_sight(app)
            await press(pilot, "tab")

    drive(app, steps, SMALL)

"""Dialogs have a blank margin, and are closed once, however fast keys are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.tui.conftest import drive, make_app, press, screen_text, settle, unlock
from tui.screens.go import GoScreen
from tui.screens.labs import LabsScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings


@pytest.mark.parametrize("size", [(80, 24), (140, 45), (200, 60)])
@pytest.mark.parametrize("keys", ["g", "grf", "gwo", "gct"])
def test_no_letter_of_the_screen_below_stands_beside_a_dialog(
    full_vault: Settings, size: tuple[int, int], keys: str
) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, *keys)
        box = next(part.region for part in app.screen.children if part.border_title)
        lines = [line.ljust(size[0]) for line in screen_text(app).splitlines()]
        beside = {line[max(0, box.x - 2) : box.x] + line[box.right :][:2] for line in lines[box.y : box.bottom]}
        assert box.height > 2
        assert {part.strip() for part in beside} == {""}

    drive(app, steps, size)


def test_keys_typed_faster_than_a_dialog_closes_close_nothing_else(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g")
        dialog = app.screen
        assert isinstance(dialog, GoScreen)
        for letter in "lotc":  # all of them letters of sections, which are there before the first is answered
            dialog.post_message(events.Key(letter, letter))
        await settle(pilot)
        assert isinstance(app.screen, LabsScreen)
        assert not app.has_crashed

    drive(app, steps)

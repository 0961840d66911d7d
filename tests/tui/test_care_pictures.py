"""Pictures of the screens for acting with all they may show, and of what they open; each is looked at first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.tui.conftest import make_app, press, settle, unlock
from tests.tui.test_pictures import SIZES, keep, sizes

if TYPE_CHECKING:
    from store.config import Settings


OPENED: dict[str, tuple[str, ...]] = {
    "agenda-all": ("g", "a", "f", "end", "enter"),
    "appointment": ("g", "a", "down", "enter"),
    "appointment-unsent": ("g", "a", "enter"),
    "appointment-menu": ("g", "a", "down", "a"),
    "appointment-request": ("g", "a", "n"),
    "appointment-cancel": ("g", "a", "down", "x", "n", "o", "f2"),
    "appointment-answer": ("g", "a", "down", "down", "e"),
    "month": ("g", "a", "v", "right"),
    "medicine-add": ("g", "d", "n"),
    "medicines-past": ("g", "d", "v"),
    "medicine": ("g", "d", "end", "enter"),
    "refills-to-ask": ("g", "f", "n", "space", "down", "space"),
    "refills-several": ("g", "f", "n", "down", "space", "end", "m", "n"),
    "refill-preview": ("g", "f", "n", "end", "n", "4", "f2"),
    "refill": ("g", "f", "down", "enter"),
    "reminders-rules": ("g", "n"),
    "reminders-due": ("g", "n", "v"),
    "reminder-add": ("g", "n", "n"),
}
SEEN_WIDE = (
    "agenda-all",
    "appointment",
    "appointment-request",
    "month",
    "medicine",
    "refills-to-ask",
    "reminders-due",
)


@sizes
def test_pictures_of_acting(caring_vault: Settings, size: str) -> None:
    app = make_app(caring_vault)

    async def run() -> None:
        async with app.run_test(size=SIZES[size], notifications=True) as pilot:
            await unlock(pilot)
            failed = []
            for name in OPENED if size == "narrow" else SEEN_WIDE:
                app.clear_notifications()
                app.go("home")
                await settle(pilot)
                await press(pilot, *OPENED[name])
                try:
                    keep(app, f"{name}-{size}")
                except AssertionError as error:
                    failed.append(str(error).splitlines()[0])
            assert failed == []

    asyncio.run(asyncio.wait_for(run(), 200))

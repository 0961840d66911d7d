"""The way to the screen of messages, and a new message on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.conftest import drive, press, put, unlock
from tests.tui.lettering import real_app
from tui.screens.form import FormScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp

WIDE = (140, 45)


def at_messages(
    settings: Settings, steps: Callable[[Pilot[None], PortalApp], Awaitable[None]], size: tuple[int, int] = WIDE
) -> None:
    """Go to the messages, and on with some steps."""
    app = real_app(settings)

    async def run(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "m")
        await steps(pilot, app)

    drive(app, run, size)


async def write(pilot: Pilot[None], app: PortalApp, subject: str = "Sore knee", text: str = "Since Monday.") -> None:
    """Open the form of a new message and fill it in."""
    await press(pilot, "n")
    assert isinstance(app.screen, FormScreen)
    await put(pilot, {"to": "Practitioner/1", "subject": subject, "text": text})

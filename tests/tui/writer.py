"""A dashboard in a process of its own, in which a message is written and not sent; it waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.widgets import Input, Select, TextArea

from store.config import Settings
from tests.tui.conftest import settle, unlock
from tests.tui.lettering import real_app


async def write(settings: Settings) -> None:
    """Fill in the form of a new message, and leave it open."""
    app = real_app(settings)
    async with app.run_test(size=(80, 24)) as pilot:
        await unlock(pilot)
        for key in ("g", "m", "n"):
            await pilot.press(key)
            await settle(pilot)
        app.screen.query_one("#to", Select).value = "Practitioner/1"
        app.screen.query_one("#subject", Input).value = "Sore knee"
        app.screen.query_one("#text", TextArea).text = "Since Monday, and"
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(write(Settings(vault_dir=Path(sys.argv[1]), config_file=Path(sys.argv[2]))))

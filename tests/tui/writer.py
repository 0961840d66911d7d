"""A dashboard in a process of its own, in which a form is filled in and not sent; it waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.widgets import Input, Select, TextArea

from store.config import Settings
from tests.tui.conftest import settle, unlock
from tests.tui.lettering import real_app

# Each form by the keys that open it, and what is typed into its fields.
FORMS = {
    "message": ("gmn", {"to": "Practitioner/1", "subject": "Sore knee", "text": "Since Monday, and"}),
    "appointment": ("gan", {"reason": "Sore elbow"}),
    "allergy": ("gxn", {"substance": "Latex"}),
}


async def write(settings: Settings, form: str) -> None:
    """Fill in a form, and leave it open."""
    keys, typed = FORMS[form]
    app = real_app(settings)
    async with app.run_test(size=(80, 24)) as pilot:
        await unlock(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        for name, value in typed.items():
            field = app.screen.query_one(f"#{name}")
            if isinstance(field, TextArea):
                field.text = value
            else:
                assert isinstance(field, Input | Select)
                field.value = value
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(write(Settings(vault_dir=Path(sys.argv[1]), config_file=Path(sys.argv[2])), sys.argv[3]))

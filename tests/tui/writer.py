"""A dashboard in a process of its own, in which a form is filled in and not sent; it waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from store.config import Settings
from tests.tui.conftest import press, put, unlock
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
        await press(pilot, *keys)
        await put(pilot, typed)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(write(Settings(vault_dir=Path(sys.argv[1]), config_file=Path(sys.argv[2])), sys.argv[3]))

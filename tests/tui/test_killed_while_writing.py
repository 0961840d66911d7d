"""A process that is killed while a message is written: what was typed is a draft when the vault is opened again."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, TextArea

from tests.tui.conftest import drive, settle, unlock
from tests.tui.lettering import DOCTOR, open_client, practice, real_app, signed_in

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from store.services.message_plans import Draft

_LONGEST_SECONDS = 90
_POLL_SECONDS = 0.2


@pytest.fixture(autouse=True)
def fixed_world() -> None:
    """The clock of this machine, in place of a fixed moment: two processes share it."""


def drafts(settings: Settings) -> tuple[Draft, ...]:
    with open_client(settings) as client:
        return tuple(client.letters.drafts.list().items)


def test_what_was_typed_before_a_kill_is_a_draft_after_it_and_opens_again(settings: Settings) -> None:
    with practice() as portal:
        signed_in(settings, portal)
        command = [sys.executable, "-m", "tests.tui.writer", str(settings.vault_dir), str(settings.config_file)]
        with subprocess.Popen(command) as process:
            until = time.monotonic() + _LONGEST_SECONDS
            while not drafts(settings):  # nobody asks for it to be kept, and the form stays open
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(_POLL_SECONDS)
            process.kill()
        (draft,) = drafts(settings)
        assert (draft.subject, draft.text, draft.recipients) == ("Sore knee", "Since Monday, and", (DOCTOR,))

        app = real_app(settings)

        async def steps(pilot: Pilot[None]) -> None:
            await unlock(pilot)
            for key in ("g", "m", "home", "enter"):
                await pilot.press(key)
                await settle(pilot)
            assert app.screen.query_one("#subject", Input).value == "Sore knee"
            assert app.screen.query_one("#text", TextArea).text == "Since Monday, and"

        drive(app, steps)

"""A process that is killed while somebody writes: what was typed is there when the vault is opened again."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from textual.widgets import TextArea

from tests.tui.conftest import drive, press, unlock
from tests.tui.lettering import DOCTOR, TAKES, open_client, practice, real_app, signed_in
from tests.tui.writer import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable

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


def killed_while_writing(settings: Settings, form: str, is_kept: Callable[[], object]) -> None:
    """Have a form filled in by a process, and kill it once what was typed is kept, which nobody has asked for."""
    command = [sys.executable, "-m", "tests.tui.writer", str(settings.vault_dir), str(settings.config_file), form]
    with subprocess.Popen(command) as process:
        until = time.monotonic() + _LONGEST_SECONDS
        while not is_kept():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(_POLL_SECONDS)
        process.kill()


def opened(settings: Settings, keys: str) -> dict[str, str]:
    """What stands in the fields of a form that is opened by some keys."""
    app, found = real_app(settings), dict[str, str]()

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, *keys.split())
        fields = app.screen.query("Input, TextArea").results()
        found.update({str(each.id): each.text if isinstance(each, TextArea) else each.value for each in fields})  # type: ignore[attr-defined]  # an Input

    drive(app, steps)
    return found


def test_what_was_typed_before_a_kill_is_a_draft_after_it_and_opens_again(settings: Settings) -> None:
    with practice() as portal:
        signed_in(settings, portal)
        killed_while_writing(settings, "message", lambda: drafts(settings))
        (draft,) = drafts(settings)
        assert (draft.subject, draft.text, draft.recipients) == ("Sore knee", "Since Monday, and", (DOCTOR,))
        found = opened(settings, "g m home enter")
        assert (found["subject"], found["text"]) == ("Sore knee", "Since Monday, and")


@pytest.mark.parametrize(
    ("form", "kept_as"), [("appointment", "request an appointment"), ("allergy", "add an allergy")]
)
def test_what_was_typed_into_a_form_before_a_kill_is_there_when_it_is_opened_again(
    form: str, kept_as: str, settings: Settings
) -> None:
    def is_kept() -> bool:
        with open_client(settings) as client:
            return bool(client.jottings.recall(f"{kept_as} {client.portals.list()[0].name}"))

    with practice() as portal:
        portal.types["Appointment"] = TAKES
        signed_in(settings, portal)
        killed_while_writing(settings, form, is_kept)
        keys, typed = FORMS[form]
        assert typed.items() <= opened(settings, " ".join(keys)).items()

"""The dashboard is opened: by a passphrase, a session, the keychain or a file, and what stands in the way is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from store.client import Client
from store.vault import header
from tests.support.faults import FailingKeychain
from tests.tui.charts import PASSPHRASE, PATIENT
from tests.tui.conftest import drive, make_app, make_client, screen_text, settle, unlock
from tui.app import PortalApp
from tui.screens.home import HomeScreen
from tui.screens.notice import NoticeScreen
from tui.screens.unlock import UnlockScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from store.config import Settings


def test_the_right_passphrase_opens_the_home(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, UnlockScreen)
        await unlock(pilot)
        assert isinstance(app.screen, HomeScreen)
        assert PATIENT in screen_text(app)

    drive(app, steps)


def test_a_wrong_passphrase_says_so_in_place_and_the_next_one_opens(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot, "not it")
        assert isinstance(app.screen, UnlockScreen)
        assert "The passphrase does not open this vault." in screen_text(app)
        assert app.screen.query_one(Input).value == ""
        await unlock(pilot)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


def test_an_empty_passphrase_is_not_tried(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        assert "Type the passphrase" in screen_text(app)

    drive(app, steps)


def test_a_damaged_vault_is_told_in_words(full_vault: Settings) -> None:
    full_vault.header_path.write_text("{}")
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot)
        text = screen_text(app)
        assert isinstance(app.screen, NoticeScreen)
        assert "damaged" in text
        assert "bring back a backup" in text

    drive(app, steps)


def test_an_erased_vault_is_told_in_words(full_vault: Settings) -> None:
    header.destroy(full_vault.header_path)
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert isinstance(app.screen, NoticeScreen)
        assert "portal vault erase" in screen_text(app)

    drive(app, steps)


def test_a_session_opens_the_vault_at_the_start_but_not_after_a_lock(full_vault: Settings, tmp_path: Path) -> None:
    settings = replace(full_vault, session_file=tmp_path / "session")
    begin_session(settings)
    client = make_client(settings)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert client.opens_by_itself
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert not client.is_unlocked
        await unlock(pilot)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


class HopefulClient(Client):
    """A client whose session ends just after it was seen."""

    opens_by_itself = True


def test_a_session_that_has_just_ended_leads_to_the_unlock_screen(full_vault: Settings, tmp_path: Path) -> None:
    settings = replace(full_vault, session_file=tmp_path / "session")
    begin_session(settings)
    for slot in settings.sessions_dir.glob("*.json"):
        slot.unlink()
    app = PortalApp(HopefulClient(settings))

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, UnlockScreen)
        assert "session" in screen_text(app)
        await unlock(pilot)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


@pytest.mark.parametrize("forgets", [False, True])
def test_a_keychain_opens_the_vault_or_leads_to_the_unlock_screen(full_vault: Settings, *, forgets: bool) -> None:
    keychain = FailingKeychain()
    with Client(full_vault, lambda: PASSPHRASE, find_keychain=keychain.find) as client:
        client.slots.remember_in_keychain()
    if forgets:
        keychain.kept.clear()
    app = PortalApp(Client(full_vault, find_keychain=keychain.find))

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, UnlockScreen if forgets else HomeScreen)
        if forgets:
            assert "does not keep the key of this vault" in str(app.screen.query_one("#notice", Static).content)
            await unlock(pilot)
            assert isinstance(app.screen, HomeScreen)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    drive(app, steps)


def begin_session(settings: Settings) -> None:
    with Client(settings, lambda: PASSPHRASE) as client:
        client.slots.begin_session(3600)


def test_a_passphrase_file_opens_the_vault_without_a_question(full_vault: Settings, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    app = make_app(replace(full_vault, passphrase_file=file))

    async def steps(pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, HomeScreen), "there is nobody to ask, so there is no lock"

    drive(app, steps)


def test_a_passphrase_file_that_fails_is_told_on_a_plain_screen(full_vault: Settings, tmp_path: Path) -> None:
    app = make_app(replace(full_vault, passphrase_file=tmp_path / "missing"))

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert isinstance(app.screen, NoticeScreen)
        assert "PORTAL_PASSPHRASE_FILE" in screen_text(app)

    drive(app, steps)


def test_an_open_client_is_shown_at_once(full_vault: Settings) -> None:
    client = make_client(full_vault)
    client.unlock(PASSPHRASE)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)
    client.close()


def test_without_a_vault_the_screen_says_how_to_begin(settings: Settings) -> None:
    app = make_app(settings)

    async def steps(pilot: Pilot[None]) -> None:
        text = screen_text(app)
        assert "Sign in to my own portal" in text
        assert "no vault on this machine" in text
        await pilot.press("escape")

    drive(app, steps)
    assert app.return_code == 0

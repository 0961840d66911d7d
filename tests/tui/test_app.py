"""The dashboard as a whole: opening, locking, syncing, crashing."""

from __future__ import annotations

import asyncio
import gc
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual import on
from textual.widgets import Input, Static

from store.client import Client
from store.errors import NotFound, PortalError, SignInNeeded, StorageFailed, Unreachable
from store.events import PageStored, QueryDone, SyncStarted
from store.records.labs import LabResult
from store.services.sync import SyncReport
from store.vault import header
from tests.support.faults import FailingKeychain
from tests.tui.charts import NOW, PASSPHRASE, PATIENT
from tests.tui.conftest import drive, make_app, make_client, screen_text, settle, status, told, unlock
from tui.app import PortalApp
from tui.columns import Row
from tui.messages import CallFailed, StandingRead
from tui.reading import Reading
from tui.rows import HomeView
from tui.running import run_dashboard
from tui.screens.detail import DetailScreen
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.notice import NoticeScreen
from tui.screens.unlock import UnlockScreen
from tui.troubles import describe
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from store.config import Settings
    from store.events import OnEvent, ShouldStop


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


def test_lock_shows_nothing_of_the_patient_and_forgets_the_key(full_vault: Settings) -> None:
    client = make_client(full_vault)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s", "enter")
        await settle(pilot)
        assert isinstance(app.screen, DetailScreen)
        await app.run_action("lock")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        text = screen_text(app)
        assert PATIENT not in text
        assert "hillside" not in text
        assert "Follow-up" not in text
        assert not app._notifications
        assert not client.is_unlocked
        await unlock(pilot)
        assert PATIENT in screen_text(app)

    drive(app, steps)


def test_after_a_lock_nothing_of_the_patient_is_held(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s", "enter")
        await settle(pilot)
        app.copy_to_clipboard(PATIENT)
        assert held()
        await app.run_action("lock")
        await settle(pilot)
        for _ in range(100):  # what a screen that goes away has still to do is done soon, not at once
            if not held():
                break
            await pilot.pause(0.1)
        assert held() == set()
        assert app.clipboard == ""

    drive(app, steps)


def held() -> set[str]:
    """Which kinds of things that show records there are in memory."""
    kinds = (HomeScreen, DetailScreen, HomeView, Reading, Panel, Row, LabResult)
    gc.collect()
    return {type(found).__name__ for found in gc.get_objects() if isinstance(found, kinds)}


def test_what_fails_after_a_lock_is_not_told(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        app.post_message(CallFailed(describe(NotFound("record", PATIENT))))
        await settle(pilot)
        assert not app._notifications

    drive(app, steps)


class StuckClient(Client):
    """A client that cannot be closed."""

    def close(self) -> None:
        raise StorageFailed(self.settings.database_path, "the disk is gone")


def test_a_vault_that_does_not_close_is_told_on_the_unlock_screen(full_vault: Settings) -> None:
    app = PortalApp(StuckClient(full_vault))

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert "the disk is gone" in screen_text(app)

    drive(app, steps)


def test_the_lock_key_goes_back_to_the_unlock_screen(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    drive(app, steps)


def test_closing_what_is_open_twice_closes_the_help_and_not_what_lies_under_it(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)
        for _ in range(2):
            await app.run_action("app.back")
        await settle(pilot)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


def test_a_dashboard_left_alone_locks_itself(full_vault: Settings) -> None:
    moment = [float(NOW)]
    app = PortalApp(make_client(full_vault), clock=lambda: moment[0], idle_seconds=600)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        moment[0] += 599
        await app.lock_when_idle()
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("down")
        moment[0] += 599
        await app.lock_when_idle()
        assert isinstance(app.screen, HomeScreen)
        moment[0] += 1
        await app.lock_when_idle()
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    drive(app, steps)


def test_a_sync_tells_what_it_brought(full_vault: Settings) -> None:
    def do(on_event: OnEvent, _should_stop: ShouldStop) -> SyncReport:
        on_event(SyncStarted("hillside", 3))
        on_event(PageStored("hillside", "Observation", 40, 2))
        on_event(QueryDone("hillside", "Observation"))
        return SyncReport(())

    app = make_app(full_vault, do)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        assert status(app) == "○ No sync since start  ·  updated 4 min ago  ·  1 to send"
        await pilot.press("s")
        await settle(pilot)
        assert status(app).startswith("● Online")
        assert told(app) == "Synced: 0 records new or changed."

    drive(app, steps)


def test_a_part_that_failed_is_told(full_vault: Settings) -> None:
    app = make_app(full_vault, lambda _on_event, _should_stop: SyncReport((), ("Observation: no answer in time",)))

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert told(app) == "Synced, but 1 part failed.\nObservation: no answer in time"

    drive(app, steps)


@pytest.mark.parametrize(
    ("error", "line", "hint"),
    [
        (Unreachable("https://portal.example", "no route"), "○ Offline", "press s to try again"),
        (SignInNeeded("hillside"), "○ No sync since start", "Sign in under Portals"),
    ],
)
def test_a_sync_that_fails_says_why_and_what_to_do(
    full_vault: Settings, error: PortalError, line: str, hint: str
) -> None:
    def do(_on_event: OnEvent, _should_stop: ShouldStop) -> SyncReport:
        raise error

    app = make_app(full_vault, do)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert status(app).startswith(line)
        assert hint in told(app)
        assert PATIENT in screen_text(app)

    drive(app, steps)


def test_a_sync_is_stopped_with_escape_while_the_screen_goes_on(full_vault: Settings) -> None:
    started, asked = threading.Event(), threading.Event()

    def do(on_event: OnEvent, should_stop: ShouldStop) -> SyncReport:
        on_event(SyncStarted("hillside", 9))
        on_event(PageStored("hillside", "Observation", 1, 1))
        started.set()
        assert asked.wait(20)
        assert should_stop()
        return SyncReport(())

    app = make_app(full_vault, do)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s")
        await asyncio.to_thread(started.wait, 20)
        await pilot.pause()
        assert status(app).startswith("↻ Syncing 0 of 9, 1 record")
        await pilot.press("enter")
        while not isinstance(app.screen, DetailScreen):  # reading goes on beside a sync
            await pilot.pause()
        await pilot.press("escape", "escape")
        assert status(app).startswith("↻ Stopping"), told(app)
        asked.set()
        await settle(pilot)
        assert told(app) == "The sync was stopped; what had arrived is kept."

    drive(app, steps)


def test_locking_during_a_sync_stops_it_and_then_closes_the_vault(full_vault: Settings) -> None:
    started = threading.Event()
    open_at_end: list[bool] = []

    def do(_on_event: OnEvent, should_stop: ShouldStop) -> SyncReport:
        started.set()
        while not should_stop():
            threading.Event().wait(0.01)
        open_at_end.append(client.is_unlocked)
        return SyncReport(())

    client = make_client(full_vault, do)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s")
        await asyncio.to_thread(started.wait, 20)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert open_at_end == [True]
        assert not client.is_unlocked
        assert not app._notifications

    drive(app, steps)


def test_a_mistake_in_a_service_does_not_take_the_screen_down(full_vault: Settings) -> None:
    def do(_on_event: OnEvent, _should_stop: ShouldStop) -> SyncReport:
        raise ValueError(PATIENT)

    app = make_app(full_vault, do)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert "Something went wrong inside this program (ValueError)." in told(app)
        assert PATIENT not in told(app)

    drive(app, steps)


class CrashingApp(PortalApp):
    """Makes a mistake as soon as the home shows a patient."""

    @on(StandingRead)
    def make_mistake(self, message: StandingRead) -> None:
        patient_name = message.status.portals[0].patient_name
        raise ValueError(patient_name)


@pytest.mark.parametrize("debug", [False, True])
def test_a_crash_prints_nothing_of_the_patient(
    full_vault: Settings, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, debug: bool
) -> None:
    if debug:
        monkeypatch.setenv("PORTAL_DEBUG", "1")
    client = make_client(full_vault)
    client.unlock(PASSPHRASE)
    app = CrashingApp(client)

    app.run(headless=True)
    printed = "".join(capfd.readouterr())
    assert app.has_crashed
    assert app.return_code == 1
    assert PATIENT not in printed
    assert "hillside" not in printed
    assert ("make_mistake" in printed) == debug
    client.close()


def test_a_dashboard_that_crashed_ends_with_one_plain_sentence(
    full_vault: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(self: PortalApp, *, mouse: bool) -> None:
        assert mouse
        self.has_crashed = True

    monkeypatch.setattr(PortalApp, "run", crash)
    with pytest.raises(PortalError, match="the dashboard stopped"):
        run_dashboard(make_client(full_vault))


def test_the_terminal_title_is_always_the_same(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        assert app.title == "portal"
        assert app.sub_title == ""

    drive(app, steps)

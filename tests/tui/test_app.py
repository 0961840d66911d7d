"""The dashboard as a whole: opening, locking, syncing, crashing."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual import on
from textual.widgets import Input

from store.errors import PortalError, SignInNeeded, Unreachable
from store.events import PageStored, QueryDone, SyncStarted
from store.services.sync import SyncReport
from tests.tui.conftest import NOW, PASSPHRASE, PATIENT, make_app, make_client, screen_text, settle, unlock
from tui.app import PortalApp, run_dashboard
from tui.messages import HomeRead
from tui.screens.detail import DetailScreen
from tui.screens.home import HomeScreen
from tui.screens.notice import NoticeScreen
from tui.screens.unlock import UnlockScreen
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from store.config import Settings
    from store.events import OnEvent, ShouldStop


def drive(app: PortalApp, steps: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            await settle(pilot)
            await steps(pilot)

    asyncio.run(asyncio.wait_for(run(), 30))


def status(app: PortalApp) -> str:
    return str(app.screen.query_one(StatusLine).content)


def told(app: PortalApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


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
        await unlock(pilot)
        text = screen_text(app)
        assert "damaged" in text
        assert "bring back a backup" in text

    drive(app, steps)


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
        assert "portal login URL" in text
        assert "portal demo" in text
        await pilot.press("q")

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


def test_the_lock_key_goes_back_to_the_unlock_screen(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

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
        assert status(app) == "○ Not connected yet  ·  updated 4 min ago  ·  1 waiting to send"
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
        (Unreachable("https://portal.example", "no route"), "○ Offline", "press `s` to try again"),
        (SignInNeeded("hillside"), "○ Not connected yet", "portal login"),
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

    @on(HomeRead)
    def make_mistake(self, message: HomeRead) -> None:
        patient_name = message.view.home.status.portals[0].patient_name
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
    def crash(self: PortalApp) -> None:
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

"""A sync from inside the dashboard: what it brought, what failed, and how it is stopped."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from store.errors import PortalError, SignInNeeded, Unreachable
from store.events import PageStored, QueryDone, SyncStarted
from store.services.sync import SyncReport
from tests.tui.charts import PATIENT
from tests.tui.conftest import drive, make_app, make_client, screen_text, settle, status, told, unlock
from tui.app import PortalApp
from tui.screens.detail import DetailScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from store.events import OnEvent, ShouldStop


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

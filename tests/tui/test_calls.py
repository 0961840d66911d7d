"""The dashboard sees what other processes do: what they write, and that they lock."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.client import Client
from store.errors import VaultDamaged
from store.services.sync import SyncReport
from store.vault import engine, resources
from store.vault.audit import Entry
from tests.tui.charts import PASSPHRASE, PATIENT, appointment, arrive, incoming, result
from tests.tui.conftest import drive, make_app, make_client, screen_text, settle, status, told, unlock
from tui import messages
from tui.app import PortalApp
from tui.screens.detail import DetailScreen
from tui.screens.home import HomeScreen
from tui.screens.unlock import UnlockScreen
from tui.sections import BY_NAME
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.message import Message
    from textual.pilot import Pilot

    from store.config import Settings
    from store.events import OnEvent, ShouldStop

ROOT = Path(__file__).resolve().parents[2]
SOONER = appointment("app-0", "Blood draw", "2026-11-24T22:00:00Z", "Nurse Pip Fictional")
PATIENCE = 20  # seconds until a test gives up; how quick it is in fact is not a test's to say
WRITER = """
import sys, time
from pathlib import Path
from store.config import Settings
from tests.tui.charts import arrive
from tests.tui.test_calls import SOONER
arrive(Settings(Path(sys.argv[1]), Path(sys.argv[2])), SOONER)
print(time.monotonic())
"""


def output(*command: str, **environment: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=True)
    return done.stdout.decode()


async def look(pilot: Pilot[None], app: PortalApp) -> None:
    app.look()
    await settle(pilot)


def reads(seen: list[Message]) -> int:
    """How often it was read how things stand, after which screens read what they show."""
    return len({id(message) for message in seen if isinstance(message, messages.StandingRead)})


def focused_key(app: PortalApp) -> str:
    assert isinstance(app.focused, Panel)
    assert app.focused.current
    return app.focused.current.key


def test_what_another_process_writes_is_shown_and_the_cursor_stays_on_its_record(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("down")
        arrive(full_vault, SOONER)
        await look(pilot, app)
        assert "Blood draw" in screen_text(app)
        assert focused_key(app) == "app-2"

    drive(app, steps)


def test_a_panel_that_was_scrolled_keeps_its_lines_in_place(full_vault: Settings) -> None:
    arrive(full_vault, *(measured(number) for number in range(9)))
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("tab", "tab", "end")
        await settle(pilot)
        panel = app.screen.query_one("#results", Panel)
        top = panel.lines.here()[panel.scroll_offset.y].key
        assert panel.scroll_offset.y > 0
        arrive(full_vault, measured(100), measured(101))
        await look(pilot, app)
        assert panel.lines.here()[panel.scroll_offset.y].key == top

    drive(app, steps)


def measured(number: int) -> dict[str, object]:
    return result(f"new-{number}", f"Thing {number}", f"{number}", 1, "g", "2026-11-19T08:00:00Z", 0, 2, None)


def test_a_record_that_is_being_read_stays_open_while_the_home_behind_it_changes(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("enter")
        await settle(pilot)
        page = app.screen
        assert isinstance(page, DetailScreen)
        arrive(full_vault, SOONER)
        await look(pilot, app)
        assert app.screen is page
        await pilot.press("escape")
        assert "Blood draw" in screen_text(app)

    drive(app, steps)


def test_the_home_is_read_again_once_for_a_change_and_never_without_one(full_vault: Settings) -> None:
    app = make_app(full_vault)
    seen: list[Message] = []

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        seen.clear()
        await look(pilot, app)
        await look(pilot, app)
        assert reads(seen) == 0
        arrive(full_vault, SOONER)
        for _ in range(3):
            await look(pilot, app)
        assert reads(seen) == 1

    drive(app, steps, hook=seen.append)


def test_the_audit_lines_of_the_dashboard_itself_are_no_news_to_it(full_vault: Settings) -> None:
    app = make_app(full_vault)
    seen: list[Message] = []

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        seen.clear()
        for _ in range(3):
            await pilot.press("enter")
            await settle(pilot)
            assert isinstance(app.screen, DetailScreen)
            await pilot.press("escape")
            await look(pilot, app)
        assert reads(seen) == 0

    drive(app, steps, hook=seen.append)
    with Client(full_vault, lambda: PASSPHRASE) as client:
        assert sum(line.action == "read" for line in client.audit.list().items) >= 3


def test_what_was_looked_at_is_kept_by_the_disk_at_the_next_look_and_not_before(
    full_vault: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.app._LOOK_SECONDS", 3600)  # it looks when it is told to alone
    app = make_app(full_vault)
    synced: list[Path] = []
    monkeypatch.setattr(engine, "sync_log", synced.append)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await look(pilot, app)
        synced.clear()
        await pilot.press("enter")
        await settle(pilot)
        assert synced == []
        await look(pilot, app)
        await look(pilot, app)
        assert synced == [full_vault.database_path]

    drive(app, steps)


def test_what_a_running_sync_brings_is_shown_before_it_ends(full_vault: Settings) -> None:
    def do(_on_event: OnEvent, should_stop: ShouldStop) -> SyncReport:
        with client.vault.transaction() as tx:
            resources.store(tx, 1, [incoming(SOONER)])
        while not should_stop():
            time.sleep(0.01)
        return SyncReport(())

    client = make_client(full_vault, do)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s")
        while "Blood draw" not in screen_text(app):
            await pilot.pause()
        assert app.standing.is_syncing
        await pilot.press("escape")
        await settle(pilot)

    drive(app, steps)


def test_nothing_is_looked_at_while_the_vault_is_locked(full_vault: Settings) -> None:
    app = make_app(full_vault)
    seen: list[Message] = []

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        seen.clear()
        await pilot.press("ctrl+l")
        app.calls.look()  # one that was under way
        await settle(pilot)
        arrive(full_vault, SOONER)
        app.look()
        assert all(worker.is_finished for worker in app.workers)
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert reads(seen) == 0

    drive(app, steps, hook=seen.append)


class TroubledClient(Client):
    """A client that cannot be asked what others do."""

    @property
    def is_ended_elsewhere(self) -> bool:
        raise VaultDamaged(self.settings.database_path, "it is short")


def test_a_look_that_fails_is_told_once_and_the_home_stays(full_vault: Settings) -> None:
    app = PortalApp(TroubledClient(full_vault))

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        for _ in range(3):
            await look(pilot, app)
        assert told(app).count("it is short") == 1
        assert PATIENT in screen_text(app)

    drive(app, steps)


@pytest.mark.parametrize("has_file", [False, True])
def test_ending_the_sessions_elsewhere_locks_the_dashboard(
    full_vault: Settings, tmp_path: Path, *, has_file: bool
) -> None:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    client = make_client(replace(full_vault, passphrase_file=file) if has_file else full_vault)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        if not has_file:
            await unlock(pilot)
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("enter")
        await settle(pilot)
        with Client(full_vault) as other:
            other.slots.end_sessions()
        await look(pilot, app)
        text = screen_text(app)
        assert isinstance(app.screen, UnlockScreen)
        assert "`portal lock` has locked it." in text
        assert PATIENT not in text
        assert not client.is_unlocked
        await unlock(pilot)
        await look(pilot, app)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


def test_lines_that_the_audit_trail_lacks_are_told_in_the_status_line(full_vault: Settings) -> None:
    client = make_client(full_vault)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        assert "audit" not in status(app)
        client.vault.unnoted.append(Entry("read", "Appointment/app-1"))
        await look(pilot, app)
        assert "! disk full, 1 audit line waiting" in screen_text(app)
        client.vault.unnoted.clear()
        await look(pilot, app)
        assert "audit" not in status(app)

    drive(app, steps)


def test_a_commit_of_another_process_comes_to_the_screen_by_itself(full_vault: Settings) -> None:
    app = make_app(full_vault)
    command = [sys.executable, "-c", WRITER, str(full_vault.vault_dir), str(full_vault.config_file)]

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        writer = asyncio.create_task(asyncio.to_thread(output, *command))
        while "Blood draw" not in screen_text(app):
            assert not writer.done() or time.monotonic() - float(writer.result()) < PATIENCE
            await pilot.pause(0.01)
        await writer

    drive(app, steps)


def test_portal_lock_in_another_terminal_locks_the_dashboard_by_itself(full_vault: Settings) -> None:
    client = make_client(full_vault)
    app = PortalApp(client)
    environment = {"PORTAL_HOME": str(full_vault.vault_dir.parent), "PORTAL_PASSPHRASE_FILE": ""}

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await asyncio.to_thread(output, sys.executable, "-m", "portal_cli", "lock", **environment)
        since = time.monotonic()
        while not isinstance(app.screen, UnlockScreen) or client.is_unlocked:
            assert time.monotonic() - since < PATIENCE
            await pilot.pause(0.01)

    drive(app, steps)


def test_a_section_that_is_still_being_made_or_closed_is_not_asked_to_read_anew(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        assert [screen.NAME for screen in app.sections] == ["home"]
        half = BY_NAME["messages"].make()
        app._screen_stack.append(half)  # as while it is being composed
        try:
            assert half not in app.sections
            assert app.standing.status is not None
            app.take_standing(messages.StandingRead(app.standing.status, 0))
        finally:
            app._screen_stack.remove(half)

    drive(app, steps)

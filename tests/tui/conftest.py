"""A vault with the records of a made-up patient, and the dashboard on top of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from functools import cached_property
from typing import TYPE_CHECKING, Never, cast

import pytest
import time_machine
from textual.widgets import Input, Select, TextArea
from textual.worker import WorkerCancelled

from store.client import Client
from store.config import Settings
from store.errors import Unreachable
from store.services.sync import Sync, SyncReport
from store.vault import keys, vault
from tests.tui import charts_care
from tests.tui.charts import NOW, PASSPHRASE, appointment, chart, fill
from tests.tui.lettering import practice, signed_in
from tui.app import PortalApp
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from textual.message import Message
    from textual.pilot import Pilot

    from store.events import OnEvent, ShouldStop
    from tests.support.writable import WritablePortal

_QUIET_ROUNDS = 3


@pytest.fixture(autouse=True)
def fixed_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One zone, one moment, and no settings of whoever runs the tests."""
    before = dict(os.environ)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("PORTAL_DEBUG", raising=False)
    with time_machine.travel(NOW, tick=False):
        yield
    monkeypatch.undo()
    os.environ.update(before)  # the dashboard strikes variables that other tests need
    time.tzset()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(vault_dir=tmp_path / "vault", config_file=tmp_path / "config.toml")


@pytest.fixture
def empty_vault(settings: Settings) -> Settings:
    vault.create(settings, PASSPHRASE.encode(), keys.FLOOR).close()
    return settings


@pytest.fixture
def full_vault(settings: Settings) -> Settings:
    fill(settings, [*chart()])
    return settings


class FakeSync(Sync):
    """A sync that does what a test tells it to do, in place of one with a portal, which cannot be reached."""

    def __init__(self, client: Client, do: Callable[[OnEvent, ShouldStop], SyncReport]) -> None:
        super().__init__(client.vault, client.settings, client.portals)
        self._do = do

    def push(self, connection_id: int, again: str = "") -> Never:
        del connection_id, again
        raise Unreachable("https://portal.example", "there is no network in tests", sent=False)

    def run(self, portal: str | None = None, *, full: bool = False, **hooks: object) -> SyncReport:
        del portal, full
        return self._do(cast("OnEvent", hooks["on_event"]), cast("ShouldStop", hooks["should_stop"]))


class FakeSyncClient(Client):
    """A client whose sync is a FakeSync."""

    do: Callable[[OnEvent, ShouldStop], SyncReport]

    @cached_property
    def sync(self) -> Sync:
        return FakeSync(self, self.do)


def make_client(settings: Settings, do: Callable[[OnEvent, ShouldStop], SyncReport] | None = None) -> Client:
    client = FakeSyncClient(settings, ask=_never_ask, cost=keys.FLOOR)
    client.do = do or (lambda _on_event, _should_stop: SyncReport(()))
    return client


def make_app(settings: Settings, do: Callable[[OnEvent, ShouldStop], SyncReport] | None = None) -> PortalApp:
    return PortalApp(make_client(settings, do))


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no service call runs and every message has been handled."""
    quiet = 0
    while quiet < _QUIET_ROUNDS:  # what one answer brings about may be the next question
        await pilot.pause()
        quiet += 1
        while any(not worker.is_finished for worker in pilot.app.workers):
            quiet = 0
            with contextlib.suppress(WorkerCancelled):  # a call that another one has taken the place of
                await pilot.app.workers.wait_for_complete()
            await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one by one, each when all that the one before has brought about is done."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def put(pilot: Pilot[None], values: Mapping[str, str]) -> None:
    """Put values into fields of the form that is open, by their names."""
    for name, value in values.items():
        field = pilot.app.screen.query_one(f"#{name}")
        if isinstance(field, TextArea):
            field.text = value
        else:
            assert isinstance(field, Input | Select)
            field.value = value
    await settle(pilot)


async def unlock(pilot: Pilot[None], passphrase: str = PASSPHRASE) -> None:
    """Type a passphrase and wait for the home."""
    await settle(pilot)
    pilot.app.screen.query_one("#passphrase").value = passphrase  # type: ignore[attr-defined]  # an Input
    await pilot.press("enter")
    await settle(pilot)


def drive(
    app: PortalApp,
    steps: Callable[[Pilot[None]], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
    *,
    hook: Callable[[Message], None] | None = None,
) -> None:
    """Run the dashboard through some steps; `hook` sees every message."""

    async def run() -> None:
        async with app.run_test(size=size, notifications=True, message_hook=hook) as pilot:
            await settle(pilot)
            await steps(pilot)

    asyncio.run(asyncio.wait_for(run(), 30))


def status(app: PortalApp) -> str:
    """The status line."""
    return str(app.screen.query_one(StatusLine).content)


def told(app: PortalApp) -> str:
    """What the notifications say."""
    return "\n".join(notification.message for notification in app._notifications)


def screen_text(app: PortalApp) -> str:
    """What the screen shows, line by line."""
    width, height = app.size
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in strip)[:width].rstrip() for strip in strips[:height])


def _never_ask() -> str:
    raise AssertionError("the dashboard asked at the terminal")


@pytest.fixture
def caring_vault(settings: Settings) -> Settings:
    """The full vault at a portal that takes everything, with more requests that wait."""
    fill(settings, [*chart()], capability=charts_care.capability(), scope="patient/*.cruds")
    with vault.unlock(settings, PASSPHRASE.encode()) as opened, opened.transaction() as tx:
        charts_care.unsent(tx, 1, appointment("app-3", "Annual physical", "2027-03-15T14:15:00Z", "Dr. O. Example"))
    return settings


@pytest.fixture
def portal() -> Iterator[WritablePortal]:
    with practice() as running:
        yield running


@pytest.fixture
def ready(settings: Settings, portal: WritablePortal) -> Settings:
    signed_in(settings, portal)
    return settings

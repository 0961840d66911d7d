"""Pictures of every screen in every state and at two sizes; each is looked at before it is kept.

`PORTAL_UPDATE_GOLDEN=1 pytest tests/tui/test_pictures.py` takes them anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from store.errors import Unreachable
from tests.support import golden, screens
from tests.tui.conftest import make_app, make_client, press, settle, unlock
from tui.app import PortalApp
from tui.messages import CallFailed
from tui.sections import SECTIONS
from tui.standing import Link
from tui.troubles import describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from store.config import Settings

PICTURES = Path(__file__).parent / "pictures"
SIZES = {"narrow": (80, 24), "wide": (140, 45)}
sizes = pytest.mark.parametrize("size", SIZES)


def pictured(settings: Settings) -> Settings:
    """The same with the place that its settings are at for most, since a screen tells it."""
    return replace(settings, config_file=Path("/home/zephyrine/.config/portal/config.toml"))


def keep(app: PortalApp, name: str) -> None:
    """Compare the screen with its picture."""
    screens.keep_image(app, name)
    golden.check(PICTURES / f"{name}.txt", screens.drawn(app))


def walk(
    settings: Settings, size: str, state: str, prepare: Callable[[Pilot[None], PortalApp], Awaitable[None]]
) -> None:
    """Go through every section and keep its picture."""
    app = make_app(pictured(settings))

    async def run() -> None:
        async with app.run_test(size=SIZES[size], notifications=True) as pilot:
            await unlock(pilot)
            failed = []
            for section in SECTIONS:
                app.clear_notifications()
                app.go(section.name)
                await settle(pilot)
                await prepare(pilot, app)
                await settle(pilot)
                try:
                    keep(app, f"{section.name}-{state}-{size}")
                except AssertionError as error:
                    failed.append(str(error).splitlines()[0])
            assert failed == []

    asyncio.run(asyncio.wait_for(run(), 100))


async def _as_it_is(pilot: Pilot[None], app: PortalApp) -> None:
    del pilot, app


async def _offline(pilot: Pilot[None], app: PortalApp) -> None:
    del pilot
    app.show_link(Link.OFFLINE)


async def _failing(pilot: Pilot[None], app: PortalApp) -> None:
    del pilot
    app.post_message(CallFailed(describe(Unreachable("portal.example", "connection refused"))))


@sizes
def test_pictures_of_filled_screens(full_vault: Settings, size: str) -> None:
    walk(full_vault, size, "filled", _as_it_is)


@sizes
def test_pictures_of_empty_screens(empty_vault: Settings, size: str) -> None:
    walk(empty_vault, size, "empty", _as_it_is)


@sizes
def test_pictures_without_a_connection(full_vault: Settings, size: str) -> None:
    walk(full_vault, size, "offline", _offline)


@sizes
def test_pictures_of_a_trouble(full_vault: Settings, size: str) -> None:
    walk(full_vault, size, "error", _failing)


@sizes
def test_pictures_of_a_locked_vault(full_vault: Settings, size: str) -> None:
    take(full_vault, size, "locked", settle)


@sizes
def test_pictures_of_the_first_run(settings: Settings, size: str) -> None:
    take(settings, size, "welcome", settle)

    async def begin(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)

    take(settings, size, "new-passphrase", begin)


@sizes
def test_pictures_of_a_wrong_passphrase(full_vault: Settings, size: str) -> None:
    async def mistype(pilot: Pilot[None]) -> None:
        await unlock(pilot, "not it")

    take(full_vault, size, "wrong-passphrase", mistype)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("result", ("tab", "tab", "end", "enter")),
        ("trend", ("g", "l", "down", "down", "down", "down", "t")),
        ("go", ("g",)),
        ("help", ("question_mark",)),
        ("record", ("g", "r", "end", "up", "up", "enter")),
        ("records-filter", ("g", "r", "slash", "h", "e", "m", "o")),
        ("records-kind", ("g", "r", "f")),
        ("theme", ("g", "c", "t")),
        ("setting", ("g", "c", "enter")),
        ("recovery-code", ("g", "c", "r")),
        ("sign-out", ("g", "w", "o")),
        ("remove-portal", ("g", "w", "x")),
        ("new-portal", ("g", "w", "n")),
        ("gap", ("g", "s", "enter")),
    ],
)
@sizes
def test_pictures_of_what_is_opened(full_vault: Settings, size: str, name: str, keys: tuple[str, ...]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, *keys)

    take(full_vault, size, name, steps)


def take(settings: Settings, size: str, name: str, steps: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    """Keep the picture of one screen after some steps, with all that may be begun on the first one."""
    app = PortalApp(make_client(pictured(settings)), demo=_not_begun)

    async def run() -> None:
        async with app.run_test(size=SIZES[size], notifications=True) as pilot:
            await steps(pilot)
            keep(app, f"{name}-{size}")

    asyncio.run(asyncio.wait_for(run(), 30))


def _not_begun() -> NoReturn:
    raise AssertionError

"""From no vault to a synced one, in the dashboard: passphrase, recovery code, portal, sign-in, first sync."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from portal_cli.commands.demo import practice
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.vault import keys
from tests.tui.charts import PASSPHRASE
from tests.tui.conftest import screen_text, settle, told
from tui.app import PortalApp
from tui.screens.first_run import CodeScreen, PassphraseScreen, WelcomeScreen
from tui.screens.home import HomeScreen
from tui.screens.sign_in import AddressScreen, BrowserScreen, PasswordScreen, WayScreen
from tui.screens.step import StepScreen
from tui.screens.syncing import SyncingScreen
from tui.screens.unlock import UnlockScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from textual.pilot import Pilot

    from store.config import Settings

_PATIENCE = 600


@pytest.fixture(autouse=True)
def fixed_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the computer: a portal's tokens end by it."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("BROWSER", raising=False)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(port=0)) as served:
        yield served


def first_client(settings: Settings) -> Client:
    return Client(settings, cost=keys.FLOOR)


def drive(app: PortalApp, steps: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with app.run_test(size=(100, 36), notifications=True) as pilot:
            await steps(pilot)

    asyncio.run(asyncio.wait_for(run(), 90))


async def shown(pilot: Pilot[None], kind: type[object]) -> None:
    """Wait for a screen."""
    for _ in range(_PATIENCE):
        if isinstance(pilot.app.screen, kind):
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{kind.__name__} never came, but {pilot.app.screen}")


async def until(pilot: Pilot[None], has_come: Callable[[], bool]) -> None:
    for _ in range(_PATIENCE):
        if has_come():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


async def type_in(pilot: Pilot[None], **values: str) -> None:
    for name, value in values.items():
        pilot.app.screen.query_one(f"#{name}").value = value  # type: ignore[attr-defined]  # an Input
    await pilot.pause()


async def go_on(pilot: Pilot[None]) -> None:
    screen = pilot.app.screen
    assert isinstance(screen, StepScreen)
    screen.go_on(screen.values)
    await pilot.pause()


async def choose_passphrase(pilot: Pilot[None]) -> None:
    """From the welcome to the recovery code that was drawn."""
    await shown(pilot, WelcomeScreen)
    await pilot.press("enter")
    await shown(pilot, PassphraseScreen)
    await type_in(pilot, chosen=PASSPHRASE, again=PASSPHRASE)
    await go_on(pilot)
    await shown(pilot, CodeScreen)


async def make_vault(pilot: Pilot[None]) -> str:
    """From the welcome to the portal; gives the recovery code that was drawn."""
    await choose_passphrase(pilot)
    app = pilot.app
    assert isinstance(app, PortalApp)
    text = screen_text(app)
    groups = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{5}\b", text)
    assert len(groups) == 8
    asked = re.search(r"Type group (\d)", text)
    assert asked is not None
    await type_in(pilot, group="XXXXX")
    await go_on(pilot)
    assert "That is not group" in screen_text(app)
    await type_in(pilot, group=groups[int(asked[1]) - 1].lower())
    await go_on(pilot)
    await shown(pilot, AddressScreen)
    return "-".join(groups)


def test_a_vault_is_made_and_filled_step_by_step_and_its_code_opens_it(settings: Settings, sandbox: Sandbox) -> None:
    client = first_client(settings)
    app = PortalApp(client)
    account = sandbox.sign_ins[0]
    drawn = []

    async def steps(pilot: Pilot[None]) -> None:
        drawn.append(await make_vault(pilot))
        await type_in(pilot, portal=sandbox.base_url)
        await go_on(pilot)
        await shown(pilot, WayScreen)
        await pilot.press("down", "down", "enter")
        await shown(pilot, PasswordScreen)
        await type_in(pilot, username=account.username, password="not it")
        await go_on(pilot)
        await until(pilot, lambda: "✗" in screen_text(app))
        assert app.screen.values["username"] == account.username  # type: ignore[attr-defined]  # a StepScreen
        assert app.focused is not None
        assert app.focused.id == "password"  # what is typed now is not shown
        assert "Esc goes back" in screen_text(app)
        await type_in(pilot, password=account.password)
        await go_on(pilot)
        await shown(pilot, SyncingScreen)
        await until(pilot, lambda: "Synced" in told(app))
        await settle(pilot)
        assert "✓ complete" in screen_text(app)
        await pilot.press("escape")
        await shown(pilot, HomeScreen)

    drive(app, steps)
    with Client(settings, lambda: PASSPHRASE, lambda: "another good horse battery", cost=keys.FLOOR) as again:
        assert sum(again.records.counts().values()) > 20
        assert [slot.type for slot in again.slots.list()] == ["passphrase", "recovery"]
        again.close()
        again.slots.use_code(drawn[0])


def test_one_can_go_back_and_nothing_that_was_typed_is_lost(settings: Settings) -> None:
    app = PortalApp(first_client(settings))

    async def steps(pilot: Pilot[None]) -> None:
        await shown(pilot, WelcomeScreen)
        await pilot.press("enter")
        await shown(pilot, PassphraseScreen)
        await pilot.press("escape")
        await shown(pilot, WelcomeScreen)
        await make_vault(pilot)
        await type_in(pilot, portal="127.0.0.1:9")
        await go_on(pilot)
        await until(pilot, lambda: "✗" in screen_text(app))
        assert app.screen.values["portal"] == "127.0.0.1:9"  # type: ignore[attr-defined]  # a StepScreen
        assert app.focused is not None
        assert app.focused.id == "portal"
        await pilot.press("escape")
        await shown(pilot, WelcomeScreen)
        assert "Your vault is made" in screen_text(app)
        assert "no vault" not in screen_text(app)
        await pilot.press("enter")
        await shown(pilot, AddressScreen)
        await app.run_action("lock")
        await shown(pilot, UnlockScreen)

    drive(app, steps)


def test_who_has_no_paper_goes_on_without_a_code_and_is_told_how_to_make_one(settings: Settings) -> None:
    app = PortalApp(first_client(settings), demo=lambda: first_client(settings))

    async def steps(pilot: Pilot[None]) -> None:
        await choose_passphrase(pilot)
        await pilot.press("escape")
        await shown(pilot, AddressScreen)
        assert "No recovery code was made" in told(app)
        await pilot.press("escape")
        await shown(pilot, WelcomeScreen)
        assert "made-up patients" not in screen_text(app)  # there is a vault to fill
        await pilot.press("enter")
        await shown(pilot, AddressScreen)

    drive(app, steps)


def test_passphrases_that_differ_or_could_be_guessed_make_no_vault(settings: Settings) -> None:
    client = first_client(settings)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await shown(pilot, WelcomeScreen)
        await pilot.press("enter")
        await shown(pilot, PassphraseScreen)
        for chosen, again, words in (
            ("a", "b", "not the same"),
            ("", "", "Type a passphrase"),
            ("hello", "hello", "✗"),
        ):
            await type_in(pilot, chosen=chosen, again=again)
            await go_on(pilot)
            await until(pilot, lambda words=words: words in screen_text(app))  # type: ignore[misc]
        await until(pilot, lambda: "Several words" in screen_text(app))

    drive(app, steps)
    assert not client.has_vault


def test_waiting_for_a_browser_can_be_given_up_and_an_address_pasted(settings: Settings, sandbox: Sandbox) -> None:
    app = PortalApp(first_client(settings))

    async def steps(pilot: Pilot[None]) -> None:
        await make_vault(pilot)
        await type_in(pilot, portal=sandbox.base_url)
        await go_on(pilot)
        await shown(pilot, WayScreen)
        await pilot.press("enter")
        await shown(pilot, BrowserScreen)
        await until(pilot, lambda: "response_type=code" in screen_text(app).replace("\n", ""))
        given_up = app.screen.given_up  # type: ignore[attr-defined]  # a TryScreen
        await type_in(pilot, pasted="http://127.0.0.1/wrong?code=1&state=2")
        await go_on(pilot)
        await until(pilot, lambda: "✗" in screen_text(app))
        await pilot.press("escape")
        await shown(pilot, WayScreen)
        assert given_up.is_set()

    drive(app, steps)


def test_the_demo_is_begun_from_the_first_screen_and_leaves_no_vault(settings: Settings) -> None:
    client = first_client(settings)

    with ExitStack() as stack:
        app = PortalApp(client, demo=lambda: practice(stack))

        async def steps(pilot: Pilot[None]) -> None:
            await shown(pilot, WelcomeScreen)
            await pilot.press("j", "enter")
            await shown(pilot, SyncingScreen)
            await until(pilot, lambda: "Synced" in told(app))
            assert not app.can_lock

        drive(app, steps)
    assert not client.has_vault

"""What the dashboard says of a patient when it fails: nothing, nor in the title of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import on

from store.errors import PortalError
from tests.tui.charts import PASSPHRASE, PATIENT
from tests.tui.conftest import drive, make_app, make_client, settle, told, unlock
from tui.app import PortalApp
from tui.messages import StandingRead
from tui.running import run_dashboard

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from store.events import OnEvent, ShouldStop
    from store.services.sync import SyncReport


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
    async def crash(self: PortalApp, *, mouse: bool) -> None:
        assert mouse
        self.has_crashed = True

    monkeypatch.setattr(PortalApp, "run_async", crash)
    with pytest.raises(PortalError, match="the dashboard stopped"):
        run_dashboard(make_client(full_vault))


def test_the_terminal_title_is_always_the_same(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        assert app.title == "portal"
        assert app.sub_title == ""

    drive(app, steps)

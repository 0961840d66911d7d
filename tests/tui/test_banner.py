"""The banner's two parts at any width: what has no room is cut with a sign, and nothing while room is blank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.records.text import EMPTY, Safe
from store.services.people import Shown
from store.services.portals import PortalSummary
from store.services.status import Status
from tests.tui.conftest import drive, make_app, screen_text, settle, unlock
from tui.widgets.banner import from_where, parts

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings

_NAMES = ("Zephyrine Testperson", "Bartholomew Featherstonehaugh", "Ada Long")


def standing(*portals: str, unread: int = 0, names: tuple[str, ...] = _NAMES[:1]) -> Status:
    known = tuple(_portal(name, names[0]) for name in portals)
    shown = Shown(tuple(map(Safe, names)), EMPTY, is_everybody=True, is_several=len(names) > 1)
    return Status(
        known, None, records=35, unread=unread, next_appointment=None, waiting=0, needs_sign_in=False, shown=shown
    )


def _portal(name: str, patient: str) -> PortalSummary:
    return PortalSummary(Safe(name), EMPTY, Safe("pat-1"), Safe(patient), is_signed_in=True, synced=None, scope=EMPTY)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("unread", [0, 1, 12])
@pytest.mark.parametrize("names", [_NAMES[:1], _NAMES])
@pytest.mark.parametrize("portals", [(), ("hillside",), ("hillside", "riverside-medical-group", "lakeview")])
def test_both_parts_have_room_on_a_line_of_any_width(
    width: int, unread: int, names: tuple[str, ...], portals: tuple[str, ...]
) -> None:
    left, right = parts(standing(*portals, unread=unread, names=names), "Appointments", width)
    assert cell_len(left) + cell_len(right) + (2 if right else 0) <= width - 4
    assert left.endswith("  ·  Appointments")


def test_everybody_is_named_while_there_is_room_for_it() -> None:
    status = standing("hillside", unread=1, names=_NAMES)
    everybody = f"Everybody: {', '.join(_NAMES)}  ·  Messages"
    assert parts(status, "Messages", 120)[0] == everybody
    left, right = parts(status, "Messages", 80)
    assert left == "Everybody: Zephyrine Testperson, Bartho…  ·  Messages"
    assert right == "1 unread  ·  hillside"
    assert parts(status, "Messages", 26)[0] == "Everybody…  ·  Messages"


def test_portals_that_do_not_fit_are_cut_with_a_sign_and_are_not_left_out() -> None:
    status = standing("hillside", "riverside-medical-group", unread=2)
    assert from_where(status, 33) == "2 unread  ·  hillside, riverside…"
    assert from_where(status, 12) == "2 unread"
    assert from_where(standing(), 20) == "no portal yet"


def test_an_empty_list_wraps_what_it_says(empty_vault: Settings) -> None:
    app = make_app(empty_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.go("outbox")
        await settle(pilot)
        assert "Press g, w, then n to sign in to one." in " ".join(screen_text(app).split())

    drive(app, steps, (40, 12))

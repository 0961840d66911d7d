"""Pictures of the screens; each was looked at before it was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.conftest import make_app, settle, unlock

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from store.config import Settings

NARROW, WIDE = (80, 24), (140, 45)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_picture_of_a_filled_home(
    full_vault: Settings, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    assert snap_compare(make_app(full_vault), terminal_size=size, run_before=unlock)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_picture_of_an_empty_home(
    empty_vault: Settings, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    assert snap_compare(make_app(empty_vault), terminal_size=size, run_before=unlock)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_picture_of_a_locked_vault(
    full_vault: Settings, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    assert snap_compare(make_app(full_vault), terminal_size=size, run_before=settle)


def test_picture_of_a_wrong_passphrase(full_vault: Settings, snap_compare: Callable[..., bool]) -> None:
    async def mistype(pilot: Pilot[None]) -> None:
        await unlock(pilot, "not it")

    assert snap_compare(make_app(full_vault), terminal_size=NARROW, run_before=mistype)


def test_picture_of_a_result(full_vault: Settings, snap_compare: Callable[..., bool]) -> None:
    async def open_result(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("tab", "tab", "end", "enter")
        await settle(pilot)

    assert snap_compare(make_app(full_vault), terminal_size=NARROW, run_before=open_result)

"""Syncing again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import PortalError, SessionEnded, SignInNeeded
from store.services import watch
from store.services.sync import How
from store.vault import sessions
from tests.support.hostile import ScriptedPortal, resource
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from store.services.sync import SyncReport


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def read(self) -> float:
        return self.now


def watching(client: Client, clock: Clock, every: float = 900.0) -> Iterator[SyncReport | PortalError]:
    return watch.watch(client, None, How(), every, sleep=clock.sleep, clock=clock.read)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 720.0), (0.5, 900.0), (1.0, 1080.0)])
def test_pauses_differ_by_a_fifth_either_way(chance: float, seconds: float) -> None:
    assert watch.pause(900.0, lambda: chance) == pytest.approx(seconds)


def test_each_round_fetches_what_is_new_after_a_pause(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    clock = Clock()
    rounds = watching(client, clock)
    next(rounds)
    portal.add(resource("Goal", "g"))
    found = next(rounds)
    assert not isinstance(found, PortalError)
    assert found.changed == 1
    assert 720 <= clock.now <= 1080
    assert max(clock.slept) <= 1.0


def test_a_portal_that_is_down_is_tried_again(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    rounds = watching(client, Clock())
    portal.behaviours["GET /fhir/"] = HANG_UP
    assert isinstance(next(rounds), PortalError)
    portal.behaviours.clear()
    assert not isinstance(next(rounds), PortalError)


def test_it_ends_when_nobody_is_signed_in(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    rounds = watching(client, Clock())
    next(rounds)
    portal.accepted.clear()
    portal.refuses_refresh = True
    with pytest.raises(SignInNeeded):
        next(rounds)


def test_it_ends_when_the_vault_is_locked_elsewhere(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    clock = Clock()
    rounds = watching(client, clock)
    next(rounds)
    sessions.end_all(client.settings, client.vault.id)
    with pytest.raises(SessionEnded):
        next(rounds)
    assert not client.is_unlocked

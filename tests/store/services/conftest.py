"""A portal that does as it is told, and retries without pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.caring import CaringPortal, sign_in_for
from tests.support.hostile import ScriptedPortal
from tests.support.waiting import no_pauses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with no_pauses():
        yield


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running


@pytest.fixture
def caring() -> Iterator[CaringPortal]:
    with CaringPortal() as running:
        yield running


@pytest.fixture
def both(client: Client, caring: CaringPortal) -> Client:
    """A vault with the mother's own chart and that of her child."""
    sign_in_for(client, caring, "self", "own")
    client.sync.run("own")
    sign_in_for(client, caring, "Ben", "child")
    client.sync.run("child")
    return client

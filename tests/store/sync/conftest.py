"""A portal that does as it is told, and retries without pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.hostile import ScriptedPortal
from tests.support.waiting import no_pauses

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with no_pauses():
        yield


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running

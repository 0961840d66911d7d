"""A portal that does as it is told, another server, and a home that is signed in to the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.portal_cli.conftest import Home, new_home
from tests.support.hostile import ScriptedPortal
from tests.support.hostility import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        for bodies in GOOD.values():
            running.add(*bodies)
        yield running


@pytest.fixture
def elsewhere() -> Iterator[ScriptedPortal]:
    """Another server, which records all that reaches it."""
    with ScriptedPortal() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, portal: ScriptedPortal) -> Home:
    made = new_home(tmp_path)
    made.sign_in(portal.base_url)
    return made

"""A practice that decides when it is told to, and somebody at home with it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxError, SandboxOptions
from tests.portal_cli.conftest import Home, at_home
from tests.support.witness import unjudged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_AS_NEW = 15 * 60  # seconds
_QUIET = 3600  # seconds in which the clinic does nothing by itself
_JOURNAL, _ADA = "practice", "ada"


@dataclass(frozen=True)
class Begun:
    """A practice and a home in step with it, as they were left: any number of tests go on with copies of them."""

    folder: Path
    base_url: str
    at: float

    @property
    def is_new(self) -> bool:
        return time.monotonic() - self.at < _AS_NEW

    def practice(self, folder: Path) -> Sandbox:
        """The same practice again, with all that it knew, at its address. Raises SandboxError where that is taken."""
        journal = folder / _JOURNAL
        shutil.copy(self.folder / _JOURNAL, journal)
        return Sandbox(SandboxOptions(clinic_delay=_QUIET, file=journal, port=urlsplit(self.base_url).port or 0))


@pytest.fixture(scope="session")
def begin(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Begun]:
    """Gives a practice and its home, begun a moment ago: to sign in and to sync takes longer than most tests."""
    made: list[Begun] = []

    def begun() -> Begun:
        if not made or not made[-1].is_new:
            folder, at = tmp_path_factory.mktemp("begun"), time.monotonic()
            with Sandbox(SandboxOptions(clinic_delay=_QUIET, file=folder / _JOURNAL)) as running:
                at_home(folder / _ADA, running)
                made.append(Begun(folder, running.base_url, at))
        return made[-1]

    return begun


@pytest.fixture
def practice(request: pytest.FixtureRequest, tmp_path: Path, begin: Callable[[], Begun]) -> Iterator[Sandbox]:
    """A sandbox whose clinic does nothing by itself; where somebody is at home with it, both were begun before."""
    if _ADA in request.fixturenames:
        try:
            with begin().practice(tmp_path) as running:
                yield running
                return
        except SandboxError:  # somebody else has got its port meanwhile
            pass
    with Sandbox(SandboxOptions(clinic_delay=_QUIET)) as running:
        yield running


@pytest.fixture
def odd_practice() -> Iterator[Sandbox]:
    """The same, for records with elements that FHIR does not have: nothing holds it to FHIR."""
    with unjudged(Sandbox(SandboxOptions(clinic_delay=_QUIET))) as running:
        yield running


@pytest.fixture
def ada(practice: Sandbox, tmp_path: Path, begin: Callable[[], Begun]) -> Home:
    """A home in step with that practice, of its first patient."""
    folder, begun = tmp_path / _ADA, begin()
    if practice.base_url != begun.base_url:
        return at_home(folder, practice)
    shutil.copytree(begun.folder / _ADA, folder)
    return Home(folder)

"""A practice that decides when it is told to, and somebody at home with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home
from tests.support.witness import unjudged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def practice() -> Iterator[Sandbox]:
    """A sandbox whose clinic does nothing by itself."""
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


@pytest.fixture
def odd_practice() -> Iterator[Sandbox]:
    """The same, for records with elements that FHIR does not have: nothing holds it to FHIR."""
    with unjudged(Sandbox(SandboxOptions(clinic_delay=3600))) as running:
        yield running


@pytest.fixture
def ada(practice: Sandbox, tmp_path: Path) -> Home:
    """A home in step with that practice, of its first patient."""
    return at_home(tmp_path / "ada", practice)

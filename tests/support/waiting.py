"""Retries without pauses, for tests of a portal that is busy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import stamina

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_pauses() -> Iterator[None]:
    """Ask again as often as ever, but at once."""
    stamina.set_testing(True, attempts=9, cap=True)
    try:
        yield
    finally:
        stamina.set_testing(False)

"""Actions of the screens for looking after it all: the vault, portals, people, syncs, audit, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.actions.action import Action

KEEPING: tuple[Action, ...] = ()

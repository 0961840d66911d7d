"""Actions of the screens for acting: appointments, medications, refills, reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.actions.action import Action

CARE: tuple[Action, ...] = ()

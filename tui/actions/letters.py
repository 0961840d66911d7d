"""Actions of the screens for writing and keeping details right: messages, profile, insurance, the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.actions.action import Action

LETTERS: tuple[Action, ...] = ()

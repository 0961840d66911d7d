"""Locking: by a key, when nobody is there, and because it was locked elsewhere; nothing of the patient is left then."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from tui import messages
from tui.conduct import Conduct

if TYPE_CHECKING:
    from tui.idle import IdleWatch

_COUNTDOWN_SECONDS = 60
_WARNED_EVERY = 10  # seconds, above a form or a question that hides the line with the countdown


class Locking(Conduct):
    """What locks the dashboard, and what it says before."""

    _idle: IdleWatch
    _left: str

    async def lock_when_idle(self) -> None:
        """Lock a vault that has been left alone, and count down before."""
        if not self.check_action("lock", ()):
            return
        left = self._idle.left
        locks_in = math.ceil(left) if left <= _COUNTDOWN_SECONDS else None
        if not left:
            await self.action_lock()
        elif locks_in != self.standing.locks_in:
            before = self.standing.locks_in
            self.standing = replace(self.standing, locks_in=locks_in)
            self.tell()
            if locks_in is not None and (before is None or before // _WARNED_EVERY != locks_in // _WARNED_EVERY):
                self._warn_above(locks_in)

    def _warn_above(self, locks_in: int) -> None:
        """Say it in a notice where something hides the line that counts down."""
        if self.screen not in self.sections:
            warning = f"This locks in {locks_in} seconds. Any key keeps it open."
            self.notify(warning, severity="warning", timeout=_WARNED_EVERY / 2, markup=False)

    @on(messages.LockedElsewhere)
    async def lock_too(self) -> None:
        """Lock, because `portal lock` was called in another terminal."""
        if self._is_open:
            await self._lock("`portal lock` has locked it.")

    async def action_lock(self) -> None:
        """Hide everything, then close the vault."""
        await self._lock()

    def action_stay(self) -> None:
        """Say why it does not go to the background, as a key asks of other programs."""
        self.notify(
            "It stays here: in the background it could not lock itself. Ctrl+L locks it, Ctrl+Q leaves.", markup=False
        )

    async def _lock(self, why: str = "") -> None:
        from tui.screens.unlock import UnlockScreen  # noqa: PLC0415 - after the first screen was painted

        self._left = next((screen.NAME for screen in self.sections), self._left)
        self._is_open = False
        self.standing = self.standing.forgotten()
        self._clipboard = ""  # Textual's own, of what was marked with the mouse and copied
        self.clear_notifications()
        while self.screen_stack[2:]:  # below lie Textual's own empty screen and one of ours
            await self.pop_screen()
        # Textual's screen is never bared: it would keep what the screen above it had still asked to be done
        await self.switch_screen(UnlockScreen(why))
        self.calls.lock()

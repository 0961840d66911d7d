"""The status line: connection, age of the data, what waits and what is needed, always in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tui import words
from tui.standing import Link

if TYPE_CHECKING:
    from tui.standing import Progress, Standing


_AROUND = 4  # cells at both ends, as in app.tcss


def link_words(link: Link, progress: Progress) -> str:
    """The state of the connection, with how far a sync has come."""
    match link:
        case Link.UNTRIED:
            return "○ No sync since start"
        case Link.ONLINE:
            return "● Online"
        case Link.OFFLINE:
            return "○ Offline"
        case Link.STOPPING:
            return "↻ Stopping the sync"
        case Link.SYNCING:
            if not progress.planned:
                return "↻ Syncing"
            return f"↻ Syncing {progress.done} of {progress.planned}, {words.count(progress.received, 'record')}"
        case _ as never:
            assert_never(never)


def status_words(standing: Standing, now: float) -> list[str]:
    """What is needed, where anything is, so that no narrow screen cuts it off; then the age of the data, what waits."""
    status = standing.status
    if status is None:
        return []
    found = [f"! disk full, {words.count(standing.unnoted, 'audit line')} waiting"] if standing.unnoted else []
    if status.conflicts:
        found.append(f"! {status.conflicts} needs you" if status.conflicts == 1 else f"! {status.conflicts} need you")
    if status.proposals:
        found.append(f"! {words.count(status.proposals, 'proposed time')}")
    if status.needs_sign_in:
        found.append("! sign-in needed")
    if not status.portals:
        return [*found, "no portal yet"]
    found.append(f"updated {words.age(status.synced, now)}" if status.synced else "never updated")
    if status.waiting:
        found.append(f"{status.waiting} to send")
    return found


class StatusLine(Static):
    """One line at the bottom of a screen."""

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, standing: Standing, now: float) -> None:
        """Show where things stand."""
        parts = [link_words(standing.link, standing.progress), *status_words(standing, now)]
        if standing.locks_in is not None:
            parts.insert(0, f"! locks in {standing.locks_in} s; any key stays")
        status = standing.status
        is_asking = standing.unnoted > 0 or (status is not None and status.asks)
        self.set_class(standing.locks_in is not None or is_asking or standing.link is Link.OFFLINE, "-attention")
        said = "  ·  ".join(parts)
        self.update(Content(said if cell_len(said) <= self.app.size.width - _AROUND else " · ".join(parts)))

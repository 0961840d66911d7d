"""The status line: connection, age of the data, what waits and what is needed, always in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from textual.content import Content
from textual.widgets import Static

from store import events
from tui import words

if TYPE_CHECKING:
    from store.events import Event
    from tui.rows import HomeView


class Link(Enum):
    """What is known of the way to the portals."""

    UNTRIED = auto()
    ONLINE = auto()
    OFFLINE = auto()
    SYNCING = auto()
    STOPPING = auto()


@dataclass(frozen=True)
class Progress:
    """How far a sync has come: searches done of those planned, and records received."""

    planned: int = 0
    done: int = 0
    received: int = 0

    def after(self, event: Event) -> Progress:
        """The progress after one more event."""
        if isinstance(event, events.SyncStarted):
            return replace(self, planned=self.planned + event.queries)
        if isinstance(event, events.QueryDone):
            return replace(self, done=self.done + 1)
        if isinstance(event, events.PageStored):
            return replace(self, received=self.received + event.received)
        return self


def link_words(link: Link, progress: Progress) -> str:
    """The state of the connection, with how far a sync has come."""
    match link:
        case Link.UNTRIED:
            return "○ Not connected yet"
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


def view_words(view: HomeView, now: float) -> list[str]:
    """Age of the data, then what waits and what is needed, the latter only where it is so.

    A disk that refuses comes first, so that no narrow screen cuts it off.
    """
    status = view.home.status
    found = [f"! disk full, {words.count(view.unnoted, 'audit line')} waiting"] if view.unnoted else []
    found.append(f"updated {words.age(status.synced, now)}" if status.synced else "never updated")
    if status.waiting:
        found.append(f"{status.waiting} waiting to send")
    if status.needs_sign_in:
        found.append("! sign-in needed")
    return found


class StatusLine(Static):
    """One line at the bottom of the home."""

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, link: Link, progress: Progress, view: HomeView | None, now: float) -> None:
        """Show where things stand."""
        parts = [link_words(link, progress), *(view_words(view, now) if view else [])]
        is_asking = view is not None and (view.unnoted > 0 or view.home.status.needs_sign_in)
        self.set_class(is_asking or link is Link.OFFLINE, "-attention")
        self.update(Content("  ·  ".join(parts)))

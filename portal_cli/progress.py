"""How a sync gets on, on stderr: a bar on a terminal once it takes long enough, nothing in a pipe."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING

from portal_cli import accessible, diagnostics, everywhere, log_file
from store.events import Answered, AttachmentDone, PageStored, QueryDone, RequestSent, SyncStarted, ignore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from store.events import Event, OnEvent

_PATIENCE_SECONDS = 0.5
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


@contextmanager
def shown(how: str = "bar") -> Iterator[OnEvent]:
    """What to hand to a sync as `on_event`; the bar is gone when the block ends.

    `how` is `bar`, `json` (a line of JSON on stderr for each event) or `none`. With `--debug` every answer of a portal
    is told, too.
    """
    if how == "json" or diagnostics.is_debugging():
        yield _logged(_tell)
        return
    if everywhere.now().verbose:
        yield _logged(_tell_in_words)
        return
    if how == "none" or not sys.stderr.isatty():
        yield _logged(ignore)
        return
    if accessible.is_on():
        diagnostics.note("Working.")
        yield _logged(ignore)
        diagnostics.note("Done.")
        return
    bar = _Bar()
    try:
        yield _logged(bar.take)
    finally:
        bar.end()


def _logged(tell: OnEvent) -> OnEvent:
    """The same, noted in the log as well where there is one."""
    if not everywhere.now().log_file:
        return tell

    def both(event: Event) -> None:
        name, values = _facts(event)
        log_file.note(name, **values)
        tell(event)

    return both


def _tell_in_words(event: Event) -> None:
    if isinstance(event, PageStored):
        diagnostics.detail(f"{event.type}: {event.received} received, {event.changed} new or changed")
    elif isinstance(event, QueryDone) and event.error is not None:
        diagnostics.detail(f"{event.type}: failed or not offered")
    elif isinstance(event, Answered):
        diagnostics.detail(f"{event.method} {event.what}: {event.status}, {event.size:,} bytes, {event.seconds:.2f} s")


def _tell(event: Event) -> None:
    """Tell of an event in one line of JSON."""
    if isinstance(event, Answered) and not diagnostics.is_debugging():
        return
    name, values = _facts(event)
    diagnostics.note(json.dumps({"event": name, **values}))


def _facts(event: Event) -> tuple[str, dict[str, object]]:
    """An event by its name, with names, counts and ids, and nothing that a record says."""
    name = _WORD_START.sub("-", type(event).__name__).lower()
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    if isinstance(event, RequestSent):
        values.pop("title")  # the name of a medicine, or of whom a message is for
    if isinstance(event, QueryDone | AttachmentDone):
        values["error"] = event.error is not None  # the portal's own words
    if isinstance(event, Answered):
        values["seconds"] = round(event.seconds, 3)
    return name, values


class _Bar:
    """The bar of one sync; it is drawn when events still come after half a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._planned = 0
        self._done = 0
        self._records = 0
        self._attachments = 0
        self._portal = ""
        self._drawn: Progress | None = None

    def take(self, event: Event) -> None:
        with self._lock:
            self._count(event)
            if time.monotonic() - self._began > _PATIENCE_SECONDS:
                self._draw()

    def _count(self, event: Event) -> None:
        if isinstance(event, SyncStarted):
            self._portal, self._planned = event.portal, self._planned + event.queries
        elif isinstance(event, QueryDone):
            self._done += 1
        elif isinstance(event, PageStored):
            self._records += event.received
        elif isinstance(event, AttachmentDone):
            self._portal, self._planned, self._done = event.portal, event.planned, event.done
            self._attachments = event.done

    def end(self) -> None:
        if self._drawn:
            self._drawn.stop()

    def _draw(self) -> None:
        if self._drawn is None:
            self._drawn = _new_progress()
            self._drawn.add_task("")
            self._drawn.start()
        attached = f", {self._attachments} attachments" if self._attachments else ""
        words = f"{self._portal}  {self._records} records{attached}"
        self._drawn.update(self._drawn.task_ids[0], total=self._planned, completed=self._done, description=words)


def _new_progress() -> Progress:
    # Deferred: only a sync that takes long draws a bar.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

    console = Console(file=sys.stderr, highlight=False)
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=console, transient=True)

"""The one door to the services: calls run in threads, and results and errors come back as messages."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from store.errors import PortalError, VaultLocked
from tui import messages, troubles
from tui.nouns import LIMIT
from tui.rows import HomeView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.message import Message

    from store.client import Client
    from store.events import Event
    from store.services.sync import SyncReport
    from tui.nouns import Noun
    from tui.troubles import Trouble


class Calls:
    """Runs service calls one after another, and a sync beside them.

    Closing the vault waits for both, since a thread cannot be taken away from what it is doing; opening waits for
    closing.
    """

    def __init__(self, app: App[None], client: Client) -> None:
        self._app = app
        self._client = client
        self._reading = threading.Lock()
        self._syncing = threading.Lock()
        self._stop = threading.Event()
        self._closed = threading.Event()
        self._closed.set()

    def unlock(self, typed: str | None) -> None:
        """Open the vault with what was typed, or by the passphrase file or command. Reports Opened or OpenFailed."""
        self._run("vault", partial(self._unlock, typed), messages.OpenFailed)

    def lock(self) -> None:
        """Stop what runs, then close the vault. Reports Closed."""
        self._closed.clear()
        self._stop.set()
        self._run("close", self._lock, messages.CallFailed)

    def read_home(self) -> None:
        """Read what the home shows. Reports HomeRead or CallFailed."""
        self._run("home", self._read_home, messages.CallFailed)

    def read(self, noun: Noun, key: str, now: float) -> None:
        """Read one record. Reports RecordRead or CallFailed."""
        self._run("record", partial(self._read, noun, key, now), messages.CallFailed)

    def sync(self) -> None:
        """Bring the vault in step with its portals. Reports SyncProgressed, and SyncEnded once."""
        self._stop.clear()
        self._run("sync", self._sync, lambda trouble: self._sync_ended(None, trouble))

    def stop_sync(self) -> None:
        """Ask a running sync to stop at its next step."""
        self._stop.set()

    def _run(self, group: str, call: Callable[[], Message], failed: Callable[[Trouble], Message]) -> None:
        work = partial(self._guarded, call, failed)
        self._app.run_worker(work, group=group, thread=True, exclusive=True, exit_on_error=False)

    def _guarded(self, call: Callable[[], Message], failed: Callable[[Trouble], Message]) -> None:
        try:
            message = call()
        except PortalError as error:
            message = failed(troubles.describe(error))
        except Exception as error:  # noqa: BLE001 - a mistake in a service must not take the screen down with it
            message = failed(troubles.unexpected(error))
        self._app.post_message(message)

    def _unlock(self, typed: str | None) -> Message:
        self._closed.wait()
        with self._reading:
            self._client.unlock(typed)
        return messages.Opened()

    def _lock(self) -> Message:
        with self._reading, self._syncing:
            self._client.close()
        self._closed.set()
        return messages.Closed()

    def _read_home(self) -> Message:
        with self._reading:
            self._check_open()
            home = self._client.overview.home(LIMIT)
            medications = self._client.medications.list(limit=LIMIT).items
        return messages.HomeRead(HomeView(home, medications))

    def _read(self, noun: Noun, key: str, now: float) -> Message:
        with self._reading:
            self._check_open()
            return messages.RecordRead(noun.read(self._client, key, now))

    def _sync(self) -> Message:
        with self._syncing:
            self._check_open()
            report = self._client.sync.run(on_event=self._progress, should_stop=self._stop.is_set)
        return self._sync_ended(report, None)

    def _sync_ended(self, report: SyncReport | None, trouble: Trouble | None) -> messages.SyncEnded:
        return messages.SyncEnded(report, trouble, is_stopped=self._stop.is_set())

    def _progress(self, event: Event) -> None:
        self._app.post_message(messages.SyncProgressed(event))

    def _check_open(self) -> None:
        """Raise VaultLocked rather than let the client ask for a passphrase on a terminal that the screen owns."""
        if not self._client.is_unlocked:
            raise VaultLocked

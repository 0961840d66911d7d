"""The one door to the services: calls run in threads, and results and errors come back as messages."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from store.errors import KeychainFailed, PortalError, VaultLocked
from store.events import Answered, AskedAgain
from tui import messages, troubles
from tui.nouns import LIMIT
from tui.rows import HomeView

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from textual.app import App
    from textual.message import Message
    from textual.worker import WorkType

    from store.client import Client
    from store.events import Event
    from store.services.sync import SyncReport
    from tui.nouns import Noun
    from tui.troubles import Trouble

    Call: TypeAlias = Callable[[], Message | None]
    Failed: TypeAlias = Callable[[Trouble], Message | None]


class Calls:
    """Runs service calls one after another in one thread, and a sync beside them in another.

    The vault gives each thread a connection, and a connection is told of every write but its own. Since all reading
    is done through one, the lines that reading adds to the audit trail are no news to it. Closing the vault waits for
    a sync to end, since a thread cannot be taken away from what it is doing.
    """

    def __init__(self, app: App[None], client: Client) -> None:
        self._app = app
        self._client = client
        self._reader = ThreadPoolExecutor(1, "reader")
        self._syncing = threading.Lock()
        self._stop = threading.Event()
        self._seen: tuple[int, int] | None = None
        self._told: set[Trouble] = set()

    def open(self) -> None:
        """Open the vault if it opens by itself. Reports Opened, PassphraseNeeded or OpenFailed."""
        self._run("vault", self._open, messages.OpenFailed)

    def unlock(self, typed: str) -> None:
        """Open the vault with what was typed. Reports Opened or OpenFailed."""
        self._run("vault", partial(self._unlock, typed), messages.OpenFailed)

    def lock(self) -> None:
        """Stop what runs, then close the vault. Reports Closed or CloseFailed."""
        self._stop.set()
        self._run("close", self._lock, messages.CloseFailed)

    def look(self) -> None:
        """Look whether anybody else has written to the vault or ended its sessions, and read the home anew if so.

        Reports HomeRead, LockedElsewhere or nothing, and CallFailed once for each trouble: the next look is soon.
        """
        self._run("look", self._look, self._look_failed)

    def read_home(self) -> None:
        """Read what the home shows. Reports HomeRead or CallFailed."""
        self._run("home", self._read_home, messages.CallFailed)

    def read(self, noun: Noun, key: str, now: float, portal: str = "") -> None:
        """Read one record, of the connection `portal`. Reports RecordRead or CallFailed."""
        self._run("record", partial(self._read, noun, key, now, portal), messages.CallFailed)

    def read_people(self) -> None:
        """Read whose records the vault holds. Reports PeopleRead or CallFailed."""
        self._run("people", self._read_people, messages.CallFailed)

    def switch(self, person: str | None) -> None:
        """Show one person's records from now on, or with None everybody's. Reports HomeRead or CallFailed."""
        self._run("home", partial(self._switch, person), messages.CallFailed)

    def sync(self) -> None:
        """Bring the vault in step with its portals. Reports SyncProgressed, and SyncEnded once."""
        self._stop.clear()
        work = partial(self._guarded, self._sync, lambda trouble: self._sync_ended(None, trouble))
        self._app.run_worker(work, group="sync", thread=True, exclusive=True, exit_on_error=False)

    def stop_sync(self) -> None:
        """Ask a running sync to stop at its next step."""
        self._stop.set()

    async def end(self) -> None:
        """Stop what runs and wait for it; nothing can be called after that."""
        self._stop.set()
        await asyncio.to_thread(self._reader.shutdown, cancel_futures=True)

    def _run(self, group: str, call: Call, failed: Failed) -> None:
        work: WorkType[None] = partial(self._in_turn, partial(self._guarded, call, failed))
        self._app.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _in_turn(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._reader, work)

    def _guarded(self, call: Call, failed: Failed) -> None:
        try:
            message = call()
        except PortalError as error:
            message = failed(troubles.describe(error))
        except Exception as error:  # noqa: BLE001 - a mistake in a service must not take the screen down with it
            message = failed(troubles.unexpected(error))
        if message is not None:
            self._app.post_message(message)

    def _open(self) -> Message:
        if not self._client.opens_by_itself:
            return messages.PassphraseNeeded(None)
        try:
            self._client.unlock()
        except (VaultLocked, KeychainFailed) as error:
            return messages.PassphraseNeeded(troubles.describe(self._client.keychain_trouble or error))
        return self._opened()

    def _unlock(self, typed: str) -> Message:
        self._client.unlock(typed)
        return self._opened()

    def _opened(self) -> Message:
        self._seen = None
        self._told.clear()
        return messages.Opened()

    def _lock(self) -> Message:
        with self._syncing:
            self._client.close()
        return messages.Closed()

    def _look(self) -> Message | None:
        if not self._client.is_unlocked:
            return None
        if self._client.is_ended_elsewhere:
            return messages.LockedElsewhere()
        return None if self._state() == self._seen else self._read_home()

    def _look_failed(self, trouble: Trouble) -> Message | None:
        if trouble in self._told:
            return None
        self._told.add(trouble)
        return messages.CallFailed(trouble)

    def _state(self) -> tuple[int, int]:
        """What is another value when the home has to be read anew. To be asked in the reading thread only."""
        return self._client.vault.changes(), self._client.unnoted

    def _read_home(self) -> Message:
        self._check_open()
        state = self._state()  # first: what is written while the home is read is seen by the next look
        home = self._client.overview.home(LIMIT)
        medications = self._client.medications.list(limit=LIMIT).items
        self._seen = state
        return messages.HomeRead(HomeView(home, medications, self._client.unnoted))

    def _read(self, noun: Noun, key: str, now: float, portal: str) -> Message:
        self._check_open()
        with self._client.scope.only(portal):  # two patients may have records of one id
            return messages.RecordRead(noun.read(self._client, key, now))

    def _read_people(self) -> Message:
        self._check_open()
        return messages.PeopleRead(self._client.people.list())

    def _switch(self, person: str | None) -> Message:
        self._check_open()
        self._client.people.switch(person)
        return self._read_home()

    def _sync(self) -> Message:
        with self._syncing:
            self._check_open()
            report = self._client.sync.run(on_event=self._progress, should_stop=self._stop.is_set)
        return self._sync_ended(report, None)

    def _sync_ended(self, report: SyncReport | None, trouble: Trouble | None) -> messages.SyncEnded:
        return messages.SyncEnded(report, trouble, is_stopped=self._stop.is_set())

    def _progress(self, event: Event) -> None:
        if not isinstance(event, Answered | AskedAgain):  # there are many, and the screen says nothing of them
            self._app.post_message(messages.SyncProgressed(event))

    def _check_open(self) -> None:
        """Raise VaultLocked rather than let the client ask for a passphrase on a terminal that the screen owns."""
        if not self._client.is_unlocked:
            raise VaultLocked

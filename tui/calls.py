"""The one door to the services: calls run in threads, and what they return comes back to the screen that asked."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Generic, TypeVar

from store.errors import KeychainFailed, PortalError, VaultLocked
from store.events import Answered, AskedAgain
from store.light import dataclass
from tui import messages, troubles
from tui.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from textual.app import App
    from textual.dom import DOMNode
    from textual.message import Message
    from textual.worker import WorkType

    from store.client import Client
    from store.events import Event
    from store.services.sync import SyncReport

    Call: TypeAlias = Callable[[], Message | None]
    Failed: TypeAlias = Callable[[Trouble], Message | None]
    Told: TypeAlias = Callable[[Trouble], object]

T = TypeVar("T")


CHOICE = "choice"
"""The group of what is read for a choice: a list that is read anew meanwhile neither ends it nor is ended by it."""


@dataclass(frozen=True)
class Asked:
    """How a call is made: for which connection alone (empty: all that are meant), and of which group of its screen.

    A later call of a group takes the place of one that has not come back. Only what `needs_vault` is refused while
    the vault is locked.
    """

    portal: str = ""
    group: str = "read"
    needs_vault: bool = True


@dataclass(frozen=True)
class _Hands(Generic[T]):
    """Who takes what came of a call: `then` or `failed`, while who asked is there, and a trouble `otherwise` after."""

    owner: DOMNode
    then: Callable[[T], object]
    failed: Told
    otherwise: Told | None = None

    async def take(self, outcome: T | Trouble) -> None:
        """Hand over what came of it."""
        is_asker_there = is_there(self.owner)
        handed: object = None
        if isinstance(outcome, Trouble):
            if taker := self.failed if is_asker_there else self.otherwise:
                handed = taker(outcome)
        elif is_asker_there:
            handed = self.then(outcome)
        if isawaitable(handed):
            await handed


class Calls:
    """Runs what reads one after another in one thread, what writes in another, and a sync in a third.

    The vault gives each thread a connection, and a connection is told of every write but its own. Since all reading
    is done through one, the lines that reading adds to the audit trail are no news to it. Closing the vault waits for
    what writes and for a sync to end, since a thread cannot be taken away from what it is doing.
    """

    def __init__(self, app: App[None], client: Client) -> None:
        self._app = app
        self._client = client
        self._reader = ThreadPoolExecutor(1, "reader")
        self._writer = ThreadPoolExecutor(1, "writer")
        self._syncing = threading.Lock()
        self._stop = threading.Event()
        self._seen: tuple[int, int] | None = None
        self._told: set[Trouble] = set()

    def ask(
        self,
        owner: DOMNode,
        call: Callable[[Client], T],
        then: Callable[[T], object],
        failed: Told | None = None,
        asked: Asked = Asked(),  # noqa: B008 - a frozen value
    ) -> None:
        """Read something for a screen or a widget, and hand it to `then` unless that is gone by then.

        Either may be a coroutine function. A trouble goes to `failed`, and without one it is told in a notice. What is
        read here has to be quick: the next question waits for it.
        """
        read = partial(self._read, call, asked)
        hands = _Hands(owner, then, failed or self._tell)
        work: WorkType[None] = partial(self._asked, self._reader, read, hands)
        owner.run_worker(work, group=asked.group, exclusive=True)

    def do(
        self,
        owner: DOMNode,
        call: Callable[[Client], T],
        then: Callable[[T], object],
        failed: Told | None = None,
        asked: Asked = Asked(),  # noqa: B008 - a frozen value
    ) -> None:
        """Write something, or speak to a portal, and hand what came of it to `then`.

        It is done whether or not who asked is still there; only `then` is left out then, while a trouble is told.
        """
        write = partial(self._read, call, asked)
        hands = _Hands(owner, then, failed or self._tell, otherwise=self._tell)
        writing = self._writer.submit(_caught, write)  # at once: whoever locks or leaves next finds it in its turn
        work: WorkType[None] = partial(self._written, writing, hands)
        self._app.run_worker(work, group="write")

    def talk(
        self, owner: DOMNode, call: Callable[[Client], T], then: Callable[[T], object], failed: Told | None = None
    ) -> None:
        """Do what may wait long for a person or a portal, in a thread of its own, and hand what came of it to `then`.

        Nothing waits for it: once its owner is gone, whatever comes of it is dropped. The call has to end by itself.
        """
        hands = _Hands(owner, then, failed or self._tell)
        work: WorkType[None] = partial(self._talked, partial(call, self._client), hands)
        owner.run_worker(work, group="talk", exclusive=True)

    def open(self) -> None:
        """Open the vault if it opens by itself. Reports Opened, PassphraseNeeded or OpenFailed."""
        self._run("vault", self._open, messages.OpenFailed)

    def unlock(self, typed: str) -> None:
        """Open the vault with what was typed. Reports Opened or OpenFailed."""
        self._run("vault", partial(self._unlock, typed), messages.OpenFailed)

    def recover(self, code: str, chosen: str) -> None:
        """Open the vault with its recovery code, and give it a new passphrase. Reports Opened or OpenFailed."""
        self._run("vault", partial(self._recover, code, chosen), messages.OpenFailed)

    def lock(self) -> None:
        """Stop what runs, then close the vault. Reports Closed or CloseFailed."""
        self._stop.set()
        self._run("close", self._lock, messages.CloseFailed)

    def look(self) -> None:
        """Look whether anybody else has written to the vault or ended its sessions, and how things stand if so.

        Reports StandingRead, LockedElsewhere or nothing, and CallFailed once for each trouble: the next look is soon.
        """
        self._run("look", self._look, self._look_failed)

    def read_standing(self) -> None:
        """Read how things stand. Reports StandingRead or CallFailed."""
        self._run("standing", self._read_standing, messages.CallFailed)

    def sync(self, *, full: bool = False) -> None:
        """Bring the vault in step with its portals, and with `full` ask for everything again.

        Reports SyncProgressed, and SyncEnded once.
        """
        self._stop.clear()
        work = partial(self._guarded, partial(self._sync, full=full), lambda trouble: self._sync_ended(None, trouble))
        self._app.run_worker(work, group="sync", thread=True, exclusive=True, exit_on_error=False)

    def stop_sync(self) -> None:
        """Ask a running sync to stop at its next step."""
        self._stop.set()

    async def end(self) -> None:
        """Stop what reads and syncs, and wait for it and for all that is to be written; nothing can be called then."""
        self._stop.set()
        await asyncio.to_thread(self._reader.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._writer.shutdown)

    async def _asked(self, thread: ThreadPoolExecutor, call: Callable[[], T], hands: _Hands[T]) -> None:
        await hands.take(await asyncio.get_running_loop().run_in_executor(thread, _caught, call))

    async def _written(self, writing: Future[T | Trouble], hands: _Hands[T]) -> None:
        await hands.take(await asyncio.shield(asyncio.wrap_future(writing)))

    async def _talked(self, call: Callable[[], T], hands: _Hands[T]) -> None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T | Trouble] = loop.create_future()

        def talk() -> None:
            outcome = _caught(call)
            with suppress(RuntimeError):  # the dashboard was left meanwhile
                loop.call_soon_threadsafe(_answer, answer, outcome)

        threading.Thread(target=talk, daemon=True).start()  # a daemon: leaving waits for no portal
        await hands.take(await answer)

    def _read(self, call: Callable[[Client], T], asked: Asked) -> T:
        if asked.needs_vault:
            self._check_open()
        with self._client.scope.only(asked.portal):  # two patients may have records of one id
            return call(self._client)

    def _tell(self, trouble: Trouble) -> None:
        self._app.post_message(messages.CallFailed(trouble))

    def _run(self, group: str, call: Call, failed: Failed) -> None:
        work: WorkType[None] = partial(self._in_turn, partial(self._guarded, call, failed))
        self._app.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _in_turn(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._reader, work)

    def _guarded(self, call: Call, failed: Failed) -> None:
        outcome = _caught(call)
        message = failed(outcome) if isinstance(outcome, Trouble) else outcome
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

    def _recover(self, code: str, chosen: str) -> Message:
        with self._client.choosing(chosen):
            self._client.slots.use_code(code)
        return self._opened()

    def _opened(self) -> Message:
        self._client.vault.read_sparingly()
        self._seen = None
        self._told.clear()
        return messages.Opened()

    def _lock(self) -> Message:
        self._writer.submit(_nothing).result()  # what screens asked to keep as they were closed comes first
        with self._syncing:
            self._client.close()
        return messages.Closed()

    def _look(self) -> Message | None:
        if not self._client.is_unlocked:
            return None
        if self._client.is_ended_elsewhere:
            return messages.LockedElsewhere()
        self._client.vault.settle()
        return None if self._state() == self._seen else self._read_standing()

    def _look_failed(self, trouble: Trouble) -> Message | None:
        if trouble in self._told:
            return None
        self._told.add(trouble)
        return messages.CallFailed(trouble)

    def _state(self) -> tuple[int, int]:
        """What is another value when screens have to be read anew. To be asked in the reading thread only."""
        return self._client.vault.changes(), self._client.unnoted

    def _read_standing(self) -> Message:
        self._check_open()
        state = self._state()  # first: what is written while it is read is seen by the next look
        status = self._client.overview.status()
        self._seen = state
        return messages.StandingRead(status, self._client.unnoted)

    def _sync(self, *, full: bool) -> Message:
        with self._syncing:
            self._check_open()
            report = self._client.sync.run(full=full, on_event=self._progress, should_stop=self._stop.is_set)
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


def _caught(call: Callable[[], T]) -> T | Trouble:
    """What a call returns, or in what trouble it ended."""
    try:
        return call()
    except PortalError as error:
        return troubles.describe(error)
    except Exception as error:  # noqa: BLE001 - a mistake in a service must not take the screen down with it
        return troubles.unexpected(error)


def is_there(owner: DOMNode) -> bool:
    """Whether what asked is still there, with all its parts; one that is being closed loses these first."""
    return owner.is_attached and owner.is_running and not owner._pruning  # noqa: SLF001 - there is no other word for it


def _answer(future: asyncio.Future[T], outcome: T) -> None:
    if not future.done():
        future.set_result(outcome)


def _nothing() -> None:
    """Nothing is done, in its turn."""

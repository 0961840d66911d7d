"""Threads that fetch pages, one that makes them ready, and the bounded line in which they wait for their writer."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from store.errors import PortalError, SignInNeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")
P = TypeVar("P")

_PAGES_IN_LINE = 12
_PAGES_AT_ONCE = 12
_WAIT_SECONDS = 0.2


def nothing() -> None:
    """Do nothing."""


def as_it_is(item: T) -> T:
    """What is made ready by doing nothing to it."""
    return item


@dataclass(frozen=True)
class Ended:
    """A stream came to its end: of itself, by an error that was foreseen, or by one that was not (`unforeseen`)."""

    key: str
    error: PortalError | None = None
    unforeseen: BaseException | None = None


@dataclass(frozen=True)
class Steps(Generic[T, P]):
    """What is done besides fetching: before the first thing that comes, with each, and at the end of each thread."""

    ready: Callable[[], None]
    prepare: Callable[[T], P]
    at_end: Callable[[], None] = nothing


class Crew(Generic[T, P]):
    """Runs streams, at most `size` of them at a time, each in one thread; what they bring is made ready in another.

    So a stream asks for its next page while the last one is still being read; the pages of one stream keep their
    order. The threads are never waited for: a request may hang for as long as its time limit, and whoever stops a
    sync has no reason to. What they still bring after `halt` goes nowhere.
    """

    def __init__(
        self,
        streams: Mapping[str, Callable[[], Iterator[T]]],
        size: int,
        steps: Steps[T, P],
    ) -> None:
        self._waiting = list(streams.items())[::-1]
        self._running = len(streams)
        self._room = threading.Semaphore(_PAGES_IN_LINE)
        self._fetched: queue.SimpleQueue[T | Ended] = queue.SimpleQueue()
        self._arrived: queue.SimpleQueue[P | Ended] = queue.SimpleQueue()
        self._halt = threading.Event()
        self._is_left = False  # by the writer
        self._steps = steps
        for _ in range(min(size, len(streams))):
            threading.Thread(target=self._work, args=(self._take_turns,), name="sync", daemon=True).start()
        if streams:
            threading.Thread(target=self._work, args=(self._prepare,), name="sync", daemon=True).start()

    def halt(self) -> None:
        """Begin no further request, and forget what is still on its way."""
        self._is_left = True
        self._halt.set()

    def batch(self) -> list[P | Ended]:
        """What has arrived, a few pages at the most; empty when nothing comes for a moment."""
        found: list[P | Ended] = []
        try:
            found.append(self._arrived.get(timeout=_WAIT_SECONDS))
            while len(found) < _PAGES_AT_ONCE:
                found.append(self._arrived.get_nowait())
        except queue.Empty:
            pass
        for item in found:
            if not isinstance(item, Ended):
                self._room.release()
        return found

    def _work(self, task: Callable[[], None]) -> None:
        try:
            task()
        finally:
            self._steps.at_end()

    def _prepare(self) -> None:
        running = self._running
        try:
            self._steps.ready()
            while running:
                item = self._fetched.get()
                if isinstance(item, Ended):
                    running -= 1
                    self._arrived.put(item)
                elif not self._is_left:
                    self._arrived.put(self._steps.prepare(item))
        except BaseException as error:  # noqa: BLE001 - as in `_run`
            self._arrived.put(Ended("", unforeseen=error))

    def _take_turns(self) -> None:
        while True:
            try:
                key, stream = self._waiting.pop()  # one atomic step, so two threads never take the same
            except IndexError:
                return
            self._fetched.put(self._run(key, stream))

    def _run(self, key: str, stream: Callable[[], Iterator[T]]) -> Ended:
        try:
            for page in stream() if not self._halt.is_set() else ():
                while not self._room.acquire(timeout=_WAIT_SECONDS):
                    if self._halt.is_set():
                        return Ended(key)
                self._fetched.put(page)
                if self._halt.is_set():
                    break
        except PortalError as error:
            if isinstance(error, SignInNeeded):
                self._halt.set()
            return Ended(key, error)
        except BaseException as error:  # noqa: BLE001 - raised again by the writer, in the thread that is waited for
            return Ended(key, unforeseen=error)
        return Ended(key)

"""The screen's turns: nobody else's come first while it works, and its own come at once while it waits."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING

import pytest

from tui import turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.enable()


def run(steps: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await steps()

    with asyncio.Runner(loop_factory=turns.new_loop) as runner:
        runner.run(whole())


def _interval_soon() -> float:
    time.sleep(0.05)
    return sys.getswitchinterval()


def test_turns_are_long_while_the_screen_works_and_short_while_it_waits() -> None:
    async def steps() -> None:
        turns.started()
        await asyncio.sleep(0)
        working = sys.getswitchinterval()
        waiting = await asyncio.to_thread(_interval_soon)
        assert waiting < working / 10

    run(steps)


def test_until_it_has_started_all_threads_have_the_same_turns() -> None:
    async def steps() -> None:
        await asyncio.sleep(0)
        before = sys.getswitchinterval()
        turns.started()
        await asyncio.sleep(0)
        assert sys.getswitchinterval() > before

    run(steps)


def test_another_loop_keeps_its_turns() -> None:
    async def steps() -> None:
        before = sys.getswitchinterval()
        turns.started()
        await asyncio.sleep(0.001)
        assert sys.getswitchinterval() == before

    asyncio.run(steps())


def test_cycles_are_looked_for_while_there_is_nothing_to_do() -> None:
    class Node:
        def __init__(self) -> None:
            self.itself = self

    async def steps() -> None:
        gone = [weakref.ref(Node()) for _ in range(20_000)]
        assert any(ref() for ref in gone)
        await asyncio.sleep(0)  # there is something to do at once
        assert any(ref() for ref in gone)
        await asyncio.sleep(0.01)
        assert not any(ref() for ref in gone)

    gc.collect()
    gc.disable()  # of itself Python looks for none
    run(steps)


def test_a_thread_that_reads_comes_to_its_end_while_the_screen_works() -> None:
    done = threading.Event()

    async def steps() -> None:
        turns.started()
        threading.Thread(target=done.set).start()
        until = time.monotonic() + 10
        while not done.is_set() and time.monotonic() < until:
            sum(range(1_000))

    run(steps)
    assert done.is_set()

"""The dashboard beside a Textual app of ten lines: its first paint, its keys, its memory, whatever the vault holds.

`python -m tests.benchmarks.dashboard [--records N …] [--rounds N] [--keep FOLDER]` prints medians over interleaved
rounds of one run, each with its bar; it ends with 1 when one is missed. Both run on a terminal of their own (a pty of
120 columns and 40 lines), and both are compiled before, as whatever is installed is. With `--keep` the vaults are made
in a folder and used again the next time.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import contextlib
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import TYPE_CHECKING

from store.client import Client
from tests.benchmarks import memory, views
from tests.benchmarks.bars import Bars, say
from tests.benchmarks.vault import PASSPHRASE
from tui import furnishing, turns
from tui.app import PortalApp
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = """
from textual.app import App, ComposeResult
from textual.widgets import Static


class Smallest(App):
    def compose(self) -> ComposeResult:
        yield Static("PAINTED")


Smallest().run()
"""
_PACKAGES = ("portal_cli", "store", "tui")
_WIDTH, _HEIGHT = 120, 40
_PATIENCE = 60.0
_PAGES = 40
_FIRST_PAINT, _PAGE_MS, _MEGABYTES, _LATE_MS = 1.35, 40.0, 90.0, 50.0
_QUIT = b"\x11"  # ctrl+q
_DASHBOARD = [sys.executable, "-m", "portal_cli", "dashboard"]
_PAGE_DOWN = b"\x1b[6~"
_QUIET = 0.15  # seconds without a change, after which a screen counts as drawn


@dataclass
class Shown:
    """What one program did on its terminal: seconds until it had painted, and until it showed records."""

    painted: list[float] = field(default_factory=list)
    filled: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def on_a_terminal(
    command: list[str],
    environment: dict[str, str],
    marks: tuple[bytes, ...],
    then: Callable[[int], None] = lambda _: None,
) -> tuple[list[float], float]:
    """Start a program on a terminal of its own, note when each mark appears, its memory then, and end it.

    `then` gets the terminal before the end.
    """
    parent, child = pty.openpty()
    ioctl(parent, TIOCSWINSZ, struct.pack("HHHH", _HEIGHT, _WIDTH, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env=environment, cwd=ROOT, start_new_session=True
    )
    os.close(child)
    seen, times = b"", list[float]()
    try:
        while len(times) < len(marks):
            if not select.select([parent], [], [], _PATIENCE)[0]:
                raise TimeoutError(marks[len(times)], seen[-2000:])
            seen += os.read(parent, 1 << 16)
            while len(times) < len(marks) and marks[len(times)] in seen:
                times.append(time.perf_counter() - began)
        held = memory.of(process.pid)
        then(parent)
        os.write(parent, _QUIT)
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if select.select([parent], [], [], 0.05)[0]:
                    os.read(parent, 1 << 16)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(parent)
    return times, held


def _environment(settings: Settings | None = None) -> dict[str, str]:
    """What a program is started with, and a dashboard to open that vault by itself."""
    found = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    if settings:
        found["PORTAL_HOME"] = str(settings.vault_dir.parent)
        found["PORTAL_PASSPHRASE_FILE"] = str(settings.passphrase_file)
    return found


def first_paint(vaults: dict[int, Settings], rounds: int, bars: Bars) -> None:
    """First paint of the dashboard on vaults of several sizes, beside the smallest app."""
    for package in _PACKAGES:
        compileall.compile_dir(ROOT / package, quiet=1)
    smallest = Shown()
    found = {size: Shown() for size in vaults}
    for _ in range(rounds):
        times, held = on_a_terminal([sys.executable, "-c", SMALLEST], _environment(), (b"PAINTED",))
        smallest.painted.append(times[0])
        smallest.megabytes.append(held)
        for size, settings in vaults.items():
            marks = (b"Opening the vault", b"Upcoming appointments") + ((b"updated",) if size else ())
            times, held = on_a_terminal(_DASHBOARD, _environment(settings), marks)
            found[size].painted.append(times[0])
            found[size].filled.append(times[-1])
            found[size].megabytes.append(held)
    base_time = statistics.median(smallest.painted)
    say(f"medians of {rounds} rounds; the smallest app paints after {1000 * base_time:.0f} ms")
    for size, shown in found.items():
        painted, filled = statistics.median(shown.painted), statistics.median(shown.filled)
        detail = f"{1000 * painted:.0f} ms; records after {1000 * filled:.0f} ms"
        bars.at_most(f"first paint, {size}", painted / base_time, _FIRST_PAINT, detail)
        bars.at_most(f"MB, {size}", statistics.median(shown.megabytes), _MEGABYTES)


def paging(settings: Settings, size: int, bars: Bars) -> None:
    """How long a page-down takes on a terminal: from the key to the last byte of what it changes on the screen."""
    pages: list[float] = []

    def turn(terminal: int) -> None:
        _drawn(terminal)
        os.write(terminal, b"g")
        _drawn(terminal)
        os.write(terminal, b"r")
        _drawn(terminal)
        pages.extend(_keyed(terminal, _PAGE_DOWN) for _ in range(_PAGES))

    on_a_terminal(_DASHBOARD, _environment(settings), (b"updated",), turn)
    bars.at_most(f"page-down ms, {size}", 1000 * statistics.median(pages), _PAGE_MS, f"longest {1000 * max(pages):.0f}")


def _keyed(terminal: int, key: bytes) -> float:
    began = time.perf_counter()
    os.write(terminal, key)
    return _drawn(terminal) - began


def _drawn(terminal: int) -> float:
    """Wait until a screen that changes has not changed for a while, and give the moment of its last change."""
    last = 0.0
    while not last or select.select([terminal], [], [], _QUIET)[0]:
        os.read(terminal, 1 << 16)
        last = time.perf_counter()
    return last


def scrolling(settings: Settings, size: int, bars: Bars) -> None:
    """How late the event loop ever was while the list of all records was paged through to its end."""
    late: list[float] = []
    total = 0

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            late.append(time.perf_counter() - before - 0.005)

    async def run() -> None:
        nonlocal total
        app = PortalApp(Client(settings))
        async with app.run_test(size=(_WIDTH, _HEIGHT)) as pilot:
            await _until(lambda: bool(app.sections))
            watcher = asyncio.create_task(watch())
            app.go("records")
            await _until(lambda: bool(app.screen.query(Table)) and app.screen.query_one(Table).current is not None)
            table = app.screen.query_one(Table)
            for _ in range(_PAGES):
                await pilot.press("pagedown")
                await _until(lambda: table.current is not None)
            await _until(lambda: table.lines.total >= size)
            await pilot.press("end")
            await _until(lambda: table.current is not None)
            total = table.lines.total
            watcher.cancel()

    furnishing.settle()
    with asyncio.Runner(loop_factory=turns.new_loop) as runner:
        runner.run(run())
    bars.at_most(f"loop late ms, {size}", 1000 * max(late), _LATE_MS, f"{total} lines")


async def _until(holds: Callable[[], bool]) -> None:
    began = time.perf_counter()
    while not holds():
        if time.perf_counter() - began > _PATIENCE:
            raise TimeoutError
        await asyncio.sleep(0.001)


def main() -> int:
    """Measure, print, and say by the exit code whether every bar was kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, nargs="+", default=[0, 10_000])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    bars = Bars()
    with contextlib.ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        vaults = {size: _ready(folder, size) for size in asked.records}
        first_paint(vaults, asked.rounds, bars)
        for size, settings in vaults.items():
            if size:
                paging(settings, size, bars)
                scrolling(settings, size, bars)
    return 1 if bars.missed else 0


def _ready(folder: Path, size: int) -> Settings:
    """A vault of so many records, with a file that has its passphrase."""
    settings = views.build(folder, size)
    passphrase = settings.vault_dir.parent / "passphrase"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    passphrase.chmod(0o600)
    return replace(settings, passphrase_file=passphrase)


if __name__ == "__main__":
    sys.exit(main())

"""The process behind a stage: a practice portal, homes in each state, and a copy of both for each run.

It loads the program once and has a single thread, so that it can be forked at any time. The clock stands still at
NOON in every run; what came before has happened in the hour before it.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import random
import shutil
import sys
import time
import traceback
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import time_machine

import portal_cli
import store
import tui
from portal_cli.main import run
from portal_cli.registry import COMMANDS
from tests.support.stage import filling, running, scene
from tests.support.stage.keeper import Keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.hostile import ScriptedPortal
    from tests.support.stage import Scene

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_POLL_SECONDS = 0.2
_LATE = (
    "csv", "getpass", "platformdirs", "rich.console", "rich.progress", "rich.table", "sqlcipher3.dbapi2", "sqlmodel",
    "stamina", "tempfile", "tomlkit", "traceback", "typing", "webbrowser", "zoneinfo", "filelock", "typer.rich_utils",
)  # fmt: skip
_OURS = ("PATH", "LD_LIBRARY_PATH")


def main() -> None:
    """Prepare everything, then perform scene after scene."""
    place = Path(sys.argv[1])
    os.environ["LOGNAME"] = "ada"
    with time_machine.travel(NOON - timedelta(hours=1), tick=False) as clock:

        def stand_at(moment: datetime, seed: int) -> None:
            clock.move_to(moment, tick=False)
            os.urandom = random.Random(seed).randbytes  # ids are made of it; keys are not

        stand_at(NOON - timedelta(hours=1), 1)
        reading = _serving(filling.read_only_portal(), lambda: stand_at(NOON, 2))
        keeper = Keeper(lambda: stand_at(NOON, 3))
        _load_everything()  # after these two, which need not carry it
        homes = place / "homes"
        words = {"synced": _forked(lambda: filling.synced(homes / "synced", keeper.portal, keeper.base_url))}
        keeper.settle()
        stand_at(NOON - timedelta(minutes=30), 4)
        words["synced"] |= _forked(lambda: filling.queued(homes / "synced"))
        words["read-only"] = _forked(lambda: filling.read_only(homes / "read-only", reading))
        words["empty"] = {**words["synced"], **_forked(lambda: filling.empty(homes / "empty"))}
        gc.freeze()
        _tell(words)
        for line in sys.stdin:
            asked = scene(json.loads(line))
            with _home(place, asked) as folder, keeper.open() if asked.has_portal else nullcontext():
                seen = running.perform(asked, _environment(folder, asked), str(folder), lambda: stand_at(NOON, 5))
                _tell(vars(seen))
        keeper.end()


def _load_everything() -> None:
    """Load the whole program once, so that no run has to."""
    for package in (portal_cli, store, tui):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    for command in COMMANDS:  # what Typer and others work out once is worked out
        with redirect_stdout(io.StringIO()):
            run([command, "--help"])


def _tell(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _forked(work: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What some work gives that may have threads, and so has a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(work()).encode())
        except BaseException:  # noqa: BLE001 - the fork must not go on as the house
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        found = stream.read()
    assert os.waitpid(child, 0)[1] == 0, "a home could not be filled"
    return dict(json.loads(found))


def _serving(portal: ScriptedPortal, prepare: Callable[[], None]) -> ScriptedPortal:
    """Have a portal serve in a fork, for as long as this process is there."""
    parent = os.getpid()
    if os.fork() == 0:
        prepare()
        with portal:
            while os.getppid() == parent:
                time.sleep(_POLL_SECONDS)
        os._exit(0)
    return portal


@contextmanager
def _home(place: Path, asked: Scene) -> Iterator[Path]:
    """A copy of the home that is meant, always in the same place."""
    folder = place / "home"
    shutil.copytree(place / "homes" / asked.home, folder)
    if not asked.is_open:
        (folder / "session").unlink(missing_ok=True)
    for name in ("tmp", "run"):
        (folder / name).mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _environment(folder: Path, asked: Scene) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _OURS if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "LOGNAME": "ada",
        "PORTAL_HOME": str(folder),
        "PORTAL_SESSION_FILE": str(folder / "session"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "TMPDIR": str(folder / "tmp"),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm" if asked.has_terminal else "dumb",
        "BROWSER": "true",
        "VISUAL": "true",
        "PORTAL_VIEWER": "true",
        "PAGER": "cat",
    }


if __name__ == "__main__":
    main()

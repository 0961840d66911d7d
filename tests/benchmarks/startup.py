"""How long commands take from nothing, beside Python itself and beside a Typer command that does nothing.

`python -m tests.benchmarks.startup [--rounds N] [--resources N]` prints medians over interleaved rounds of one run, and
ratios with their bars; it ends with 1 when one is missed. Everything that is imported has been compiled before.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.records import incoming
from store.vault import connections, keys, packing, resources
from tests.benchmarks import charts
from tests.benchmarks.bars import Bars, say
from tests.benchmarks.vault import PASSPHRASE, signed_in

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).resolve().parents[2]
_NOTHING = "import typer\napp = typer.Typer()\n@app.command()\ndef main() -> None: pass\napp()"
_PORTAL = (sys.executable, "-m", "portal_cli")
COMMANDS = {
    "python": (sys.executable, "-c", "pass"),
    "typer": (sys.executable, "-c", _NOTHING),
    "--version": (*_PORTAL, "--version"),
    "--help": (*_PORTAL, "--help"),
    "status --json": (*_PORTAL, "status", "--json"),
    "labs --json": (*_PORTAL, "labs", "--json", "--limit", "50"),
}
COMPLETED = (
    "records show", "labs show", "refill", "messages show", "appointments show", "allergies show",
    "insurance show", "refills show", "outbox show", "conflicts show",
)  # fmt: skip
"""Lines that a shell asks to have completed, from an open vault."""
BARS = (
    ("--version", "python", 1.5), ("--help", "python", 13.0), ("status --json", "typer", 1.3),
    ("labs --json", "typer", 1.3), *((f"<TAB> {line}", "--help", 1.0) for line in COMPLETED),
)  # fmt: skip


def fill(home: Path, count: int) -> dict[str, str]:
    """A vault of `count` resources with an open session; gives the environment that finds it."""
    settings = Settings(home / "vault", home / "config.toml", session_file=home / "session")
    each = -(-count // len(charts.STREAMS))
    with Client(settings, lambda: PASSPHRASE, lambda: PASSPHRASE, keys.FLOOR) as client:
        vault = client.open_or_create()
        with vault.transaction() as tx:
            owner = connections.save(tx, signed_in())
        bodies = [charts.patient(), *(charts.resource(name, n) for name in charts.STREAMS for n in range(each))]
        with vault.transaction() as tx:
            resources.store(tx, owner, [record for record in map(incoming.decode, bodies) if record])
        packing.pack(vault)
        client.slots.begin_session(3600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**kept, "PORTAL_HOME": str(home), "PORTAL_SESSION_FILE": str(home / "session")}


def every_command(environment: dict[str, str]) -> dict[str, tuple[tuple[str, ...], dict[str, str]]]:
    """What is run, each with its environment."""
    found = {name: (command, environment) for name, command in COMMANDS.items()}
    for line in COMPLETED:
        words = ["portal", *line.split()]
        asked = {
            "_PORTAL_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join([*words, ""]),
            "COMP_CWORD": str(len(words)),
        }
        found[f"<TAB> {line}"] = (_PORTAL, {**environment, **asked})
    return found


def timed(command: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """The seconds that one run takes; it has to succeed."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=_ROOT)
    return time.perf_counter() - began


def measure(rounds: int, count: int) -> list[str]:
    """Run it; returns the bars that were missed."""
    for name in ("portal_cli", "store", "tui"):
        compileall.compile_dir(_ROOT / name, quiet=2)
    bars = Bars()
    with tempfile.TemporaryDirectory(prefix="startup-") as folder:
        works = every_command(fill(Path(folder), count))
        found = {name: list[float]() for name in works}
        for number in range(rounds + 1):
            for name, (command, environment) in works.items():
                seconds = timed(command, environment)
                if number:  # the first round fills the caches of the disk
                    found[name].append(seconds)
    for name, taken in found.items():
        say(f"{name:>28}  {1000 * statistics.median(taken):10.1f} ms, at least {1000 * min(taken):.1f} ms")
    for name, other, bar in BARS:
        ratio = statistics.median(one / two for one, two in zip(found[name], found[other], strict=True))
        bars.at_most(f"{name} / {other}", ratio, bar)
    return bars.missed


def main() -> int:
    """Run what was asked for; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.startup")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--resources", type=int, default=10_000)
    given = parser.parse_args()
    return int(bool(measure(given.rounds, given.resources)))


if __name__ == "__main__":
    sys.exit(main())

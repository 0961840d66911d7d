"""How fast records leave the vault: `python -m tests.benchmarks.export [--records N] [--rounds N]`. Not run by pytest.

Each format is measured in one interleaved run beside a bare loop that reads, decompresses and writes the same bytes:
medians of records a second, and the most memory that a process of its own takes for a tenth of the records and for all
of them. It ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from store.client import Client
from store.config import Settings
from store.export import FORMATS
from store.services.export_orders import Order
from store.vault import keys
from tests.benchmarks import reading
from tests.benchmarks.bars import Bars, say

PASSPHRASE = reading.PASSPHRASE
RATE = 0.5  # of the bare loop's, for what hands on the bytes as they are
LOSSLESS = ("bundle", "ndjson")
FLAT_MB = 24.0  # more than for a tenth of the records; dictionaries and buffers fill up first
_MB = 1024
_LEFT_OUT = ("pdf", "ips", "ical")  # pages for people, a choice of records, one kind: they have no rate to compare
_PEAK = """
import re, sys
from pathlib import Path
from tests.benchmarks import export
export.once(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def opened(folder: Path) -> Client:
    """A client of the vault in a folder."""
    return Client(Settings(folder / "vault", folder / "config.toml"), ask=lambda: PASSPHRASE, cost=keys.FLOOR)


def once(folder: Path, name: str, target: Path) -> None:
    """Export everything in a format, to a file."""
    with opened(folder) as client:
        client.exports.to_path(Order(name), target, replace=True)


def bare(client: Client, target: Path) -> int:
    """Read, decompress and write every record, and nothing else."""
    count = 0
    with client.vault.reading() as connection, target.open("wb") as file:
        for dictionary, body in connection.execute("SELECT dictionary, body FROM resource"):
            file.write(client.vault.compressor.restore(connection, dictionary, body))
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def measure(folder: Path, rounds: int, bars: Bars, names: list[str]) -> None:
    """Rates, interleaved."""
    taken: dict[str, list[float]] = {name: [] for name in ("bare", *names)}
    with opened(folder) as client:
        client.unlock()
        for number in range(rounds + 1):
            for name, seconds in taken.items():
                began = time.perf_counter()
                if name == "bare":
                    count = bare(client, folder / "out.bare")
                else:
                    client.exports.to_path(Order(name), folder / f"out.{name}", replace=True)
                if number or rounds == 1:
                    seconds.append(time.perf_counter() - began)
    for name, seconds in taken.items():
        ratio = statistics.median(one / other for one, other in zip(taken["bare"], seconds, strict=True))
        detail = f"{count / statistics.median(seconds):,.0f} records a second"
        bars.at_least(f"{name}, of the bare rate", ratio, RATE if name in LOSSLESS else None, detail)


def peak(folder: Path, name: str) -> float:
    """The most memory that one export takes, in MB."""
    command = [sys.executable, "-c", _PEAK, str(folder), name, str(folder / f"peak.{name}")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / _MB


def memory(few: Path, many: Path, bars: Bars, names: list[str]) -> None:
    """Peaks for few and for many records."""
    for name in names:
        small, large = peak(few, name), peak(many, name)
        bar = FLAT_MB if FORMATS[name].streams else None
        bars.at_most(f"{name}, MB more for all", large - small, bar, f"{small:.0f} MB, then {large:.0f} MB")


def main() -> int:
    """Run what was asked for; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.export")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="a folder for the vaults, used again where it has them")
    parser.add_argument("--formats", nargs="+", choices=list(FORMATS), default=list(FORMATS))
    given = parser.parse_args()
    bars = Bars()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        few, many = folder / "few", folder / "many"
        for place, count in ((few, given.records // 10), (many, given.records)):
            if not (place / "vault").exists():
                reading.fill(Settings(place / "vault", place / "config.toml"), count)
        say(f"{given.records} records")
        measure(many, given.rounds, bars, [name for name in given.formats if name not in _LEFT_OUT])
        memory(few, many, bars, [name for name in given.formats if name != "ical"])
    return int(bool(bars.missed))


if __name__ == "__main__":
    sys.exit(main())

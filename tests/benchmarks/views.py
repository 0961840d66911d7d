"""What a reader waits for: pages of lists, searches and single records, in vaults of the sizes that are named.

`python -m tests.benchmarks.views [--records N …] [--keep FOLDER]` prints the 95th percentile of each kind of reading,
in process and through the services, each with its bar and beside it the median, and the processor time of this process,
since a busy machine makes the other one longer; it ends with 1 when a bar is missed. The bars are of a machine on which
an empty Python starts in 13 ms: how long that takes here is measured around each kind of reading, and what it would
have been there is told beside it. With `--keep` the vaults are made in a folder and used again the next time.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import string
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.records import incoming
from store.services.records import Wanted
from store.vault import connections, keys, packing, reading, resources, vocabulary
from store.vault import vault as vaults
from tests.benchmarks import charts
from tests.benchmarks.bars import Bars, say

if TYPE_CHECKING:
    from collections.abc import Callable


PASSPHRASE = "correct horse battery staple"
BATCH = 2_500
ROUNDS = 200
ONCE, ONCE_EACH = "once, ", 60
"""What is asked only once has nothing left from when it was asked: pages are read from the file, and unpacked."""
PAGE = 30
MILLION = 1_000_000
BARS = {"list": (2, 5), "newest": (5, 50), "relevance": (50, 80), "detail": (10, 10)}
"""Milliseconds up to a hundred thousand records, and above that."""
EMPTY_PYTHON = 0.013
"""Seconds in which `python -c pass` ends on the machine that the bars are of."""
_STARTS = 5
_LONG = 5  # letters
_MANY = 5_000  # records, among which there are all codes
COMMON = ("blood", "lab", "laboratory", "final", "mg", "example", "serum or plasma")
RARE = ("cardiitis nephrectomy", "cardialgia", "neuroscopy hepatosis", "sodium urine", "rhinoplasty", "zzz")
PHRASES = ('"urine by test strip"', '"mass volume"', '"serum or plasma" ferritin')
FIELDS = (
    "kind:lab glucose", "kind:condition after:2020 cardi", "before:2010 sodium", "code:2000-0",
    "kind:immunization blood", "kind:condition status:active card", "kind:lab status:preliminary glucose",
)  # fmt: skip
TWO = ("blood sodium", "laboratory example", "mass blood", "cardialgia laboratory")
PREFIXES = ("card*", "sod*", "ne", "m", "gluc* mass*")
MISSES = ("zzz", "glukose", "laboratroy", "sodium zzz")


def build(folder: Path, count: int) -> Settings:
    """A vault of so many records, as syncs would fill it; one that is there is taken as it is."""
    settings = Settings(folder / str(count) / "vault", folder / "config.toml")
    if settings.database_path.exists():
        return settings
    with vaults.create(settings, PASSPHRASE.encode(), keys.FLOOR) as vault:
        with vault.transaction() as tx:
            owner = connections.save(tx, _signed_in())
        for start in range(0, count, BATCH):
            numbers = range(start, min(count, start + BATCH))
            bodies = [charts.resource(_stream(number), number) for number in numbers]
            with vault.transaction() as tx:
                resources.store(tx, owner, filter(None, map(incoming.decode, bodies)))
        packing.pack(vault)
    return settings


def _stream(number: int) -> str:
    """Four of five records are observations, the others of any type."""
    return charts.MANY_STREAMS[number // 5 % len(charts.MANY_STREAMS)] if number % 5 == 0 else "Observation"


def measure(settings: Settings, count: int, bars: Bars) -> None:
    """Read in all ways, and tell how long it took."""
    place = 0 if count < MILLION else 1
    with Client(settings, ask=lambda: PASSPHRASE, cost=keys.FLOOR) as client:
        client.prepare()
        client.unlock()
        works = _works(client)
        for name, bar, calls in works:
            rounds = 1 if name.startswith(ONCE) else max(1, ROUNDS // len(calls))
            if rounds > 1:
                calls[0]()
            starts = [_empty_python() for _ in range(_STARTS)]
            each = [_timed(call) for _ in range(rounds) for call in calls]
            starts += [_empty_python() for _ in range(_STARTS)]
            slowness = statistics.median(starts) / EMPTY_PYTHON
            seconds, work = zip(*each, strict=True)
            limits = BARS.get(bar)
            found = statistics.quantiles(seconds, n=20)[-1] * 1000
            own = statistics.quantiles(work, n=20)[-1] * 1000
            detail = (
                f"p50 {statistics.median(seconds) * 1000:.3f}, p95 of processor time {own:.3f}, {len(seconds)} times; "
                f"at the bars' speed {found / slowness:.3f}, here {slowness:.2f} x as slow"
            )
            bars.at_most(f"{name}, p95 ms", found, limits[place] if limits else None, detail)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bars.at_most("most memory of it all, MB", most, None)


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    """The seconds that passed, and those of this process's own work: what others do at the time is not in these."""
    began, work = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began, time.process_time() - work


def _empty_python() -> float:
    """The seconds in which an empty Python starts and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began


def _works(client: Client) -> list[tuple[str, str, list[Callable[[], object]]]]:
    records = client.records
    dice = random.Random(3)

    def listed(*kinds: str, **more: str) -> Callable[[], object]:
        wanted = replace(Wanted(kinds=kinds), **more)  # type: ignore[arg-type] # fields that are texts
        return lambda: records.list(wanted, limit=PAGE)

    def searched(text: str, *, by_relevance: bool) -> Callable[[], object]:
        return lambda: records.search(text, limit=PAGE, by_relevance=by_relevance)

    some = [row for kind in ("lab", "condition", "report", "medication") for row in records.list((kind,), 100).items]
    deep, words, codes = _deep(client), _words(client), _codes(client)
    works: list[tuple[str, str, list[Callable[[], object]]]] = [
        ("list of everything", "list", [listed()]),
        ("list of a kind", "list", [listed("lab"), listed("condition"), listed("medication")]),
        ("list from the middle on", "list", [listed("lab", after=name) for name in deep]),
        ("list by code", "list", [listed("lab", code=code) for code in ("2000-0", "2007-1", "2490-0")]),
        ("list since", "list", [listed(since="2y"), listed("lab", between="2010..2012")]),
        (f"{ONCE}list by code", "list", [listed("lab", code=code) for code in codes]),
        ("detail", "detail", [partial(records.show, f"{row.type}/{row.id}") for row in dice.sample(some, 40)]),
        (f"{ONCE}search newest", "newest", [searched(word, by_relevance=False) for word in words[:ONCE_EACH]]),
        (f"{ONCE}search relevance", "relevance", [searched(word, by_relevance=True) for word in words[ONCE_EACH:]]),
    ]
    groups = (
        ("common", COMMON), ("rare", RARE), ("phrase", PHRASES), ("field", FIELDS), ("two words", TWO),
        ("beginning", PREFIXES), ("missed", MISSES),
    )  # fmt: skip
    for name, texts in groups:
        for way in ("newest", "relevance"):
            calls = [searched(text, by_relevance=way == "relevance") for text in texts]
            works.append((f"search {name} {way}", way, calls))
    return works


def _words(client: Client) -> list[str]:
    """Words of the vault, for two kinds of search."""
    with client.vault.reading() as connection:
        known = [word for letter in string.ascii_lowercase for word in vocabulary.words(connection, letter)]
    return random.Random(5).sample([word for word in known if len(word) >= _LONG], 2 * ONCE_EACH)


def _codes(client: Client) -> list[str]:
    """Codes of laboratory results."""
    with client.vault.reading() as connection:
        rows = reading.rows(connection, reading.Filter(kinds=("lab",), limit=_MANY))
    return random.Random(5).sample(sorted({row.code for row in rows}), ONCE_EACH)


def _deep(client: Client) -> list[str]:
    """Names of records far down the list of laboratory results."""
    found = []
    for year in ("2003", "2010", "2018"):
        page = client.records.list(Wanted(kinds=("lab",), between=f"..{year}"), limit=1)
        found += [f"{row.type}/{row.id}" for row in page.items]
    return found


def _signed_in() -> connections.SignedIn:
    return connections.SignedIn(
        name="portal.example", base_url="https://portal.example/fhir", client_id="bench", redirect_uri=None,
        scope_requested=None, scope="patient/*.read", patient="p1", fhir_user="Patient/p1", access_expires=0,
        smart=b"{}", capability=b"{}", access_token="", refresh_token=None,
    )  # fmt: skip


def main() -> int:
    """Run what was asked for; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.views")
    parser.add_argument("--records", type=int, nargs="+", default=[100_000])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    bars = Bars()
    with nullcontext(str(given.keep)) if given.keep else tempfile.TemporaryDirectory() as folder:
        for count in given.records:
            settings = build(Path(folder), count)
            say(f"{count} records, {settings.database_path.stat().st_size / count:.0f} bytes of file for each")
            measure(settings, count, bars)
    return int(bool(bars.missed))


if __name__ == "__main__":
    sys.exit(main())

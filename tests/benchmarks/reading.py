"""How long reading takes at a size: `python -m tests.benchmarks.reading [--records N] [--rounds N]`. Not run by pytest.

It fills a vault with made-up records, of which 500 are results of one analyte, and measures each question in this
process, the vault open: 95 of 100 times it takes at most what is printed, in milliseconds, beside its bar. It ends with
1 when one is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.records import incoming
from store.vault import connections, keys, resources
from store.vault import vault as vaults
from tests.benchmarks import charts
from tests.benchmarks.bars import Bars, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSPHRASE = "correct horse battery staple"
POINTS = 500
ANALYTE = "718-7"
_BATCH = 2_500
_OTHERS = ("Condition", "DiagnosticReport", "Encounter", "MedicationRequest")
_YEAR_DAYS = 365


def hemoglobin(number: int) -> bytes:
    """One of the results that are followed, a month after the one before."""
    month, day = divmod(number * 11, 28)
    year, month = divmod(month, 12)
    measure = {"unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"}
    found = {
        "resourceType": "Observation",
        "id": f"hemoglobin-{number}",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": ANALYTE, "display": "Hemoglobin in Blood"}]},
        "effectiveDateTime": f"{2000 + year}-{month + 1:02}-{day + 1:02}T09:30:00-05:00",
        "valueQuantity": {"value": 12 + number % 40 / 10, **measure},
        "referenceRange": [{"low": {"value": 12, **measure}, "high": {"value": 15.5, **measure}}],
        "extension": [{"url": f"http://portal.example/{part}", "valueString": "x" * 200} for part in range(4)],
    }
    return json.dumps(found).encode()


def bodies(number: int) -> Iterator[bytes]:
    """A chart of so many records: mostly results, as charts are."""
    yield charts.patient()
    yield from (hemoglobin(each) for each in range(POINTS))
    for each in range(number - POINTS - 1):
        yield charts.resource(_OTHERS[each % 4] if each % 4 == 0 else "Observation", each)


def fill(settings: Settings, number: int) -> None:
    """Make the vault."""
    with vaults.create(settings, PASSPHRASE.encode(), keys.FLOOR) as vault:
        with vault.transaction() as tx:
            connection = connections.save(tx, signed_in())
        batch: list[incoming.Incoming] = []
        for body in bodies(number):
            batch.extend(filter(None, [incoming.decode(body)]))
            if len(batch) == _BATCH:
                store(vault, connection, batch)
        store(vault, connection, batch)


def store(vault: vaults.Vault, connection: int, batch: list[incoming.Incoming]) -> None:
    """Store a batch, and empty it."""
    with vault.transaction() as tx:
        resources.store(tx, connection, batch)
    batch.clear()


def signed_in() -> connections.SignedIn:
    """The portal that the chart is said to be from."""
    return connections.SignedIn(
        name="portal.example",
        base_url="https://portal.example/fhir",
        client_id="bench",
        redirect_uri=None,
        scope_requested=None,
        scope="patient/*.read",
        patient=charts.PATIENT,
        fhir_user=f"Patient/{charts.PATIENT}",
        access_expires=0,
        smart=b"{}",
        capability=b"{}",
        access_token="",
        refresh_token=None,
    )


def p95(work: Callable[[], object], rounds: int) -> float:
    """What 95 of 100 times are not above, in milliseconds; the first time, which loads modules, is not among them."""
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[math.ceil(rounds * 0.95) - 1]


def labs(client: Client, rounds: int, bars: Bars) -> None:
    """Results: a page of the list, one in full, and a trend."""
    followed = client.labs.trend(ANALYTE).trends[0].lines[0].points
    assert len(followed) == POINTS
    bars.at_most("trend of 500 points", p95(lambda: client.labs.trend(ANALYTE), rounds), 50)
    bars.at_most("trend by name", p95(lambda: client.labs.trend("hemoglobin in blood"), rounds), None)
    bars.at_most("labs, a page of 30", p95(lambda: client.labs.list(limit=30), rounds), None)
    bars.at_most("one result in full", p95(lambda: client.labs.show(f"hemoglobin-{POINTS - 1}"), rounds), 10)


PARTS = (labs,)  # what is measured, one function a noun


def main() -> int:
    """Run what was asked for; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reading")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="a folder for the vault, used again where it has one")
    given = parser.parse_args()
    bars = Bars()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        settings = Settings(folder / "vault", folder / "config.toml")
        if not (folder / "vault").exists():
            fill(settings, given.records)
        say(f"{given.records} records, 95 of 100 times at most, in milliseconds")
        with Client(settings, ask=lambda: PASSPHRASE, cost=keys.FLOOR) as client:
            for part in PARTS:
                part(client, given.rounds, bars)
    return int(bool(bars.missed))


if __name__ == "__main__":
    sys.exit(main())

"""The vault against the same work in plain SQLite, and unlocking against bare Argon2id. Not collected by pytest.

`python -m tests.benchmarks.vault [--records N] [--rounds N] [--data FOLDER]` prints medians over interleaved rounds and
their ratios, each with its bar; it ends with 1 when one is missed. Both sides run the same code (store.vault.resources,
compression, reading) over the same schema; one has a key and the other none. `--data` takes FHIR bundles, whose charts
are also measured against the bytes of their JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlcipher3 import dbapi2 as sqlcipher

from store.client import Client
from store.config import Settings
from store.records import incoming
from store.vault import compression, connections, engine, files, keys, migrations, packing, reading, resources
from store.vault import vault as vaults
from store.vault.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.incoming import Incoming

KEY = bytes(range(32))
PASSPHRASE = "correct horse battery staple"
BATCH = 2_500
BARS = {"insert": 1.3, "list 50": 1.2, "point read": 2.0, "file": 1.08, "unlock": 1.5, "json": 0.6}
ANALYTES = [
    (f"{1000 + number}-{number % 10}", name, unit)
    for number, (name, unit) in enumerate(
        (f"{name} [{what}] in {where}", unit)
        for name, unit in (("Sodium", "mmol/L"), ("Glucose", "mg/dL"), ("Leukocytes", "10*3/uL"), ("Ferritin", "ng/mL"))
        for what in ("Mass/volume", "Moles/volume", "Presence")
        for where in ("Serum or Plasma", "Blood", "Urine by Test strip")
    )
]


@dataclass
class Side:
    """One database under the bench: how it is opened, and the seconds that each kind of work took in each round."""

    name: str
    key: bytes | None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    bytes: int = 0

    def open(self, path: Path) -> Any:
        """A connection under the engine's own rules, encrypted or not."""
        if self.key is not None:
            return engine.connect(path, self.key)
        connection = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False)
        for rule in engine._RULES:
            connection.execute(f"PRAGMA {rule}")
        return connection

    @contextmanager
    def timed(self, work: str) -> Iterator[None]:
        """Note the seconds of a block."""
        began = time.perf_counter()
        yield
        self.seconds.setdefault(work, []).append(time.perf_counter() - began)

    def median(self, work: str) -> float:
        """The median seconds of a kind of work."""
        return statistics.median(self.seconds[work])


class Bare:
    """As much of a vault as `packing` and `reading` need, over any connection."""

    def __init__(self, connection: Any) -> None:
        self.compressor = compression.Compressor()
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        found = Transaction(self._connection, self.compressor, "bench")
        yield found
        found.flush()
        self._connection.execute("COMMIT")
        found.end()

    @contextmanager
    def quiet(self) -> Iterator[Any]:
        """A turn at writing."""
        yield self._connection

    def check_pages(self, connection: Any) -> None:
        """Look after what was read, as a vault does; a database without a key says that it has nothing to tell."""
        connection.execute("PRAGMA cipher_status").fetchone()


def synthetic(count: int) -> list[bytes]:
    """Observations, and some of everything else, with ids, dates, values and words that differ as they do in life."""
    dice = random.Random(7)
    return [json.dumps(_resource(dice, number), separators=(",", ":")).encode() for number in range(count)]


def _resource(dice: random.Random, number: int) -> dict[str, Any]:
    record_id = f"{dice.getrandbits(128):032x}"
    day = f"{dice.randint(1995, 2026)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    at = f"{day}T{dice.randint(6, 20):02}:{dice.randint(0, 59):02}:00Z"
    shared = {
        "id": f"{record_id[:8]}-{record_id[8:12]}-{record_id[12:16]}-{record_id[16:20]}-{record_id[20:]}",
        "meta": {"versionId": str(dice.randint(1, 9)), "lastUpdated": at, "profile": ["http://hl7.org/fhir/us/core/x"]},
        "subject": {"reference": "Patient/p1", "display": "Ada Example"},
        "encounter": {"reference": f"Encounter/{dice.getrandbits(64):016x}"},
    }
    code, name, unit = dice.choice(ANALYTES)
    if number % 5:
        value = round(dice.lognormvariate(3, 1), 2)
        return {
            "resourceType": "Observation",
            **shared,
            "status": "final",
            "category": [
                {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
                    ]
                }
            ],
            "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}], "text": name},
            "effectiveDateTime": at,
            "issued": at,
            "performer": [{"display": f"Dr. {dice.choice('ABCDEFGH')}. Example"}],
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
            "referenceRange": [{"low": {"value": 10, "unit": unit}, "high": {"value": 60, "unit": unit}}],
        }
    kind = dice.choice(("Condition", "Encounter", "Procedure", "Immunization", "DiagnosticReport"))
    words = " ".join(dice.choice(WORDS) for _ in range(dice.randint(3, 60)))
    return {
        "resourceType": kind,
        **shared,
        "status": "finished",
        "code": {
            "coding": [{"system": "http://snomed.info/sct", "code": str(dice.randint(10**6, 10**9))}],
            "text": words[:40],
        },
        "recordedDate": at,
        "note": [{"text": words}],
    }


STEMS = ("cardi", "nephr", "hepat", "derm", "neur", "gastr", "oste", "pulm")
ENDINGS = ("itis", "opathy", "ology", "ectomy", "ogram", "oscopy", "algia", "osis", "ic", "ostomy", "plasty", "emia")
WORDS = [f"{stem}{ending}" for stem in STEMS for ending in ENDINGS]


def charts(folder: Path) -> dict[str, list[bytes]]:
    """The resources of every bundle in a folder, each without spaces, as portals serve them."""
    bundle = msgspec.json.Decoder(dict[str, msgspec.Raw])
    entries = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
    found = {}
    for path in sorted(folder.rglob("*.json")):
        top = bundle.decode(path.read_bytes())
        if "entry" in top:
            raw = [bytes(entry["resource"]) for entry in entries.decode(top["entry"]) if "resource" in entry]
            found[path.name] = list(map(_compact, raw))
    return found


def _compact(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()


def records(bodies: list[bytes]) -> list[Incoming]:
    """What a sync makes of served bytes; done once, as both sides do the same."""
    return [record for record in map(incoming.decode, bodies) if record]


def fill(side: Side, path: Path, items: list[Incoming]) -> Any:
    """Store everything as a first sync does, in one vault, and pack it."""
    files.create_empty(path)
    connection = side.open(path)
    engine.prepare_new(connection)
    migrations.migrate(connection, path, KEY)
    vault: Any = Bare(connection)
    with vault.transaction() as tx:
        owner = connections.save(tx, signed_in())
    with side.timed("insert"):
        for start in range(0, len(items), BATCH):
            with vault.transaction() as tx:
                resources.store(tx, owner, items[start : start + BATCH])
    with side.timed("packing"):
        packing.pack(vault)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    side.bytes = path.stat().st_size
    return vault


def read(side: Side, path: Path, items: list[Incoming]) -> None:
    """Lists and point reads on a connection of its own, as a command begins."""
    vault: Any = Bare(side.open(path))
    connection = vault._connection
    kinds = tuple(sorted({item.kind for item in items}))
    dice = random.Random(5)
    wanted = dice.sample(items, min(300, len(items)))
    connection.execute("BEGIN")
    reading.rows(connection, reading.Filter(kinds=kinds[:1], limit=50))
    for _ in range(20):
        for kind in kinds:
            with side.timed("list 50"):
                reading.rows(connection, reading.Filter(kinds=(kind,), limit=50))
    for item in wanted:
        one = reading.Filter(types=(item.type,), record_id=item.id, limit=1)
        with side.timed("point read"):
            found = next(reading.records(vault, connection, one))
        assert found[1] == item.body
    connection.close()


def compare(items: list[Incoming], rounds: int) -> list[str]:
    """Both sides, turn by turn; returns the bars that were missed."""
    sides = [Side("plain", None), Side("vault", KEY)]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for side in sides if number % 2 else reversed(sides):
                path = Path(folder) / f"{side.name}{number}.db"
                fill(side, path, items)._connection.close()
                read(side, path, items)
            for path in Path(folder).iterdir():
                path.unlink()
    plain, vault = sides
    print(f"{len(items)} records, medians of {rounds} rounds")  # noqa: T201 - a bench talks
    missed = [
        _tell(work, vault.median(work) / plain.median(work), f"{plain.median(work):.6f} s  {vault.median(work):.6f} s")
        for work in ("insert", "packing", "list 50", "point read")
    ]
    missed.append(_tell("file", vault.bytes / plain.bytes, f"{plain.bytes} B  {vault.bytes} B"))
    size = sum(len(item.body) for item in items)
    missed.append(_tell("json", vault.bytes / size, f"{size} B of JSON"))
    return [name for name in missed if name]


def compare_unlock(rounds: int) -> list[str]:
    """Opening a vault to its first row, by a new client each time, against bare Argon2id of the same cost."""
    cost = keys.DEFAULT_COST
    alone: list[float] = []
    whole: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home" / "vault", Path(folder) / "config.toml")
        with vaults.create(settings, PASSPHRASE.encode(), cost) as vault, vault.transaction() as tx:
            resources.store(tx, connections.save(tx, signed_in()), records(synthetic(1_000)))
        for number in range(rounds + 1):  # the first warms up
            began = time.perf_counter()
            Argon2id(
                salt=bytes(16), length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
            ).derive(PASSPHRASE.encode())
            middle = time.perf_counter()
            with Client(settings, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE) as client:
                assert client.records.list(limit=1).items
                ended = time.perf_counter()
            if number:
                alone.append(middle - began)
                whole.append(ended - middle)
    first, second = statistics.median(alone), statistics.median(whole)
    return [name for name in [_tell("unlock", second / first, f"{first:.4f} s  {second:.4f} s")] if name]


def compare_charts(found: dict[str, list[bytes]]) -> list[str]:
    """The file that each chart makes, against the bytes of its JSON."""
    missed = []
    for name, bodies in found.items():
        side = Side(name, KEY)
        with tempfile.TemporaryDirectory() as folder:
            fill(side, Path(folder) / "vault.db", records(bodies))
        size = sum(map(len, bodies))
        if _tell("json", side.bytes / size, f"{side.bytes} B for {size} B, {len(bodies)} records: {name}"):
            missed.append(name)
    return missed


def _tell(work: str, ratio: float, detail: str) -> str | None:
    bar = BARS.get(work)
    verdict = "" if bar is None else f"  bar {bar:.2f} {'kept' if ratio <= bar else 'MISSED'}"
    print(f"{work:>12}  x {ratio:.3f}{verdict}  ({detail})")  # noqa: T201 - a bench talks
    return work if bar is not None and ratio > bar else None


def signed_in() -> connections.SignedIn:
    """A sign-in at a portal that there is not."""
    return connections.SignedIn(
        name="portal.example",
        base_url="https://portal.example/fhir",
        client_id="bench",
        redirect_uri=None,
        scope_requested=None,
        scope="patient/*.read",
        patient="p1",
        fhir_user="Patient/p1",
        access_expires=0,
        smart=b"{}",
        capability=b"{}",
        access_token="",
        refresh_token=None,
    )


def main() -> int:
    """Run what was asked for; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.vault")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    found = charts(given.data) if given.data else {}
    missed = compare_charts(found)
    missed += compare(
        records([body for chart in found.values() for body in chart] or synthetic(given.records)), given.rounds
    )
    missed += compare_unlock(given.rounds)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

"""The reference: the least work that fills the same file with the same rows, as quickly as one knows how.

It fetches pages, splits them, reads the columns and words that the vault keeps of these very charts, compresses with a
dictionary of its own, and inserts in order. It plans, checks, resumes and survives nothing, and knows no other data.
"""

from __future__ import annotations

import hashlib
import http.client
import queue
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import zstandard

from store.vault import engine, files, migrations, resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

KEY = bytes(range(32))
_PAGES_IN_LINE = 8
_RECORDS_AT_ONCE = 2_500
_SAMPLES = 2_000
_DICTIONARY_BYTES = 64 << 10
_RULES = ("wal_autocheckpoint = 16000", "cache_size = -64000")
_NOUNS = {
    "Observation": "lab", "Condition": "condition", "DiagnosticReport": "report", "Encounter": "visit",
    "Immunization": "immunization", "MedicationRequest": "medication", "Procedure": "procedure",
    "AllergyIntolerance": "allergy",
}  # fmt: skip
_CONCEPTS = {"MedicationRequest": "medicationCodeableConcept", "Immunization": "vaccineCode", "Encounter": "type"}
_DATES = {
    "Condition": "onsetPeriod", "DiagnosticReport": "effectiveDateTime", "Encounter": "period",
    "Immunization": "occurrenceDateTime", "MedicationRequest": "authoredOn", "Procedure": "performedPeriod",
    "AllergyIntolerance": "recordedDate",
}  # fmt: skip
_WORDY = frozenset({"text", "display", "unit", "code", "conclusion"})
_SKIPPED = frozenset({"meta", "extension"})
_MARKS = ", ".join("?" * len(resources.COLUMNS))
_INSERT = f"INSERT INTO resource ({', '.join(resources.COLUMNS)}) VALUES ({_MARKS})"  # noqa: S608 - our own names
_INDEX = "INSERT INTO resource_fts (rowid, title, words) VALUES (?, ?, ?)"


class _Link(msgspec.Struct):
    relation: str
    url: str


class _Entry(msgspec.Struct):
    resource: msgspec.Raw


class _Bundle(msgspec.Struct):
    link: list[_Link]
    entry: list[_Entry]


_split = msgspec.json.Decoder(_Bundle).decode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=str).decode


def prepare(path: Path) -> Any:
    """An empty vault file, and the one connection to it."""
    files.create_empty(path)
    connection = engine.connect(path, KEY)
    engine.prepare_new(connection)
    migrations.migrate(connection, path, KEY)
    for rule in _RULES:
        connection.execute(f"PRAGMA {rule}")
    connection.execute(
        "INSERT INTO connection (id, name, base_url, client_id, scope, patient, patient_name, fhir_user, "
        "access_expires, smart, capability, created) VALUES (1, 'x', 'x', 'x', '', 'p1', '', '', 0, x'', x'', 0)"
    )
    return connection


def run(base_url: str, types: Iterable[str], connection: Any) -> int:
    """Fetch every page of every type and store it; returns how many records there are."""
    pages: queue.Queue[bytes] = queue.Queue(_PAGES_IN_LINE)
    threading.Thread(target=_fetch, args=(base_url, tuple(types), pages), daemon=True).start()
    writer = _Writer(connection)
    waiting: list[bytes] = []
    while page := pages.get():
        waiting += [bytes(entry.resource) for entry in _split(page).entry]
        if len(waiting) >= _RECORDS_AT_ONCE:
            writer.write(waiting)
            waiting = []
    if waiting:
        writer.write(waiting)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return writer.count


def _fetch(base_url: str, types: tuple[str, ...], pages: queue.Queue[bytes]) -> None:
    parts = urlsplit(base_url)
    line = http.client.HTTPConnection(parts.netloc)
    for name in types:
        url: str | None = f"{base_url}/{name}?patient=p1"
        while url:
            line.request("GET", url.removeprefix(f"http://{parts.netloc}"))
            body = line.getresponse().read()
            pages.put(body)
            links = msgspec.json.decode(body[: body.index(b'"entry"')] + b'"entry":[]}', type=_Bundle).link
            url = links[0].url if links else None
    pages.put(b"")


class _Writer:
    def __init__(self, connection: Any) -> None:
        self.count = 0
        self._connection = connection
        self._compressor: zstandard.ZstdCompressor | None = None
        self._kinds: dict[str, int] = {}

    def write(self, bodies: list[bytes]) -> None:
        """One transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        if self._compressor is None:
            self._compressor = self._train(bodies)
        rows = [self._row(body) for body in bodies]
        rows.sort(key=_order)
        first = self.count + 1
        self._connection.executemany(_INSERT, [(pk, *row[0]) for pk, row in enumerate(rows, first)])
        self._connection.executemany(_INDEX, [(pk, *row[1]) for pk, row in enumerate(rows, first)])
        self._connection.execute("COMMIT")
        self.count += len(rows)

    def _train(self, bodies: Sequence[bytes]) -> zstandard.ZstdCompressor:
        samples = bodies[:: max(1, len(bodies) // _SAMPLES)]
        trained = zstandard.train_dictionary(
            min(_DICTIONARY_BYTES, sum(map(len, samples)) // 12), list(samples), k=1024, d=8, f=20, accel=1
        )
        packed = zstandard.ZstdCompressor(level=19).compress(trained.as_bytes())
        for table in ("dictionary", "dictionary_copy"):
            self._connection.execute(f"INSERT INTO {table} VALUES (1, ?, ?, 1)", (packed, len(bodies)))  # noqa: S608 - our own names
        return zstandard.ZstdCompressor(level=3, dict_data=trained, write_dict_id=False)

    def _row(self, body: bytes) -> tuple[tuple[Any, ...], tuple[str, str]]:
        """All columns but the first, and the title and the other words."""
        assert self._compressor
        found = _decode(body)
        type_name, record_id, meta = found["resourceType"], found["id"], found["meta"]
        h = hashlib.blake2b(f"1|{type_name}/{record_id}".encode(), digest_size=8).digest()
        phrases: dict[str, None] = {}
        _gather(found, phrases)
        shown = _columns(type_name, found)
        title = shown[1]
        phrases.pop(title, None)
        row = (
            int.from_bytes(h, "big", signed=True), 1, self._kind(type_name), record_id, meta["versionId"],
            meta["lastUpdated"], *shown, len(body), hashlib.blake2b(body, digest_size=16).digest(), 1,
            self._compressor.compress(body),
        )  # fmt: skip
        return row, (title, "\n".join(phrases))

    def _kind(self, type_name: str) -> int:
        if type_name not in self._kinds:
            made = self._connection.execute(
                "INSERT INTO kind (type, noun) VALUES (?, ?)", (type_name, _NOUNS[type_name])
            )
            self._kinds[type_name] = made.lastrowid
        return self._kinds[type_name]


def _order(row: tuple[tuple[Any, ...], tuple[str, str]]) -> tuple[int, int]:
    return row[0][2], row[0][8] or 0


def _columns(type_name: str, found: dict[str, Any]) -> tuple[Any, ...]:
    """Code, title, date twice, status, flag, value and unit."""
    concept = found[_CONCEPTS.get(type_name, "code")]
    concept = concept[0] if type_name == "Encounter" else concept
    code, title = concept["coding"][0]["code"], concept["text"]
    if type_name == "Observation":
        at, quantity = found["effectiveDateTime"], found["valueQuantity"]
        bounds, value = found["referenceRange"][0], quantity["value"]
        number = float(value)
        flag = "low" if number < float(bounds["low"]["value"]) else ""
        flag = "high" if number > float(bounds["high"]["value"]) else flag
        return code, title, _epoch(at), at, found["status"], flag, str(value), quantity["unit"]
    at = found[_DATES[type_name]]
    at = at if isinstance(at, str) else at["start"]
    status = found["status"] if "status" in found else found["clinicalStatus"]["coding"][0]["code"]
    return code, title, _epoch(at), at, status, "", "", ""


def _epoch(at: str) -> int:
    return int(datetime.fromisoformat(at if len(at) > len("2020-01-01") else f"{at}T00:00:00Z").timestamp())


def _gather(node: dict[str, Any], phrases: dict[str, None]) -> None:
    for name, value in node.items():
        if isinstance(value, str):
            if name in _WORDY:
                phrases[value] = None
        elif name not in _SKIPPED:
            if isinstance(value, dict):
                _gather(value, phrases)
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        _gather(item, phrases)

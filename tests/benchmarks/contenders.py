"""Those who fetch a chart, each in a process of its own: the client, the reference, fhirpy and fhirclient.

`python -m tests.benchmarks.contenders NAME URL` does it once and prints what it took as one line of JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.client import Client
from store.config import Settings
from store.events import SyncStarted
from store.memory import share_arenas
from store.services.sign_in import SignInRequest
from store.vault import keys
from tests.benchmarks import charts, memory, pages, reference, server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PASSPHRASE = "correct horse battery staple"


@dataclass
class Run:
    """One run: what came, what it took, and, of the client, what it asked for and wrote. Memory is in MB."""

    resources: int
    seconds: float
    idle: float = 0.0
    peak: float = 0.0
    changed: int = 0
    planned: int = 0
    asked: int = 0
    written: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a contender is to do: `types` of the portal at `url`; the client also `again` so many times.

    Memory is looked at only where `is_weighed`: looking takes turns of Python from the client.
    """

    url: str
    types: tuple[str, ...]
    in_flight: int = 4
    again: int = 0
    change: int = 0
    is_weighed: bool = False


@contextmanager
def signed_in(url: str, home: Path, in_flight: int) -> Iterator[Client]:
    """A client with a new vault in the folder, signed in to a portal."""
    settings = Settings(home / "vault", home / "config.toml", requests_in_flight=in_flight)
    with Client(settings, ask=lambda: _PASSPHRASE, ask_new=lambda: _PASSPHRASE, cost=keys.FLOOR) as client:
        with client.sign_ins.begin(SignInRequest(url)) as attempt:
            attempt.with_password("ada", "secret")
        yield client


def _client(asked: Asked) -> list[Run]:
    share_arenas()  # as the program does when it begins
    with tempfile.TemporaryDirectory() as folder, signed_in(asked.url, Path(folder), asked.in_flight) as client:
        path = client.settings.database_path
        runs = [_sync(client, asked)]
        for number in range(asked.again):
            if number and asked.change:
                server.ask(asked.url, f"change?count={asked.change}")
            before = pages.Snapshot(client.vault, path)
            runs.append(_sync(client, asked))
            runs[-1].written = pages.written(before, pages.Snapshot(client.vault, path))
        return runs


def _sync(client: Client, asked: Asked) -> Run:
    planned: list[int] = []
    server.ask(asked.url, "requests")
    idle = memory.now()
    peak = memory.Peak()
    with peak if asked.is_weighed else nullcontext():
        began = time.perf_counter()
        report = client.sync.run(on_event=lambda event: planned.extend(_queries(event)))
        seconds = time.perf_counter() - began
    assert not report.failures, report.failures
    requests = int(server.ask(asked.url, "requests")["requests"])
    return Run(report.received, seconds, idle, peak.reached, report.changed, sum(planned), requests)


def _queries(event: object) -> list[int]:
    return [event.queries] if isinstance(event, SyncStarted) else []


def _reference(asked: Asked) -> list[Run]:
    with tempfile.TemporaryDirectory() as folder:
        connection = reference.prepare(Path(folder) / "vault.db")
        began = time.perf_counter()
        count = reference.run(asked.url, asked.types, connection)
        return [Run(count, time.perf_counter() - began)]


def _fhirpy(asked: Asked) -> list[Run]:
    portal: Any = importlib.import_module("fhirpy").SyncFHIRClient(asked.url)
    began = time.perf_counter()
    count = sum(len(portal.resources(name).search(patient=charts.PATIENT).fetch_all()) for name in asked.types)
    return [Run(count, time.perf_counter() - began)]


def _fhirclient(asked: Asked) -> list[Run]:
    smart: Any = importlib.import_module("fhirclient.client").FHIRClient({"app_id": "bench", "api_base": asked.url})
    models = [getattr(importlib.import_module(f"fhirclient.models.{name.lower()}"), name) for name in asked.types]
    began = time.perf_counter()
    count = 0
    for model in models:
        for bundle in model.where({"patient": charts.PATIENT}).perform_iter(smart.server):
            count += len(bundle.entry or [])
    return [Run(count, time.perf_counter() - began)]


CONTENDERS: dict[str, Callable[[Asked], list[Run]]] = {
    "client": _client,
    "reference": _reference,
    "fhirpy": _fhirpy,
    "fhirclient": _fhirclient,
}
OTHERS = ("fhirpy", "fhirclient")


def present() -> tuple[str, ...]:
    """The contenders that are installed."""
    return tuple(name for name in CONTENDERS if name not in OTHERS or find_spec(name))


def run(name: str, asked: Asked) -> list[Run]:
    """Have a contender run, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.contenders", name, json.dumps(asdict(asked))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return [Run(**found) for found in json.loads(done.stdout)]


def main() -> None:
    """Run one contender and print its runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.contenders")
    parser.add_argument("name", choices=tuple(CONTENDERS))
    parser.add_argument("asked", type=json.loads)
    given = parser.parse_args()
    found = {**given.asked, "types": tuple(given.asked["types"])}
    runs = CONTENDERS[given.name](Asked(**found))
    sys.stdout.write(json.dumps([asdict(each) for each in runs]))


if __name__ == "__main__":
    main()

"""Several processes use one vault: nobody is turned away, nobody waits long, and nothing that was written is lost.

`PORTAL_SOAK_SECONDS` is how long they do (10). What they had to wait is printed where output is shown (`-rP`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.store.vault.building import PROJECT
from tests.support.faults import client_of, make_vault, settings_in

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = float(os.environ.get("PORTAL_SOAK_SECONDS", "10"))
_WAIT = 30.0  # seconds; who is shut out waits 60 and fails, and how quick it is in fact is not a test's to say
_SEEN = 10.0  # seconds until a change was seen, as above
_SHARE = 0.1
_OPENING = """
import json, random, sys, time
from pathlib import Path
from store.records import incoming
from store.vault import resources
from tests.support import faults
name, home, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
client = faults.client_of(faults.settings_in(home))
vault = client.vault
print("open", flush=True)
sys.stdin.readline()
end = time.monotonic() + seconds
waits, count = [], 0

def put(tx, what, value):
    tx.connection.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (what, repr(value)))

def add(tx):
    row = tx.connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    put(tx, name, int(row[0]) + 1 if row else 1)
    row = tx.connection.execute("SELECT value FROM setting WHERE name = 'total'").fetchone()
    put(tx, "total", int(row[0]) + 1 if row else 1)
    put(tx, "stamp", time.monotonic())
"""
_CLOSING = """
client.close()
print(json.dumps({"count": count, "slowest": max(waits, default=0.0), "mean": sum(waits) / max(len(waits), 1)}))
"""
_SMALL = """
while time.monotonic() < end:
    began = time.monotonic()
    with vault.transaction() as tx:
        waits.append(time.monotonic() - began)
        add(tx)
    count += 1
"""
_BIG = """
pages = [
    [incoming.decode(faults.body(number).replace(b'"final"', version)) for number in range(1000, 1200)]
    for version in (b'"one"', b'"other"')
]
while time.monotonic() < end:
    began = time.monotonic()
    with vault.transaction() as tx:
        waits.append(time.monotonic() - began)
        resources.store(tx, 1, pages[count % 2])
        add(tx)
    count += 1
"""
_READER = """
while time.monotonic() < end:
    began = time.monotonic()
    assert client.records.list().total >= faults.RECORDS
    number = random.randrange(faults.RECORDS)
    assert client.records.find(f"Observation/record-{number}")[1] == faults.body(number)
    with vault.reading() as connection:
        versions = connection.execute("SELECT DISTINCT status FROM resource WHERE id LIKE 'record-1___'").fetchall()
    assert len(versions) <= 1, versions
    waits.append(time.monotonic() - began)
    count += 1
"""
_CHECKER = """
while time.monotonic() < end:
    began = time.monotonic()
    found = [part for part in client.checks.run() if not part.is_sound]
    assert found == [], found
    waits.append(time.monotonic() - began)
    count += 1
"""
_WATCHER = """
known, last = vault.changes(), None
while time.monotonic() < end:
    time.sleep(0.1)
    now = vault.changes()
    if now == known:
        continue
    known = now
    with vault.reading() as connection:
        row = connection.execute("SELECT value FROM setting WHERE name = 'stamp'").fetchone()
    if row and row[0] != last:
        last = row[0]
        waits.append(time.monotonic() - float(last))
        count += 1
"""
_ROLES = {
    "big": _BIG,
    "small-1": _SMALL,
    "small-2": _SMALL,
    "reader": _READER,
    "checker": _CHECKER,
    "watcher": _WATCHER,
}
_WRITERS = ("big", "small-1", "small-2")


@pytest.mark.timeout(_SECONDS + 240)
def test_processes_that_share_a_vault_neither_fail_nor_shut_one_another_out_nor_lose_anything(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_vault(settings_in(home))
    running = {name: start(name, script, home) for name, script in _ROLES.items()}
    said = finish(running)
    sys.stdout.write(f"{json.dumps(said, indent=1)}\n")
    assert max(one["slowest"] for name, one in said.items() if name != "checker") < _WAIT
    assert said["watcher"]["count"] > _SECONDS / 2
    fair = (said["small-1"]["count"] + said["small-2"]["count"]) / 2
    assert min(said[name]["count"] for name in _WRITERS) >= _SHARE * fair
    with client_of(settings_in(home)) as client:
        with client.vault.reading() as connection:
            found = dict(connection.execute("SELECT name, value FROM setting").fetchall())
        assert {name: int(found[name]) for name in _WRITERS} == {name: said[name]["count"] for name in _WRITERS}
        assert int(found["total"]) == sum(said[name]["count"] for name in _WRITERS)
        assert all(part.is_sound for part in client.checks.run())
        client.audit.verify()


def test_a_change_is_seen_by_another_process_that_looks(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_vault(settings_in(home))
    said = finish({name: start(name, script, home, 4.0) for name, script in (("watcher", _WATCHER), ("slow", _SLOW))})
    assert said["watcher"]["count"] >= said["slow"]["count"] - 1
    assert said["watcher"]["slowest"] < _SEEN
    sys.stdout.write(f"{said['watcher']}\n")


_SLOW = """
while time.monotonic() < end:
    with vault.transaction() as tx:
        add(tx)
    count += 1
    time.sleep(0.4)
"""


def start(name: str, script: str, home: Path, seconds: float = _SECONDS) -> subprocess.Popen[str]:
    """Start a process that opens the vault and waits until all have."""
    process = subprocess.Popen(
        [sys.executable, "-c", _OPENING + script + _CLOSING, name, str(home), str(seconds)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def finish(running: dict[str, subprocess.Popen[str]]) -> dict[str, Any]:
    """Let all of them begin, and return what each says of itself in the end."""
    for process in running.values():
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {name: process.communicate(timeout=_SECONDS + 180) for name, process in running.items()}
    for name, process in running.items():
        assert (process.returncode, said[name][1]) == (0, ""), f"{name}: {said[name][1]}"
    return {name: json.loads(out) for name, (out, _) in said.items()}

"""Killed in the middle of a sync or a refill, at many points: the vault is whole, and the next sync completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import Settings
from store.records.lossless import decode, encode
from store.vault import keys, reading
from tests.conftest import PASSPHRASE, sign_in
from tests.e2e.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SYNC = """
import sys
from pathlib import Path
from store.client import Client
from store.config import Settings
folder = Path(sys.argv[1])
client = Client(Settings(folder / "vault", folder / "config.toml"), ask=lambda: sys.stdin.readline().strip())
client.unlock()
print("ready", flush=True)
if len(sys.argv) > 3:
    client.outbox.send(sys.argv[3])
elif len(sys.argv) > 2:
    client.refills.submit(client.refills.plan(sys.argv[2]))
else:
    client.sync.run()
print("done", flush=True)
"""
POINTS = [
    *((f"sync.fetched:{n}") for n in (1, 3)),
    *((f"sync.page:{n}") for n in (1, 2, 5, 11, 17)),
    *((f"sync.commit:{n}") for n in (1, 2, 4)),
    *((f"sync.stored:{n}") for n in (1, 2, 4)),
]


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _SYNC, str(folder), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert process.stdin is not None
    process.stdin.write(PASSPHRASE + "\n")
    process.stdin.flush()
    return process


def contents(client: Client) -> dict[tuple[str, str], bytes]:
    with client.vault.reading() as connection:
        found = reading.records(client.vault, connection, reading.Filter())
        return {(row.type, row.id): body for row, body in found}


def assert_whole(client: Client) -> None:
    with client.vault.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        rows = connection.execute("SELECT count(*) FROM resource").fetchone()
        assert connection.execute("SELECT count(*) FROM resource_fts").fetchone() == rows
    with client.vault.transaction() as tx:
        tx.connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('integrity-check')")


@pytest.fixture(scope="module")
def complete(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    """What a vault holds that was never interrupted."""
    folder = tmp_path_factory.mktemp("complete")
    client = Client(Settings(folder / "vault", folder / "c"), ask_new=lambda: PASSPHRASE, cost=keys.FLOOR)
    with client:
        sign_in(client, sandbox)
        client.sync.run()
        return contents(client)


@pytest.mark.parametrize("point", POINTS)
def test_a_sync_killed_at_a_step_goes_on_and_completes(
    point: str,
    make_client: Callable[[], Client],
    sandbox: Sandbox,
    complete: dict[tuple[str, str], bytes],
    tmp_path: Path,
) -> None:
    before = make_client()
    sign_in(before, sandbox)
    before.close()
    process = start(tmp_path / "home", PORTAL_FAILPOINT=point)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    after = make_client()
    assert_whole(after)
    assert contents(after).items() <= complete.items()
    after.sync.run()
    assert contents(after) == complete
    assert after.sync.run().changed == 0
    assert_whole(after)


def test_a_sync_killed_at_random_moments_goes_on_and_completes(
    make_client: Callable[[], Client], sandbox: Sandbox, complete: dict[tuple[str, str], bytes], tmp_path: Path
) -> None:
    chance = random.Random(20261123)
    before = make_client()
    sign_in(before, sandbox)
    before.close()
    for _ in range(6):
        process = start(tmp_path / "home")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.6))
        process.kill()
        process.communicate(timeout=60)
        after = make_client()
        assert_whole(after)
        assert contents(after).items() <= complete.items()
        after.close()
    last = make_client()
    last.sync.run()
    assert contents(last) == complete


@pytest.mark.parametrize("point", ["push.sending:1", "push.answered:1", "push.confirmed:1"])
def test_a_refill_killed_on_its_way_is_requested_exactly_once(
    point: str, make_client: Callable[[], Client], sandbox: Sandbox, tmp_path: Path
) -> None:
    before = make_client()
    sign_in(before, sandbox)
    before.sync.run()
    asked = {row.medication for row in before.refills.list().items if row.status != "completed"}
    prescribed = [item.name for item in before.medications.list().items if item.type == "MedicationRequest"]
    name = next(item for item in prescribed if item not in asked)
    known = {row.id for row in before.refills.list().items}
    before.close()
    process = start(tmp_path / "home", str(name), PORTAL_FAILPOINT=point)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    after = make_client()
    assert_whole(after)
    after.sync.run()
    after.sync.run(full=True)
    new = [row for row in after.refills.list().items if row.id not in known]
    assert [(row.medication, row.status) for row in new] == [(name, "requested")]


@pytest.mark.parametrize("point", ["push.sending:1", "push.answered:1", "push.confirmed:1"])
def test_a_change_killed_on_its_way_is_made_exactly_once(
    point: str, make_client: Callable[[], Client], tmp_path: Path
) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as portal:
        before = make_client()
        sign_in(before, portal)
        before.sync.run()
        target = f"Patient/{before.portals.list()[0].patient}"
        body = decode(before.records.show(target).fhir)
        change = before.outbox.add_update(1, target, encode({**body, "maritalStatus": {"text": "Married"}}))
        before.close()
        process = start(tmp_path / "home", "send", str(change.id), PORTAL_FAILPOINT=point)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        after = make_client()
        assert_whole(after)
        assert after.sync.run().failures == ()
        found = decode(after.records.show(target).fhir)
    assert found["maritalStatus"] == {"text": "Married"}
    assert int(found["meta"]["versionId"]) == int(body["meta"]["versionId"]) + 1
    assert after.outbox.show(change.id).row.state == "confirmed"

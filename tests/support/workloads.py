"""Work on the vault that power cuts interrupt, and WORKLOADS, the explicit table.

To add one, write what `Workload` asks for and put it into the table.
"""

from __future__ import annotations

import functools
import json
import random
import threading
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.errors import NoVault, WrongPassphrase
from store.services.export_orders import Order
from store.vault import audit, connections, header, keys, outbox, reading, resources, slots
from store.vault import vault as vaults
from store.vault.outbox import State
from tests.store.vault.building import PASSPHRASE, record, signed_in
from tests.support.workload import Workload, run_one

if TYPE_CHECKING:
    from pathlib import Path

    from store.records.incoming import Incoming
    from store.vault.vault import Vault
    from tests.support.workload import Acknowledge


def settings_in(folder: Path) -> Settings:
    """Settings of a vault in a folder of a workload."""
    return Settings(folder / "home" / "vault", folder / "home" / "config.toml")


def check_whole(vault: Vault) -> None:
    """Let the engine look for damage everywhere: in pages, structure, references and the full-text index."""
    vault.checkpoint()  # first: cipher_integrity_check knows the main file only
    with vault.reading() as connection:
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        count = connection.execute("SELECT count(*) FROM resource").fetchone()
        assert connection.execute("SELECT count(*) FROM resource_fts").fetchone() == count
    with vault.transaction() as tx:
        tx.connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('integrity-check')")


def prepare_nothing(_: Path) -> None:
    """Begin with an empty folder."""


def prepare_vault(folder: Path) -> None:
    """Begin with a vault that has one connection and no records."""
    with vaults.create(settings_in(folder), PASSPHRASE, keys.FLOOR) as vault, vault.transaction() as tx:
        assert connections.save(tx, signed_in()) == 1


# A new vault


def run_create(folder: Path, acknowledge: Acknowledge) -> None:
    with vaults.create(settings_in(folder), PASSPHRASE, keys.FLOOR):
        acknowledge("created")


def verify_create(folder: Path, acks: tuple[str, ...]) -> None:
    try:
        vault = vaults.unlock(settings_in(folder), PASSPHRASE)
    except NoVault:
        assert not acks, "the vault is gone"
        home = settings_in(folder).vault_dir.parent
        assert {path.name for path in home.glob("*")} <= {"vault", "vault.lock"}, "remains were not swept away"
        return
    with vault:
        check_whole(vault)


# Records

_BATCHES = 6
_BATCH = 4


@functools.cache
def batch(writer: str, number: int) -> tuple[Incoming, ...]:
    """Records that go into the vault together: new ones, and one that every batch of a writer writes anew."""
    chance = random.Random(f"{writer}{number}")
    names = [f"{writer}-{number}-{place}" for place in range(_BATCH)]
    found = [record(name, json.dumps({"id": name, "text": chance.randbytes(700).hex()}).encode()) for name in names]
    return *found, record(f"{writer}-last", b'{"number":%d}' % number, words=f"number{number}")


def stored(vault: Vault) -> dict[str, bytes]:
    """Every record of a vault by its id."""
    with vault.reading() as connection:
        return {row.id: body for row, body in reading.records(vault, connection, reading.Filter())}


def check_batches(found: dict[str, bytes], writer: str, least: int) -> int:
    """Make sure that at least so many batches of a writer are there, and all of them whole; returns how many."""
    present = {name: body for name, body in found.items() if name.startswith(f"{writer}-")}
    count = json.loads(present[f"{writer}-last"])["number"] + 1 if present else 0
    assert count >= least, f"{least} batches of {writer} were acknowledged, {count} are there"
    assert present == {item.id: item.body for number in range(count) for item in batch(writer, number)}
    return int(count)


def run_store(folder: Path, acknowledge: Acknowledge) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        errors: list[BaseException] = []
        threads = [threading.Thread(target=_store, args=(vault, name, acknowledge, errors)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]


def _store(vault: Vault, writer: str, acknowledge: Acknowledge, errors: list[BaseException]) -> None:
    try:
        for number in range(_BATCHES):
            with vault.transaction() as tx:
                resources.store(tx, 1, batch(writer, number))
            acknowledge(f"{writer} {number}")
            if number % 3 == 1 and writer == "a":
                vault.checkpoint()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the first thread
        errors.append(error)


def verify_store(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_whole(vault)
        found = stored(vault)
    for writer in ("a", "b"):
        check_batches(found, writer, sum(ack.startswith(writer) for ack in acks))


# The outbox

_ITEMS = 4
_STATES = (State.QUEUED, State.SENDING, State.CONFIRMED)


def outbox_item(number: int) -> outbox.Item:
    return outbox.Item(
        id=f"item-{number}",
        connection=1,
        kind="refill",
        title="aspirin",
        type="Task",
        request_id=f"request-{number}",
        body=random.Random(number).randbytes(2_000),
        state=State.QUEUED,
        created=number,
        updated=number,
    )


def run_outbox(folder: Path, acknowledge: Acknowledge) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        for number in range(_ITEMS):
            with vault.transaction() as tx:
                outbox.add(tx, outbox_item(number))
            acknowledge(f"item-{number} {State.QUEUED}")
            for state in _STATES[1:]:
                with vault.transaction() as tx:
                    outbox.move(tx, f"item-{number}", state)
                acknowledge(f"item-{number} {state}")


def verify_outbox(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_whole(vault)
        with vault.reading() as connection:
            found = outbox.items(connection)
    promised = [(ack.split()[0], State(ack.split()[1])) for ack in acks]
    steps = [(item.id, state) for item in found for state in _STATES[: _STATES.index(State(item.state)) + 1]]
    assert steps[: len(promised)] == promised, f"{promised[-1]} was acknowledged, {steps[-1:]} is there"
    assert len(steps) <= len(promised) + 1
    for number, item in enumerate(found):
        assert (item.body, item.request_id) == (outbox_item(number).body, f"request-{number}")
        assert item.attempts == (item.state != State.QUEUED)


# The header

_HEADERS = 6


def _passphrase(number: int) -> bytes:
    return PASSPHRASE if number == 0 else b"passphrase %d" % number


def run_header(folder: Path, acknowledge: Acknowledge) -> None:
    settings = settings_in(folder)
    found = header.read(settings.header_path)
    key = header.unseal(found, PASSPHRASE)
    for number in range(1, _HEADERS + 1):
        slot = slots.for_passphrase(key, found.vault_id, _passphrase(number), keys.FLOOR, number)
        header.write(settings.header_path, found.having(slot))
        acknowledge(str(number))


def verify_header(folder: Path, acks: tuple[str, ...]) -> None:
    for number in (len(acks), len(acks) + 1):
        try:
            vault = vaults.unlock(settings_in(folder), _passphrase(number))
        except WrongPassphrase:
            continue
        with vault:
            check_whole(vault)
        return
    raise AssertionError(f"neither passphrase {len(acks)}, which was acknowledged, nor the next one opens the vault")


# Exports


def run_export(folder: Path, acknowledge: Acknowledge) -> None:
    with Client(settings_in(folder), ask=PASSPHRASE.decode) as client:
        for number in range(_BATCHES):
            with client.vault.transaction() as tx:
                resources.store(tx, 1, batch("a", number))
            client.exports.to_path(Order("ndjson"), folder / "exports" / f"{number}.ndjson")
            acknowledge(f"new {number}")
            client.exports.to_path(Order("ndjson"), folder / "exports" / "all.ndjson", replace=True)
            acknowledge(f"all {number}")


def verify_export(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_whole(vault)
        count = check_batches(stored(vault), "a", sum(ack.startswith("new") for ack in acks))
    for number in range(_BATCHES):
        size = _lines(folder / "exports" / f"{number}.ndjson")
        assert size or f"new {number}" not in acks, f"export {number} was acknowledged and is gone"
        assert size in {0, (number + 1) * _BATCH + 1}, f"export {number} has {size} records"
    size = _lines(folder / "exports" / "all.ndjson")
    least = sum(ack.startswith("all") for ack in acks)
    assert size in {seen * _BATCH + 1 if seen else 0 for seen in range(least, count + 1)}, f"after {least}: {size}"


def _lines(path: Path) -> int:
    """How many records an export has; 0 when it is not there. Raises ValueError when it is not whole."""
    if not path.exists():
        return 0
    content = path.read_bytes()
    assert content.endswith(b"\n"), f"{path.name} is not whole: {len(content)} bytes"
    return len([json.loads(line) for line in content.splitlines()])


# Lines about what was looked at, which need not be on the disk at once

_LOOKS = 9


def run_looks(folder: Path, acknowledge: Acknowledge) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        for number in range(_LOOKS):
            vault.note(audit.Entry("read", str(number)))
            if number % 3 == 0:
                vault.settle()
                acknowledge(str(number))
            elif number % 3 == 1:
                vault.note(audit.Entry("export", str(number)))  # what is committed after it takes it along
                acknowledge(str(number))
    acknowledge(str(_LOOKS - 1))


def verify_looks(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_whole(vault)
        with vault.reading() as connection:
            assert audit.verify(connection) == []
            looks = [line.what for line in audit.lines(connection, audit.Filter(action="read"))][::-1]
    assert looks == [str(number) for number in range(len(looks))]
    assert not acks or len(looks) > int(acks[-1]), f"{acks[-1]} was acknowledged, {len(looks)} lines are there"


WORKLOADS = {
    "create": Workload(prepare_nothing, run_create, verify_create),
    "store": Workload(prepare_vault, run_store, verify_store),
    "outbox": Workload(prepare_vault, run_outbox, verify_outbox),
    "header": Workload(prepare_vault, run_header, verify_header),
    "export": Workload(prepare_vault, run_export, verify_export),
    "looks": Workload(prepare_vault, run_looks, verify_looks),
}

if __name__ == "__main__":
    run_one(WORKLOADS)

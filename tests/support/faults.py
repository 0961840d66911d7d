"""Faults for tests to strike with: calls that fail at the n-th time, a keychain that does, and a vault to strike at."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import random
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from store.client import Client
from store.config import Settings
from store.errors import KeychainFailed, PortalError, WrongPassphrase
from store.records import incoming
from store.vault import connections, keys, outbox, reading, resources
from store.vault import vault as vaults
from store.vault.outbox import State
from tests.store.vault.building import PASSPHRASE, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from store.vault.keychain import Keychain
    from store.vault.transaction import Transaction

NEW_PASSPHRASE = "another vivid orchard lantern"
RECORDS = 30
ITEMS = 4
COMMITS = 6  # in a log that a crash left
SHOWN = (0, 1, 7, 8)  # records that `read` looks at: long ones and short ones
derive_once = functools.cache(keys.derive)  # what the derivation costs is not what these tests are about
_CALLS: tuple[tuple[Any, str], ...] = (
    *((os, name) for name in (
        "open", "write", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir", "link", "fdopen", "scandir",
        "listdir", "stat", "utime",
    )),
    (fcntl, "flock"),
    (shutil, "copyfileobj"),
)  # fmt: skip


class Countdown:
    """Counts calls, and says at which one something is to fail. An `at` of 0 never fails."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.count = 0
        self.struck = ""

    def step(self, name: str) -> bool:
        """Count a call; whether it is the one that fails."""
        self.count += 1
        if self.count == self.at:
            self.struck = name
        return self.count == self.at


@contextmanager
def failing_calls(at: int, code: int) -> Iterator[Countdown]:
    """Let the `at`-th call of the system that this process makes inside the block fail with an error number."""
    countdown = Countdown(at)
    before = [(module, name, getattr(module, name)) for module, name in _CALLS]

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def wrapper(*arguments: Any, **named: Any) -> Any:
            if countdown.step(name):
                raise OSError(code, os.strerror(code))
            return call(*arguments, **named)

        return wrapper

    for module, name, call in before:
        setattr(module, name, counted(name, call))
    try:
        yield countdown
    finally:
        for module, name, call in before:
            setattr(module, name, call)


class FailingKeychain:
    """A keychain in memory whose n-th call fails, before or after it was carried out."""

    name = "InMemory"

    def __init__(self, countdown: Countdown | None = None, *, fails_after: bool = False) -> None:
        self.countdown = countdown or Countdown()
        self.fails_after = fails_after
        self.kept: dict[str, bytes] = {}

    def find(self, _: str | None) -> Keychain:
        """The keychain, as a client looks for it."""
        with self._call("find"):
            return self

    def get(self, account: str) -> bytes | None:
        """The secret of an account."""
        with self._call("get"):
            return self.kept.get(account)

    def set(self, account: str, secret: bytes) -> None:
        """Keep a secret."""
        with self._call("set"):
            self.kept[account] = secret

    def delete(self, account: str) -> None:
        """Forget a secret."""
        with self._call("delete"):
            self.kept.pop(account, None)

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        strikes = self.countdown.step(name)
        if strikes and not self.fails_after:
            raise KeychainFailed("it is locked")
        yield
        if strikes:
            raise KeychainFailed("the connection to it is broken")


def settings_in(home: Path) -> Settings:
    """Settings whose every path is in one folder."""
    return Settings(home / "vault", home / "config.toml", session_file=home / "session")


def client_of(settings: Settings, passphrase: str = PASSPHRASE.decode(), **parts: Any) -> Client:
    """A client that knows its passphrase, and a new one."""
    return Client(settings, ask=lambda: passphrase, ask_new=lambda: NEW_PASSPHRASE, cost=keys.FLOOR, **parts)


def body(number: int) -> bytes:
    """A record: no two alike, with words of its own to be found by, and now and then one that fills several pages."""
    note = random.Random(number).randbytes(9_000 if number % 8 == 0 else 1_000).hex()
    return json.dumps({
        "resourceType": "Observation",
        "id": f"record-{number}",
        "status": "final",
        "code": {"text": f"Sodium {number}"},
        "effectiveDateTime": f"2024-01-{number % 28 + 1:02}",
        "valueQuantity": {"value": number, "unit": "mmol/L"},
        "note": [{"text": f"word{number} {note}"}],
    }).encode()  # fmt: skip


def store(tx: Transaction, numbers: range) -> None:
    """Put records of the first connection into the vault."""
    found = [incoming.decode(body(number)) for number in numbers]
    resources.store(tx, 1, [record for record in found if record is not None])


def item(number: int) -> outbox.Item:
    """Something that the patient asked for, and that waits."""
    return outbox.Item(
        id=f"item-{number}",
        connection=1,
        kind="refill",
        title="aspirin",
        type="Task",
        request_id=f"request-{number}",
        body=random.Random(number).randbytes(1_500),
        state=State.QUEUED,
        created=number,
        updated=number,
    )


def make_vault(settings: Settings, records: int = RECORDS) -> bytes:
    """Make a vault of some sixty pages, closed; returns its key."""
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        with vault.transaction() as tx:
            connections.save(tx, signed_in())
        with vault.transaction() as tx:
            store(tx, range(records))
            for number in range(ITEMS):
                outbox.add(tx, item(number))
        return vault.key


def opened(settings: Settings, key: bytes) -> Client:
    """A client whose vault is open already, by a key that need not be derived. Raises as `unlock_with` does."""
    client = client_of(settings)
    client._keep(vaults.unlock_with(settings, "session", lambda _: key))
    return client


def copy_home(source: Path, target: Path) -> Path:
    """A home as it is on the disk at this moment, as a crash would leave it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return target


def flip(content: bytes, bit: int) -> bytes:
    """Bytes with one bit of them turned over."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def state_of(settings: Settings) -> Mapping[str, tuple[bytes, int]]:
    """Content and time of change of what a wrong key must leave alone."""
    paths = (settings.header_path, settings.database_path, settings.database_path.with_name("vault.db-wal"))
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths if path.exists()}


@dataclass(frozen=True)
class Disk:
    """A filesystem of its own, in memory."""

    folder: Path
    size: int

    @property
    def free(self) -> int:
        """How many bytes can be written."""
        return shutil.disk_usage(self.folder).free

    def remount(self, how: str) -> None:
        """Let it be written to (`rw`) or only read (`ro`)."""
        _mount("-o", f"remount,{how}", str(self.folder))

    def leave(self, room: int) -> None:
        """Fill it up so that so many bytes are left."""
        filler = self.folder / "filler"
        filler.unlink(missing_ok=True)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(self.free - room, 1))


@contextmanager
def tiny_disk(folder: Path, size: int) -> Iterator[Disk]:
    """A filesystem of so many bytes, mounted on a folder; skips the test where that is not permitted."""
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a filesystem")
    try:
        yield Disk(folder, size)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


# Jobs


def _create(client: Client) -> None:
    client.open_or_create()


def _passphrase(client: Client) -> None:
    client.slots.change_passphrase()


def _session(client: Client) -> None:
    client.slots.begin_session(60)
    client.slots.end_sessions()


def _code(client: Client) -> None:
    drawn = client.slots.draw_code()
    client.slots.keep_code(drawn, drawn)


def _backup(client: Client) -> None:
    client.backups.write(client.settings.vault_dir.with_name("new.backup"))


def _restore(client: Client) -> None:
    client.backups.restore(client.settings.vault_dir.with_name("kept.backup"))


def _rotate(client: Client) -> None:
    client.slots.rotate()


def _attempts(client: Client) -> None:
    with client_of(client.settings, "not the passphrase") as stranger, suppress(WrongPassphrase):
        _ = stranger.vault
    _ = client.vault


def _store(client: Client) -> None:
    with client.vault.transaction() as tx:
        store(tx, range(RECORDS, RECORDS + 5))
    client.vault.checkpoint()


def _erase(client: Client) -> None:
    client.slots.erase()


def _read(client: Client) -> None:
    assert client.records.list().total == RECORDS
    for number in SHOWN:
        assert client.records.show(f"Observation/record-{number}").fhir == body(number)
    assert client.records.search("word7").total == 1
    with client.vault.reading() as connection:
        assert outbox.items(connection) == list(map(item, range(ITEMS)))


JOBS: dict[str, Callable[[Client], None]] = {
    "create": _create,
    "passphrase": _passphrase,
    "session": _session,
    "code": _code,
    "backup": _backup,
    "restore": _restore,
    "rotate": _rotate,
    "attempts": _attempts,
    "store": _store,
    "erase": _erase,
    "read": _read,
}


def make_home(home: Path) -> None:
    """A vault to do any of the jobs in, with a backup beside it."""
    settings = settings_in(home)
    make_vault(settings)
    with client_of(settings) as client:
        client.backups.write(home / "kept.backup")


def check_home(settings: Settings) -> None:
    """Make sure that the vault opens with the one passphrase or the other, is sound, and holds what was put in."""
    try:
        client = client_of(settings)
        client.unlock()
    except WrongPassphrase:
        client = client_of(settings, NEW_PASSPHRASE)
    with client:
        found = [part for part in client.checks.run() if not part.is_sound]
        assert found == []
        client.audit.verify()
        with client.vault.reading() as connection:
            records = {row.id: held for row, held in reading.records(client.vault, connection, reading.Filter())}
            items = [(entry.id, entry.body) for entry in outbox.items(connection)]
    if records:
        assert [records[f"record-{number}"] for number in range(RECORDS)] == list(map(body, range(RECORDS)))
        assert items == [(item(number).id, item(number).body) for number in range(ITEMS)]


def run(name: str, home: Path) -> str:
    """Do a job; returns the name of the error it ends in, or an empty text. Other errors are not caught."""
    try:
        with client_of(settings_in(home)) as client:
            JOBS[name](client)
    except PortalError as error:
        return type(error).__name__
    return ""


def command(name: str, home: Path) -> list[str]:
    """The command line of another process that does a job, and prints what `run` returns."""
    return [sys.executable, "-m", "tests.support.faults", name, str(home)]


if __name__ == "__main__":
    sys.stdout.write(run(sys.argv[1], Path(sys.argv[2])))

"""Every call of the system, the keychain and the clock fails once: what was asked for fails in words, or is done.

`PORTAL_FAULTS` is how many places of each kind of call real processes are struck at (2); 0 stands for all of them, and
for every error at every call inside of this process.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from store.errors import KeychainFailed, NoVault, StorageFailed, VaultDamaged
from store.vault import keys
from store.vault.audit import Entry
from tests.store.vault.building import PROJECT
from tests.support import faults
from tests.support.faults import Countdown, FailingKeychain, client_of, copy_home, settings_in
from tests.support.strace import missing_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.client import Client
    from store.config import Settings
    from tests.support.faults import Disk

_PLACES = int(os.environ.get("PORTAL_FAULTS", "2"))
_LEVELS = 50
_OF_CALLS = {"openat": ("VaultDamaged",)}  # what a header that cannot be opened is called
_FILES = ("vault.db", "vault.db-wal", "vault.db-shm", "vault.json", "turn.lock", "write.lock")
_ENDLESS = 400  # calls; no job here makes so many
_CODES = (errno.ENOSPC, errno.EIO, errno.EACCES)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "derive", faults.derive_once)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault, closed, with a backup beside it."""
    made = tmp_path_factory.mktemp("whole") / "home"
    faults.make_home(made)
    return made


def laid(name: str, home: Path, target: Path) -> Settings:
    """What a job begins with."""
    if name == "create":
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700)
    else:
        copy_home(home, target)
    return settings_in(target)


def check_after(name: str, settings: Settings) -> None:
    """Make sure that the vault is whole, or, where that is the job, not there; and that the job can be done again."""
    try:
        faults.check_home(settings)
    except NoVault:
        assert name in {"create", "erase"}
    except VaultDamaged:
        assert name == "erase"  # its keys are overwritten, and the next attempt removes it
    if name in {"create", "erase"}:
        assert faults.run(name, settings.vault_dir.parent) in {"", "NoVault", "WrongPassphrase"}


@pytest.mark.parametrize("first", range(1 if _PLACES else len(_CODES)))
@pytest.mark.parametrize("name", faults.JOBS)
def test_a_call_that_fails_ends_in_words_and_leaves_a_sound_vault(
    name: str, first: int, home: Path, tmp_path: Path
) -> None:
    assert struck_everywhere(name, first, home, tmp_path / "home") > 0


def struck_everywhere(name: str, first: int, home: Path, target: Path) -> int:
    """Do a job again and again, with a later call failing each time, until it runs clean; returns how often."""
    for at in range(1, _ENDLESS):
        settings = laid(name, home, target)
        with faults.failing_calls(at, _CODES[(first + at) % len(_CODES)]) as countdown:
            ended = faults.run(name, target)
        check_after(name, settings)
        if not countdown.struck:
            assert ended == ""
            return at - 1
    raise AssertionError("it never ran clean")


# The keychain


def _keychain_on(client: Client) -> None:
    client.slots.remember_in_keychain()


def _keychain_off(client: Client) -> None:
    client.slots.forget_in_keychain()


def _rotate(client: Client) -> None:
    client.slots.rotate()


def _open(client: Client) -> None:
    assert client.records.list().total == faults.RECORDS


@pytest.mark.parametrize("fails_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("job", [_keychain_on, _keychain_off, _rotate, _open])
def test_a_keychain_that_fails_ends_in_words_and_leaves_a_sound_vault(
    job: Callable[[Client], None], *, fails_after: bool, home: Path, tmp_path: Path
) -> None:
    for at in range(1, _ENDLESS):
        settings = laid("keychain", home, tmp_path / "home")
        chain = FailingKeychain(fails_after=fails_after)
        if job is not _keychain_on:
            with client_of(settings, find_keychain=chain.find) as client:
                client.slots.remember_in_keychain()
        chain.countdown = Countdown(at)
        with client_of(settings, find_keychain=chain.find) as client:
            try:
                job(client)
            except KeychainFailed:
                assert chain.countdown.struck
        struck, chain.countdown = chain.countdown.struck, Countdown()
        faults.check_home(settings)
        if not struck:
            assert at > 1
            return


# The clock


@pytest.mark.parametrize("name", ["create", "session", "passphrase", "code", "attempts", "store", "rotate", "restore"])
@pytest.mark.parametrize("years", [10, -10])
def test_a_clock_that_jumps_between_any_two_looks_ends_in_words(
    name: str, years: int, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, now = random.Random(name), time.time
    for at in range(1, _ENDLESS):
        settings = laid(name, home, tmp_path / "home")
        looks = Countdown(at)

        def jumping(looks: Countdown = looks) -> float:
            looks.step("time")
            away = years * 365.25 * 86_400 if looks.count >= looks.at else 0.0
            return now() + away - chance.random() * 3_600

        with monkeypatch.context() as patched:
            patched.setattr(time, "time", jumping)
            assert faults.run(name, settings.vault_dir.parent) in {"", "SessionEnded"}
        check_after(name, settings)
        if not looks.struck:
            return


# A disk that is full


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with faults.tiny_disk(tmp_path / "disk", 12 << 20) as mounted:
        yield mounted


def test_a_full_disk_is_read_from_and_says_how_much_to_free(disk: Disk, home: Path, tmp_path: Path) -> None:
    crashed = left_by_a_crash(home, tmp_path / "crashed")
    without_index = copy_home(crashed, tmp_path / "without")
    (without_index / "vault" / "vault.db-shm").unlink()
    states = (home, crashed, without_index)
    chance = random.Random(20261124)
    refused = 0
    for level in range(_LEVELS):
        (disk.folder / "filler").unlink(missing_ok=True)
        settings = settings_in(copy_home(states[level % len(states)], disk.folder / "home"))
        disk.leave(0 if level < len(states) else int(chance.random() ** 3 * (1 << 20)))
        refused += is_refused(disk, settings)
    assert refused > _LEVELS // 4


def left_by_a_crash(home: Path, folder: Path) -> Path:
    """The vault with a log that nobody has folded in."""
    with client_of(settings_in(copy_home(home, folder / "living"))) as client:
        with client.vault.transaction() as tx:
            tx.audit(Entry("test", "a line in the log"))
        return copy_home(folder / "living", folder / "home")


def is_refused(disk: Disk, settings: Settings) -> bool:
    """Read from a vault on a full disk and write to it, until enough was freed; whether anything had to be."""
    noise = random.Random(1).randbytes(200_000)
    missing = 0
    with client_of(settings) as client:
        faults.JOBS["read"](client)
        try:
            write(client, noise)
        except StorageFailed as error:
            missing = error.missing
            assert missing > 0
            disk.leave(disk.free + missing)
            write(client, noise)
        client.vault.note(Entry("test", "after"))
        assert client.unnoted == 0
        assert client.audit.list(action="read").total == len(faults.SHOWN)
    with client_of(settings) as client:
        faults.JOBS["read"](client)
        with client.vault.reading() as connection:
            assert connection.execute("SELECT value FROM setting WHERE name = 'noise'").fetchone() == (noise.hex(),)
        assert all(part.is_sound for part in client.checks.run())
    return missing > 0


def write(client: Client, noise: bytes) -> None:
    with client.vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting (name, value) VALUES ('noise', ?)", (noise.hex(),))


def test_lines_that_a_full_disk_refuses_are_counted_and_written_later(disk: Disk, home: Path) -> None:
    settings = settings_in(copy_home(home, disk.folder / "home"))
    with client_of(settings) as client:
        before = client.audit.list().total
        disk.leave(0)
        client.vault.note(Entry("test", "1"))
        while not client.unnoted:
            client.vault.note(Entry("test", "more"))
        client.vault.note(Entry("test", "last"))
        assert client.unnoted >= 2
        disk.leave(1 << 20)
        client.vault.note(Entry("test", "now"))
        assert client.unnoted == 0
        assert client.audit.list().total >= before + 3
        client.audit.verify()


# Real calls of real processes


@pytest.mark.skipif(missing_tool() is not None, reason=missing_tool() or "")
@pytest.mark.parametrize("calls", ["pwrite64", "fsync,fdatasync", "rename", "ftruncate", "openat"])
@pytest.mark.parametrize("name", ["store", "passphrase", "backup", "rotate"])
def test_a_call_that_the_kernel_refuses_ends_in_words_and_leaves_a_sound_vault(
    name: str, calls: str, home: Path, tmp_path: Path
) -> None:
    target = tmp_path / "home"
    settings = laid(name, home, target)
    log = tmp_path / "calls"
    assert traced(name, settings, "-e", f"trace={calls}", "-o", str(log)) == ""
    count = sum("(" in line for line in log.read_text().splitlines() if "+++" not in line)
    chance = random.Random(f"{name} {calls}")
    places = range(1, count + 1)
    for at in sorted(chance.sample(places, min(_PLACES, count)) if _PLACES else places):
        code = chance.choice(("ENOSPC", "EIO"))
        settings = laid(name, home, target)
        ended = traced(name, settings, "-e", f"trace={calls}", "-e", f"inject={calls}:error={code}:when={at}")
        assert ended in {"", "StorageFailed", *_OF_CALLS.get(calls, ())}, (at, code, ended)
        check_after(name, settings)


def traced(name: str, settings: Settings, *options: str) -> str:
    """What a job ends in that another process does, under strace, looking at the vault's own files only."""
    home = settings.vault_dir.parent
    watched = (".", "vault", *(f"vault/{name}" for name in _FILES))
    paths = [part for name in watched for part in ("-P", str(home / name))] if "trace=openat" in options else []
    done = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", *(() if "-o" in options else ("-o", "/dev/null")), *options, *paths,
         *faults.command(name, home)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()

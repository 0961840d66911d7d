from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from store.errors import StorageFailed, VaultBusy
from store.vault import locks
from tests.store.vault.building import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

GREEDY = """
import sys, time
from pathlib import Path
from store.vault import locks
folder, turns = Path(sys.argv[1]), 0
end = time.monotonic() + float(sys.argv[2])
print("ready", flush=True)
while time.monotonic() < end:
    with locks.turn(folder):
        turns += 1
        time.sleep(0.01)
print(turns)
"""
HOLDING = """
import sys, time
from pathlib import Path
from store.vault import locks
hold = locks.take(Path(sys.argv[1]), 1)
print("ready", flush=True)
time.sleep(60)
"""


def process(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.lock"


def test_many_share_a_lock_and_nobody_holds_it_alone_meanwhile(path: Path) -> None:
    one, other = locks.share(path, 0), locks.share(path, 0)
    one.release()
    with pytest.raises(VaultBusy):
        locks.take(path, 0)
    other.release()
    locks.take(path, 0).release()


def test_who_holds_a_lock_alone_shares_it_with_nobody(path: Path) -> None:
    with locks.alone(path, 0):
        for attempt in (locks.share, locks.take):
            with pytest.raises(VaultBusy):
                attempt(path, 0.05)
    locks.share(path, 0).release()


def test_a_lock_is_waited_for_as_long_as_was_said(path: Path) -> None:
    hold = locks.take(path, 0)
    began = time.monotonic()
    with pytest.raises(VaultBusy):
        locks.share(path, 0.2)
    assert 0.2 <= time.monotonic() - began < 2
    threading.Timer(0.1, hold.release).start()
    locks.share(path, 5).release()


def test_a_lock_that_is_relaxed_is_shared(path: Path) -> None:
    hold = locks.take(path, 0)
    hold.relax()
    locks.share(path, 0).release()
    with pytest.raises(VaultBusy):
        locks.take(path, 0)
    hold.release()


def test_letting_go_twice_is_harmless(path: Path) -> None:
    hold = locks.take(path, 0)
    hold.release()
    hold.release()
    hold.relax()
    locks.take(path, 0).release()


def test_a_lock_is_private_and_follows_no_link(path: Path, tmp_path: Path) -> None:
    locks.take(path, 0).release()
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(StorageFailed):
        locks.take(tmp_path / "link", 0)
    assert not (tmp_path / "victim").exists()


def test_a_lock_ends_with_the_process_that_held_it_however_that_ends(path: Path) -> None:
    with process(HOLDING, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(VaultBusy):
            locks.take(path, 0)
        holder.kill()
        holder.wait()
        locks.take(path, 1).release()


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_where_no_file_can_be_made_a_share_is_nothing_and_a_whole_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(locks, "_open", refuse)
    hold = locks.share(path, 0)
    hold.relax()
    hold.release()
    with pytest.raises(StorageFailed):
        locks.take(path, 0)


def test_a_folder_that_is_gone_is_told_as_it_is(tmp_path: Path) -> None:
    for attempt in (locks.share, locks.take):
        with pytest.raises(StorageFailed):
            attempt(tmp_path / "gone" / "vault.lock", 0)


def test_a_disk_that_knows_no_locks_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StorageFailed, match="cannot be locked"):
        locks.take(path, 0)


def test_where_the_system_has_no_such_locks_nobody_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    one, other = locks.take(path, 0), locks.take(path, 0)
    one.relax()
    one.release()
    other.release()


def test_one_writes_at_a_time_and_the_others_wait_for_their_turn(tmp_path: Path) -> None:
    with locks.turn(tmp_path), pytest.raises(VaultBusy), locks.turn(tmp_path, 0.05):
        pytest.fail("two had the turn")
    with locks.turn(tmp_path, 0.05):
        pass


def test_a_writer_that_failed_lets_the_next_one_write(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locks.turn(tmp_path):
        raise KeyError
    with locks.turn(tmp_path, 0):
        pass


def test_who_writes_all_the_time_does_not_shut_another_process_out(tmp_path: Path) -> None:
    with process(GREEDY, tmp_path, 2.0) as greedy:
        assert greedy.stdout is not None
        assert greedy.stdout.readline() == "ready\n"
        waits = []
        for _ in range(10):
            began = time.monotonic()
            with locks.turn(tmp_path, 5):
                waits.append(time.monotonic() - began)
        greedy.wait()
        assert int(greedy.stdout.read()) >= 10
    assert max(waits) < 1, waits


def test_who_waits_looks_whether_waiting_is_pointless(path: Path) -> None:
    def give_up() -> None:
        raise KeyError

    with locks.alone(path, 0):
        with pytest.raises(KeyError):
            locks.take_unless(path, 5, give_up)
        with pytest.raises(VaultBusy):
            locks.take_unless(path, 0.3, lambda: None)
    locks.take_unless(path, 0, give_up).release()

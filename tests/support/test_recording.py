"""The recorder follows what programs do to files, and says so when it cannot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.operations import Ack, Recording, Sync, UnknownCall, Write
from tests.support.recording import record
from tests.support.strace import missing_tool

if TYPE_CHECKING:
    from pathlib import Path

_MISSING = missing_tool()
pytestmark = pytest.mark.skipif(_MISSING is not None, reason=_MISSING or "")

_BEGIN = """
import ctypes, fcntl, mmap, os, shutil, subprocess, sys, threading
from pathlib import Path
folder = Path(sys.argv[1])
acks = os.open(os.environ["PORTAL_ACKS"], os.O_WRONLY | os.O_APPEND)
def ack(text): os.write(acks, f"ack {text}\\n".encode())
"""
_EVERYTHING = """
file = os.open(folder / "one", os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
os.write(file, b"0123456789")
os.lseek(file, 2, os.SEEK_SET)
os.read(file, 3)
os.write(os.dup(file), b"five")
os.pwrite(file, b"far", 20)
os.writev(file, [b"a", b"bc"])
os.ftruncate(file, 15)
os.posix_fallocate(file, 0, 40)
os.fchmod(file, 0o640)
with open(folder / "log", "ab") as log:
    log.write(b"first")
    log.flush()
    os.write(os.open(folder / "log", os.O_WRONLY | os.O_APPEND), b"second")
    log.write(b"third")
shutil.copyfile(folder / "one", folder / "two")
os.chdir(folder)
inner = os.open(folder, os.O_RDONLY)
os.mkdir("inside", 0o700, dir_fd=inner)
os.rename(folder / "two", "inside/three", dst_dir_fd=inner)
os.link(folder / "log", folder / "inside" / "log")
os.rename(folder / "inside", folder / "renamed")
os.unlink(folder / "log")
os.truncate(folder / "renamed" / "log", 7)
(folder / "gone").mkdir()
(folder / "gone").rmdir()
os.write(file, b"after")
os.fsync(file)
os.fsync(inner)
ack("done")
"""
_TOGETHER = """
def work(name):
    for number in range(30):
        with open(folder / name, "ab") as file:
            file.write(bytes(3000))
            file.flush()
            os.fsync(file.fileno())
        ack(f"{name} {number}")
        if number % 7 == 3:
            os.rename(folder / name, folder / f"{name}-{number}")
threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
for thread in threads: thread.start()
shared = os.open(folder / "shared", os.O_CREAT | os.O_WRONLY, 0o600)
for number in range(5):
    child = os.fork()
    if not child:
        os.write(shared, b"child")
        os._exit(0)
    os.waitpid(child, 0)
    os.write(shared, b"parent")
os.set_inheritable(shared, True)
subprocess.run(["sh", "-c", f"echo grandchild >&{shared}"], close_fds=False)
for thread in threads: thread.join()
"""


def run(folder: Path, script: str) -> Recording:
    folder.mkdir()
    return record([sys.executable, "-c", _BEGIN + script, str(folder)], folder)


def test_every_kind_of_change_is_followed_to_what_is_on_the_disk(tmp_path: Path) -> None:
    found = run(tmp_path / "watched", _EVERYTHING).after().files()
    assert found["one"] == (0o640, b"01234fiveabcafter".ljust(40, b"\0"))
    assert set(found) == {"one", "renamed", "renamed/log", "renamed/three"}
    assert found["renamed/log"] == (0o644, b"firstse")


def test_threads_and_children_are_followed_to_what_is_on_the_disk(tmp_path: Path) -> None:
    recording = run(tmp_path / "watched", _TOGETHER)
    assert recording.after().files()["shared"][1] == b"childparent" * 5 + b"grandchild\n"
    acks = [item.text for item in recording.operations if isinstance(item, Ack)]
    assert sorted(acks) == sorted(f"{name} {number}" for name in "abc" for number in range(30))


def test_an_acknowledgement_comes_after_the_sync_before_it(tmp_path: Path) -> None:
    script = 'file = open(folder / "f", "wb", 0)\nfile.write(b"x")\nos.fsync(file)\nack("x")\nfile.write(b"y")'
    operations = run(tmp_path / "watched", script).operations
    write, sync, ack, last = operations[1:]
    assert isinstance(write, Write)
    assert (sync, ack) == (Sync(write.file, 2), Ack("x"))
    assert last == Write(write.file, 1, b"y")


def test_the_index_of_a_write_ahead_log_is_left_out(tmp_path: Path) -> None:
    script = """
file = os.open(folder / "x-shm", os.O_CREAT | os.O_RDWR, 0o600)
os.ftruncate(file, 4096)
mmap.mmap(file, 4096)[:3] = b"abc"
os.fsync(file)
"""
    assert run(tmp_path / "watched", script).operations == ()


@pytest.mark.parametrize(
    "script",
    [
        'file = os.open(folder / "f", os.O_CREAT | os.O_RDWR); os.ftruncate(file, 99); mmap.mmap(file, 99)[:1] = b"x"',
        'os.symlink("/etc/passwd", folder / "link")',
        'os.open(folder / "f", os.O_CREAT | os.O_WRONLY | os.O_DSYNC)',
        'os.mkfifo(folder / "pipe")',
        'shutil.copyfile("/etc/passwd", folder / "copy")',
        '(folder / "f").touch(); os.rename(folder / "f", folder.parent / "out")',
        "sys.exit(3)",
    ],
)
def test_what_is_not_understood_is_refused(script: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownCall):
        run(tmp_path / "watched", script)

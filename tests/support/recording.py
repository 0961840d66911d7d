"""What a program did to a folder, call by call: `record` runs it under strace and reads the calls as operations."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import strace
from tests.support.operations import (
    ROOT,
    Ack,
    Change,
    Chmod,
    Create,
    Entry,
    Link,
    Operation,
    Recording,
    Rename,
    Resize,
    Sync,
    Tree,
    UnknownCall,
    Unlink,
    Write,
    is_volatile,
    read_tree,
)
from tests.support.processes import OpenFile, Processes
from tests.support.strace import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ACKS = "PORTAL_ACKS"  # the file, outside the folder, to which a workload writes lines `ack …`
_UMASK = 0o022


def record(command: Sequence[str], folder: Path, **environment: str) -> Recording:
    """Run a program that works on `folder`, and tell what it did there.

    The program finds in the environment, as `PORTAL_ACKS`, a file to append its `ack …` lines to. Raises
    UnknownCall when it did what is not understood here, or when the calls do not add up to what is on the disk.
    """
    folder = folder.resolve()
    before = read_tree(folder)
    place = Path(tempfile.mkdtemp(prefix="recording-"))
    try:
        acks, trace = place.resolve() / "acks", place / "trace"
        acks.touch()
        options = ["-f", "-y", "-xx", "-qq", "-e", "signal=none", "--seccomp-bpf", "-s", str(1 << 28)]
        done = subprocess.run(
            ["strace", *options, "-e", f"trace={','.join(strace.TRACED)}", "-o", str(trace), *command],
            env={**os.environ, **environment, ACKS: str(acks)},
            capture_output=True,
            umask=_UMASK,
            text=True,
            timeout=250,
            check=False,
        )
        if done.returncode:
            raise UnknownCall(f"the program ended with {done.returncode}: {done.stderr[-2000:]}")
        reader = Reader(folder, acks, before)
        with trace.open("rb") as lines:
            for line in lines:
                reader.read(line.decode("ascii"))
    finally:
        shutil.rmtree(place)
    found = Recording(before, tuple(reader.operations))
    if found.after().files() != read_tree(folder).files():
        raise UnknownCall("the calls do not add up to what is in the folder")
    return found


class Reader:
    """Reads the lines of strace one after the other; `operations` grows."""

    def __init__(self, folder: Path, acks: Path, before: Tree) -> None:
        self.operations: list[Operation] = []
        self._folder, self._acks = str(folder), str(acks)
        self._tree = before.copy()
        self._number = max(self._tree.modes) + 1
        self._volatile: set[int] = set()
        self._processes = Processes()
        self._unfinished: dict[int, tuple[str, int]] = {}
        self._handlers: dict[str, Callable[[Call], None]] = {
            **dict.fromkeys(("open", "openat", "creat"), self._open),
            **dict.fromkeys(("rename", "renameat", "renameat2"), self._rename),
            **dict.fromkeys(("link", "linkat"), self._link),
            **dict.fromkeys(("unlink", "unlinkat", "rmdir"), self._unlink),
            **dict.fromkeys(("mkdir", "mkdirat"), self._mkdir),
            **dict.fromkeys(("chmod", "fchmodat", "fchmod"), self._chmod),
            **dict.fromkeys(("write", "pwrite64", "writev", "pwritev", "pwritev2"), self._write),
            **dict.fromkeys(("truncate", "ftruncate", "fallocate"), self._resize),
            **dict.fromkeys(("sendfile", "copy_file_range"), self._copy),
            **dict.fromkeys(("fsync", "fdatasync"), self._sync),
            **self._processes.handlers,
            **dict.fromkeys(("read", "readv", "lseek"), self._move),
            "sync_file_range": lambda _: None,  # promises nothing about metadata, nor about the disk's own cache
            "mmap": self._mmap,
        }

    def read(self, line: str) -> None:
        """Take in one line."""
        found = strace.LINE.match(line.rstrip("\n"))
        if not found:
            raise UnknownCall(line[:200])
        process, text = int(found[1]), found[2]
        self._processes.adopt(process, {parent: begun for parent, (begun, _) in self._unfinished.items()})
        began = len(self.operations)
        if text.endswith("<unfinished ...>"):
            text = text.removesuffix("<unfinished ...>").rstrip()
            self._unfinished[process] = (text, began)
            self._begin(process, text, is_whole=False)
            return
        resumed = strace.RESUMED.match(text)
        if resumed:
            first, began = self._unfinished.pop(process)
            self._finish(process, first + resumed[2], began)
            return
        self._begin(process, text, is_whole=True)
        self._finish(process, text, began)

    def _begin(self, process: int, text: str, *, is_whole: bool) -> None:
        """Do what happens as soon as a call is made: a number is free again, a word is given."""
        name, _, rest = text.partition("(")
        if name not in {"close", "write"}:
            return
        arguments = strace.split(rest.rpartition(")")[0] if is_whole else rest)
        number, path = strace.descriptor(arguments[0])
        if name == "close":
            self._processes.table(process).remove(number)
        elif path == self._acks:
            lines = strace.string(arguments[1]).decode().splitlines()
            self.operations.extend(Ack(line.removeprefix("ack ")) for line in lines if line.startswith("ack "))

    def _finish(self, process: int, text: str, began: int) -> None:
        call = Call.read(process, text, began)
        if call is None or call.name == "close":
            return
        if call.name == "close_range":
            self._processes.close_range(call)
        elif call.name in strace.STARTING:
            self._processes.start(call)
        elif self._is_watched(call):
            if call.name not in self._handlers:
                raise UnknownCall(text[:300])
            self._handlers[call.name](call)

    # Paths and descriptors

    def _is_watched(self, call: Call) -> bool:
        """Whether a watched file is among the arguments."""
        if call.name in {"io_setup", "io_uring_setup"}:
            return True  # whatever follows is out of sight
        table = self._processes.table(call.process).open
        for argument in call.arguments:
            number, path = strace.descriptor(argument)
            if path is not None and (path == self._folder or path.startswith(f"{self._folder}/")):
                if number >= 0 and number not in table:
                    raise UnknownCall(f"a descriptor from nowhere: {call.text[:300]}")
                if number >= 0:
                    return True
            elif number in table and path is not None:
                raise UnknownCall(f"a descriptor that was thought to be of another file: {call.text[:300]}")
        if call.name in strace.CREATING or call.name in strace.NAMING:
            return any(self._inside(path) is not None for path in strace.paths(call.arguments))
        if call.name not in strace.REFUSED:
            return False
        return any(self._inside(path) is not None for path in strace.inner_paths(call.arguments))

    def _inside(self, path: str) -> list[str] | None:
        """The parts of a path below the folder; None for one that is elsewhere."""
        path = os.path.normpath(path)
        if path == self._folder:
            return []
        return path.removeprefix(f"{self._folder}/").split("/") if path.startswith(f"{self._folder}/") else None

    def _slot(self, path: str) -> tuple[int, str]:
        """The folder that a path leads to, and the last name in it."""
        parts = self._inside(path)
        if not parts:
            raise UnknownCall(f"{path} is, or leads out of, the watched folder")
        folder = ROOT
        for part in parts[:-1]:
            folder = self._tree.names[folder, part]
        return folder, parts[-1]

    def _file_at(self, path: str) -> int:
        if self._inside(path) == []:
            return ROOT
        return self._tree.names[self._slot(path)]

    def _do(self, operation: Entry | Change) -> None:
        """Note an operation, unless it is on a volatile file."""
        self._tree.apply(operation)
        file = None if isinstance(operation, Unlink) else operation.file
        if file in self._volatile:
            return
        if isinstance(operation, Unlink) and is_volatile(operation.name):
            return
        self.operations.append(operation)

    # Calls

    def _open(self, call: Call) -> None:
        (path,) = strace.paths(call.arguments)
        plain = call.arguments[2:] if call.name == "openat" else call.arguments[1:]
        flags = "O_WRONLY|O_CREAT|O_TRUNC" if call.name == "creat" else plain[0]
        if any(flag in flags for flag in ("O_TMPFILE", "O_SYNC", "O_DSYNC")):
            raise UnknownCall(call.text[:300])
        if self._inside(path) == []:
            file = ROOT
        else:
            slot = self._slot(path)
            if slot not in self._tree.names:
                self._create(slot, int(plain[-1], 8) & ~_UMASK, is_folder=False)
            file = self._tree.names[slot]
            if "O_TRUNC" in flags and self._tree.contents[file]:
                self._do(Resize(file, 0))
        self._processes.table(call.process).add(call.result, OpenFile(file, flags), closes="O_CLOEXEC" in flags)

    def _create(self, slot: tuple[int, str], mode: int, *, is_folder: bool) -> None:
        number, self._number = self._number, self._number + 1
        if is_volatile(slot[1]):
            self._volatile.add(number)
        self._do(Create(*slot, number, mode, is_folder))

    def _mkdir(self, call: Call) -> None:
        self._create(self._slot(strace.paths(call.arguments)[0]), int(call.arguments[-1], 8) & ~_UMASK, is_folder=True)

    def _rename(self, call: Call) -> None:
        source, target = (self._slot(path) for path in strace.paths(call.arguments))
        flags = call.arguments[4] if call.name == "renameat2" else "0"
        file = self._tree.names[source]
        if flags not in {"0", "RENAME_NOREPLACE"} or file in self._volatile or is_volatile(target[1]):
            raise UnknownCall(call.text[:300])
        if self._tree.names.get(target) != file:  # two names of one file: nothing happens
            self._do(Rename(*source, *target, file))

    def _link(self, call: Call) -> None:
        source, target = strace.paths(call.arguments)
        if is_volatile(target):
            raise UnknownCall(call.text[:300])
        self._do(Link(*self._slot(target), self._file_at(source)))

    def _unlink(self, call: Call) -> None:
        self._do(Unlink(*self._slot(strace.paths(call.arguments)[0])))

    def _chmod(self, call: Call) -> None:
        opened = self._processes.opened(call)
        file = opened.file if call.name == "fchmod" and opened else self._file_at(strace.paths(call.arguments)[0])
        mode = call.arguments[1 if call.name != "fchmodat" else 2]
        self._do(Chmod(file, int(mode, 8)))

    def _write(self, call: Call) -> None:
        opened = self._processes.opened(call)
        if opened is None:
            return
        content = b"".join(
            strace.string(item) for item in re.findall(r'"[^"]*"(?:\.\.\.)?', ", ".join(call.arguments[1:]))
        )
        if len(content) < call.result:
            raise UnknownCall(f"strace has shown only a part: {call.text[:200]}")
        content = content[: call.result]
        if call.name.startswith("p"):
            offset = int(call.arguments[3])
            if offset < 0:
                raise UnknownCall(call.text[:200])
            self._put(opened, content, offset)
        else:
            self._put(opened, content, None)

    def _put(self, opened: OpenFile, content: bytes, offset: int | None) -> None:
        """Write at an offset, or at the position and move it."""
        at = opened.position if offset is None else offset
        if "O_APPEND" in opened.flags:
            at = len(self._tree.contents[opened.file])
        if content:
            self._do(Write(opened.file, at, content))
        if offset is None:
            opened.position = at + len(content)

    def _resize(self, call: Call) -> None:
        if call.name == "truncate":
            file, size = self._file_at(strace.paths(call.arguments)[0]), int(call.arguments[1])
        else:
            opened = self._processes.opened(call)
            if opened is None:
                return
            file, size = opened.file, int(call.arguments[1]) if call.name == "ftruncate" else 0
        now = len(self._tree.contents[file])
        if call.name == "fallocate":
            if call.arguments[1] == "FALLOC_FL_KEEP_SIZE":
                return
            if call.arguments[1] != "0":
                raise UnknownCall(call.text[:300])
            size = max(now, int(call.arguments[2]) + int(call.arguments[3]))
        if size != now:
            self._do(Resize(file, size))

    def _copy(self, call: Call) -> None:
        at = (1, 0, 2, 2) if call.name == "sendfile" else (0, 2, 1, 3)
        source, target = self._processes.opened(call, at[0]), self._processes.opened(call, at[1])
        if target is None and source is None:
            return
        offsets = [call.arguments[at[2]], "NULL" if call.name == "sendfile" else call.arguments[at[3]]]
        first, second = (None if item == "NULL" else int(re.sub(r"\D", " ", item).split()[0]) for item in offsets)
        if source is None:
            raise UnknownCall(f"what is copied into the folder is not known: {call.text[:300]}")
        start = source.position if first is None else first
        content = bytes(self._tree.contents[source.file][start : start + call.result])
        if first is None:
            source.position += call.result
        if target is not None:
            self._put(target, content, second)

    def _sync(self, call: Call) -> None:
        opened = self._processes.opened(call)
        if opened is not None and opened.file not in self._volatile:
            self.operations.append(Sync(opened.file, call.began))

    def _move(self, call: Call) -> None:
        opened = self._processes.opened(call)
        if opened is not None:
            opened.position = call.result if call.name == "lseek" else opened.position + call.result

    def _mmap(self, call: Call) -> None:
        opened = self._processes.opened(call, 4)
        if opened is None or opened.file in self._volatile:
            return
        if "MAP_PRIVATE" not in call.arguments[3] and "O_RDONLY" not in opened.flags:
            raise UnknownCall(f"a file is written through memory: {call.text[:300]}")

"""strace: which calls it is to show, and how its lines are read."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.operations import UnknownCall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CREATING = ("open", "openat", "creat")
NAMING = (
    "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod",
    "fchmodat", "truncate",
)  # fmt: skip
WRITING = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "fallocate", "fchmod")
COPYING = ("sendfile", "copy_file_range")
SYNCING = ("fsync", "fdatasync", "sync_file_range")
DESCRIBING = ("close", "close_range", "dup", "dup2", "dup3", "fcntl", "lseek", "read", "readv", "mmap", "ioctl")
STARTING = ("clone", "clone3", "fork", "vfork", "execve")
REFUSED = (  # never understood: each raises when it touches a watched file
    "openat2", "symlink", "symlinkat", "mknod", "mknodat", "splice", "preadv2", "io_setup", "io_uring_setup",
)  # fmt: skip
TRACED = (*CREATING, *NAMING, *WRITING, *COPYING, *SYNCING, *DESCRIBING, *STARTING, *REFUSED)

LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
CALL = re.compile(r"(\w+)\((.*)\) += (0x[0-9a-f]+|-?\d+|\?).*", re.DOTALL)
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_ANY_PATH = re.compile(r'["<]((?:\\x[0-9a-f]{2})+)[">]')
_TOKEN = re.compile(r'"[^"]*"|[\[{(]|[\]})]|, ')
_DESCRIPTOR = re.compile(r"(-?\d+|AT_FDCWD)(?:<([^>]*)>)?(?:\(deleted\))?\Z")


@dataclass(frozen=True)
class Call:
    """One finished call: its arguments as strace shows them, and how many operations there were when it began."""

    process: int
    name: str
    arguments: list[str]
    result: int
    began: int
    text: str

    @classmethod
    def read(cls, process: int, text: str, began: int) -> Call | None:
        """Read a call; None when it failed, or when its process ended in it."""
        found = CALL.match(text)
        if not found:
            raise UnknownCall(text[:200])
        if found[3] == "?" or found[3].startswith("-"):
            return None
        return cls(process, found[1], split(found[2]), int(found[3], 0), began, text)


def split(arguments: str) -> list[str]:
    """Arguments at their commas, not at those inside of brackets or strings."""
    parts, depth, start = [], 0, 0
    for found in _TOKEN.finditer(arguments):
        match found[0][0]:
            case "[" | "{" | "(":
                depth += 1
            case "]" | "}" | ")":
                depth -= 1
            case "," if depth == 0:
                parts.append(arguments[start : found.start()])
                start = found.end()
    return [*parts, arguments[start:]]


def descriptor(argument: str) -> tuple[int, str | None]:
    """Number (-1 for the current folder, -2 for no descriptor) and path."""
    found = _DESCRIPTOR.match(argument)
    if not found:
        return -2, None
    path = text(found[2]) if found[2] is not None else None
    return (-1 if found[1] == "AT_FDCWD" else int(found[1])), path


def paths(arguments: Sequence[str]) -> list[str]:
    """The paths among arguments, each seen from the descriptor before it."""
    found, base = [], ""
    for argument in arguments:
        if argument.startswith('"'):
            found.append(os.path.join(base, os.fsdecode(string(argument))))  # noqa: PTH118 - the base may be unknown
            base = ""
        else:
            base = descriptor(argument)[1] or ""
    return found


def string(argument: str) -> bytes:
    if argument.endswith("..."):
        raise UnknownCall("strace has shown only a part of a string")
    return bytes.fromhex(argument.strip('"').replace("\\x", ""))


def text(path: str) -> str:
    return os.fsdecode(bytes.fromhex(path.replace("\\x", ""))) if path.startswith("\\x") else path


def missing_tool(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why nothing can be recorded here; None when it can."""
    return None if shutil.which("strace", path=environment.get("PATH")) else "strace is not installed"


def inner_paths(arguments: Sequence[str]) -> list[str]:
    """Every path among arguments, also inside of brackets."""
    return [text(found[1]) for found in _ANY_PATH.finditer(" ".join(arguments))]

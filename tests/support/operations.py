"""What can be done to files, one operation at a time, and the tree of files that it is done to."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

ROOT = 0  # the number of the watched folder itself


@dataclass(frozen=True)
class Create:
    """A new file, or a new folder, gets a name. Files are told apart by numbers, for their names change."""

    folder: int
    name: str
    file: int
    mode: int
    is_folder: bool = False


@dataclass(frozen=True)
class Link:
    """A file gets another name."""

    folder: int
    name: str
    file: int


@dataclass(frozen=True)
class Unlink:
    """A name of a file, or of an empty folder, goes."""

    folder: int
    name: str


@dataclass(frozen=True)
class Rename:
    """A name moves, in one step, onto another that may have been taken."""

    folder: int
    name: str
    to_folder: int
    to_name: str
    file: int


@dataclass(frozen=True)
class Write:
    """Bytes go into a file."""

    file: int
    offset: int
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Resize:
    """A file is cut or extended."""

    file: int
    size: int


@dataclass(frozen=True)
class Chmod:
    """A file or folder gets other permissions."""

    file: int
    mode: int


@dataclass(frozen=True)
class Sync:
    """A file or folder was synced: what was done to it before operation number `covers` is durable."""

    file: int
    covers: int


@dataclass(frozen=True)
class Ack:
    """The program told somebody that something is done."""

    text: str


Entry: TypeAlias = Create | Link | Unlink | Rename
Change: TypeAlias = Write | Resize | Chmod
Operation: TypeAlias = Entry | Change | Sync | Ack


class UnknownCall(Exception):
    """The program did something to a watched file that the recorder does not understand."""


@dataclass
class Tree:
    """Files and folders as they are at one moment, by number."""

    contents: dict[int, bytearray] = field(default_factory=dict)
    modes: dict[int, int] = field(default_factory=lambda: {ROOT: 0o700})
    names: dict[tuple[int, str], int] = field(default_factory=dict)

    def copy(self) -> Tree:
        """Another tree that is as this one."""
        contents = {file: bytearray(content) for file, content in self.contents.items()}
        return Tree(contents, dict(self.modes), dict(self.names))

    def apply(self, operation: Operation) -> None:
        """Do to this tree what the operation did."""
        match operation:
            case Create():
                self.names[operation.folder, operation.name] = operation.file
                self.add(operation)
            case Link():
                self.names[operation.folder, operation.name] = operation.file
            case Unlink():
                self.names.pop((operation.folder, operation.name), None)
            case Rename():
                self.names.pop((operation.folder, operation.name), None)
                self.names[operation.to_folder, operation.to_name] = operation.file
            case Write() | Resize():
                change(self.contents[operation.file], operation)
            case Chmod():
                self.modes[operation.file] = operation.mode
            case Sync() | Ack():
                pass

    def add(self, made: Create) -> None:
        """Know a new file, whatever becomes of its name."""
        self.modes[made.file] = made.mode
        if not made.is_folder:
            self.contents[made.file] = bytearray()

    def files(self) -> dict[str, tuple[int, bytes | None]]:
        """Mode and content (None for a folder) of everything that has a name, by path."""
        return self._files(ROOT, "")

    def _files(self, folder: int, prefix: str) -> dict[str, tuple[int, bytes | None]]:
        found: dict[str, tuple[int, bytes | None]] = {}
        for (parent, name), file in self.names.items():
            if parent == folder:
                content = self.contents.get(file)
                found[prefix + name] = (self.modes[file], None if content is None else bytes(content))
                if content is None:
                    found |= self._files(file, f"{prefix}{name}/")
        return found

    def write_to(self, folder: Path) -> None:
        """Make all of it in a folder that is not there yet."""
        folder.mkdir(mode=self.modes[ROOT])
        for path, (mode, content) in self.files().items():
            if content is None:
                (folder / path).mkdir(mode=mode)
            else:
                descriptor = os.open(folder / path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
                with os.fdopen(descriptor, "wb", buffering=0) as file:
                    file.write(content)


def change(content: bytearray, operation: Write | Resize) -> None:
    """Write to, cut or extend the content of a file; a gap is filled with zeros."""
    if isinstance(operation, Resize):
        del content[operation.size :]
        content.extend(bytes(operation.size - len(content)))
        return
    content.extend(bytes(max(0, operation.offset - len(content))))
    content[operation.offset : operation.offset + len(operation.content)] = operation.content


def read_tree(folder: Path) -> Tree:
    """The tree of a folder; files that only live as long as the machine (`is_volatile`) are left out."""
    tree = Tree(modes={ROOT: stat.S_IMODE(folder.stat().st_mode)})
    numbers: dict[int, int] = {folder.stat().st_ino: ROOT}
    for path in sorted(folder.rglob("*")):
        if is_volatile(path.name):
            continue
        found = path.lstat()
        number = numbers.setdefault(found.st_ino, len(numbers))
        tree.names[numbers[path.parent.stat().st_ino], path.name] = number
        tree.modes[number] = stat.S_IMODE(found.st_mode)
        if stat.S_ISREG(found.st_mode):
            tree.contents[number] = bytearray(path.read_bytes())
        elif not stat.S_ISDIR(found.st_mode):
            raise UnknownCall(f"{path} is neither a file nor a folder")
    return tree


def is_volatile(name: str) -> bool:
    """Whether SQLite makes this file anew after a crash: the index of a write-ahead log, written through mmap."""
    return name.endswith("-shm")


@dataclass(frozen=True)
class Recording:
    """What was in the folder, all of it durable, and what was done to it then."""

    before: Tree
    operations: tuple[Operation, ...]

    def after(self) -> Tree:
        """What is in the folder in the end."""
        tree = self.before.copy()
        for operation in self.operations:
            tree.apply(operation)
        return tree

"""Which process has which watched file open, and by what number: threads share, children inherit, an exec closes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.operations import UnknownCall
from tests.support.strace import STARTING, Call, descriptor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HARMLESS_IOCTLS = frozenset({"TCGETS", "FIONREAD", "F2FS_IOC_GET_FEATURES"})


@dataclass
class OpenFile:
    """An open file description: what descriptors of several numbers, and processes, may share."""

    file: int
    flags: str
    position: int = 0


@dataclass
class Descriptors:
    """The descriptors of one process, those of watched files only; `closing` are those that an exec closes."""

    open: dict[int, OpenFile] = field(default_factory=dict)
    closing: set[int] = field(default_factory=set)

    def copy(self) -> Descriptors:
        """What a child gets."""
        return Descriptors(dict(self.open), set(self.closing))

    def add(self, number: int, opened: OpenFile, *, closes: bool) -> None:
        """Know a new descriptor."""
        self.remove(number)
        self.open[number] = opened
        if closes:
            self.closing.add(number)

    def remove(self, number: int) -> None:
        """Forget a descriptor that was closed."""
        self.open.pop(number, None)
        self.closing.discard(number)

    def mark(self, number: int, *, closes: bool) -> None:
        """Know whether an exec closes a descriptor."""
        (self.closing.add if closes else self.closing.discard)(number)


class Processes:
    """Every process of a run. `handlers` take in the calls that change descriptors."""

    def __init__(self) -> None:
        self._tables: dict[int, Descriptors] = {}
        self.handlers: dict[str, Callable[[Call], None]] = {
            **dict.fromkeys(("dup", "dup2", "dup3"), self._dup),
            "fcntl": self._fcntl,
            "ioctl": self._ioctl,
        }

    def table(self, process: int) -> Descriptors:
        """The descriptors of a process."""
        return self._tables[process]

    def opened(self, call: Call, at: int = 0) -> OpenFile | None:
        """What the descriptor among the arguments has open; None when it is not watched."""
        return self._tables[call.process].open.get(descriptor(call.arguments[at])[0])

    def adopt(self, process: int, unfinished: Mapping[int, str]) -> None:
        """Know a process: the first of all, or one that speaks before the call that started it has returned."""
        if process in self._tables:
            return
        if not self._tables:
            self._tables[process] = Descriptors()
            return
        starting = [(parent, text) for parent, text in unfinished.items() if text.partition("(")[0] in STARTING]
        if not starting:
            raise UnknownCall(f"process {process} was started by nobody")
        if len({(id(self._tables[parent]), "CLONE_FILES" in text) for parent, text in starting}) > 1:
            raise UnknownCall(f"process {process} has two possible parents")
        self._start(starting[0][0], process, starting[0][1])

    def start(self, call: Call) -> None:
        """Take in a call that started a process, or another program in the same one."""
        if call.name != "execve":
            self._start(call.process, call.result, call.text)
            return
        before = self._tables[call.process]
        kept = {number: opened for number, opened in before.open.items() if number not in before.closing}
        self._tables[call.process] = Descriptors(kept)

    def close_range(self, call: Call) -> None:
        """Take in a call that closes descriptors, or has an exec close them."""
        table = self._tables[call.process]
        first, last = (int(item, 0) for item in call.arguments[:2])
        for number in [number for number in table.open if first <= number <= last]:
            if "CLOSE_RANGE_CLOEXEC" in call.arguments[2]:
                table.mark(number, closes=True)
            else:
                table.remove(number)

    def _start(self, parent: int, child: int, text: str) -> None:
        if child not in self._tables:
            table = self._tables[parent]
            self._tables[child] = table if "CLONE_FILES" in text else table.copy()

    def _dup(self, call: Call) -> None:
        table, opened = self._tables[call.process], self.opened(call)
        if opened is None:
            table.remove(call.result)
        elif call.result != descriptor(call.arguments[0])[0]:
            table.add(call.result, opened, closes="O_CLOEXEC" in call.arguments[-1])

    def _fcntl(self, call: Call) -> None:
        table, opened, command = self._tables[call.process], self.opened(call), call.arguments[1]
        if opened is None:
            return
        if command.startswith("F_DUPFD"):
            table.add(call.result, opened, closes=command == "F_DUPFD_CLOEXEC")
        elif command == "F_SETFD":
            table.mark(descriptor(call.arguments[0])[0], closes="FD_CLOEXEC" in call.arguments[2])
        elif command == "F_SETFL" and ("O_APPEND" in call.arguments[2]) != ("O_APPEND" in opened.flags):
            raise UnknownCall(call.text[:300])

    def _ioctl(self, call: Call) -> None:
        if call.arguments[1] in {"FIOCLEX", "FIONCLEX"}:
            closes = call.arguments[1] == "FIOCLEX"
            self._tables[call.process].mark(descriptor(call.arguments[0])[0], closes=closes)
        elif call.arguments[1] not in _HARMLESS_IOCTLS:
            raise UnknownCall(call.text[:300])

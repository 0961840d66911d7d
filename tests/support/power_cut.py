"""Power cuts: what a disk may hold when the power goes at any moment of a recorded run.

The disk keeps its promises and no others. After an fsync of a file its bytes are durable, after an fsync of a folder
the names in it are. Of everything else any part may have come to the disk: each sector of 512 bytes in any version
that it has had since the last fsync, a size without its bytes (then there are zeros), a file without its name. A
rename is seen wholly or not at all. Names come to the disk either in their order, as on ext4 and XFS, or in none.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from tests.support.operations import (
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
    Unlink,
    Write,
    change,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SECTOR = 512
_SHARES = (0.05, 0.5, 0.95)
Data: TypeAlias = Write | Resize


class Habit(StrEnum):
    """How much of what was not synced has come to the disk."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    IN_ORDER = "in order"  # up to some write, which is torn
    WRITES = "writes"  # some writes, whole
    SECTORS = "sectors"  # some sectors


@dataclass(frozen=True)
class Image:
    """A disk after a power cut: its folder, what had been acknowledged, and how it came about."""

    folder: Path
    acks: tuple[str, ...]
    story: str


@dataclass
class Disk:
    """What is durable at one moment of a recording, and what is on its way."""

    durable: Tree
    entries: list[Entry] = field(default_factory=list)  # all there ever were
    safe: set[int] = field(default_factory=set)  # the places in `entries` of those that are durable
    pending: dict[int, list[tuple[int, Change]]] = field(default_factory=dict)
    acks: list[str] = field(default_factory=list)
    _times: list[int] = field(default_factory=list)

    @classmethod
    def holding(cls, before: Tree) -> Disk:
        """A disk on which all that is there is durable."""
        return cls(before.copy())

    def do(self, number: int, operation: Operation) -> None:
        """Take in the operation of this number."""
        match operation:
            case Ack():
                self.acks.append(operation.text)
            case Sync():
                self._sync(operation)
            case Write() | Resize() | Chmod():
                self.pending.setdefault(operation.file, []).append((number, operation))
            case Create() | Link() | Unlink() | Rename():
                if isinstance(operation, Create):
                    self.durable.add(operation)
                self.entries.append(operation)
                self._times.append(number)

    def _sync(self, done: Sync) -> None:
        waiting = self.pending.pop(done.file, [])
        for number, operation in waiting:
            if number < done.covers:
                self.durable.apply(operation)
        late = [(number, operation) for number, operation in waiting if number >= done.covers]
        if late:
            self.pending[done.file] = late
        for place, entry in enumerate(self.entries):
            if self._times[place] < done.covers and done.file in _folders(entry):
                self.safe.add(place)

    def after_a_cut(self, chance: random.Random) -> tuple[Tree, str]:
        """One of the states in which the disk may be found, and how it came about."""
        found, story = Tree(dict(self.durable.contents), dict(self.durable.modes), dict(self.durable.names)), []
        kept, manner = self._kept(chance)
        for place in sorted(kept):
            entry = self.entries[place]
            if isinstance(entry, Create):
                found.names[entry.folder, entry.name] = entry.file
            else:
                found.apply(entry)
        story.append(f"{len(kept)} of {len(self.entries)} names {manner}")
        for file, waiting in sorted(self.pending.items()):
            habit = chance.choice(list(Habit))
            changes = [item for _, item in waiting if not isinstance(item, Chmod)]
            modes = [item.mode for _, item in waiting if isinstance(item, Chmod)]
            found.modes[file] = chance.choice([found.modes[file], *modes])
            if changes:
                found.contents[file] = settle(self.durable.contents[file], changes, habit, chance)
                story.append(f"file {file}: {habit}")
        return found, "; ".join(story)

    def _kept(self, chance: random.Random) -> tuple[set[int], str]:
        """The places of those entries that have come to the disk."""
        if chance.random() < 0.5:
            least = max(self.safe, default=-1) + 1
            return self.safe | set(range(chance.randint(least, len(self.entries)))), "in order"
        share = chance.choice(_SHARES)
        kept = self.safe | {place for place in range(len(self.entries)) if chance.random() < share}
        moved: set[int] = set()
        for place in reversed(range(len(self.entries))):  # who sees the last move of a file sees the earlier ones
            entry = self.entries[place]
            if isinstance(entry, Rename):
                if entry.file in moved:
                    kept.add(place)
                elif place in kept:
                    moved.add(entry.file)
        return kept, "in no order"


def settle(durable: bytearray, changes: list[Data], habit: Habit, chance: random.Random) -> bytearray:
    """The content of a file of which this was durable and those changes were on their way."""
    found = bytearray(durable)
    match habit:
        case Habit.NOTHING:
            pass
        case Habit.EVERYTHING:
            for item in changes:
                change(found, item)
        case Habit.IN_ORDER:
            count = chance.randrange(len(changes))
            for item in changes[:count]:
                change(found, item)
            last = changes[count]
            if isinstance(last, Write):
                found = _Settling(found, [last], chance, by_sector=True).run()
        case Habit.WRITES | Habit.SECTORS:
            found = _Settling(found, changes, chance, by_sector=habit is Habit.SECTORS).run()
    return found


class _Settling:
    """Changes of one file that come to the disk in no order, as the page cache would write them.

    A sector holds one of the versions it has had in memory, never a mixture. Cuts of the file come in their order:
    those up to one moment have been made, later ones have not; what was written into room that a later cut had freed
    and given again is then not to be seen.
    """

    def __init__(self, durable: bytearray, changes: list[Data], chance: random.Random, *, by_sector: bool) -> None:
        self._cached = bytearray(durable)
        self._found = durable
        self._changes = changes
        self._chance = chance
        self._by_sector = by_sector
        self._share = chance.choice(_SHARES)
        self._sizes = [len(durable)]

    def run(self) -> bytearray:
        barrier, floor = self._first_cut_not_made()
        for number, item in enumerate(self._changes):
            is_late = number >= barrier
            if isinstance(item, Write):
                self._write(item, below=floor if is_late else None)
                if is_late:
                    continue
            else:
                is_cut = item.size < len(self._cached)
                change(self._cached, item)
                if is_late:
                    continue
                if is_cut:
                    del self._found[item.size :]
                    self._sizes.clear()
            self._sizes.append(len(self._cached))
        size = self._chance.choice(self._sizes)
        change(self._found, Resize(0, size))
        return self._found

    def _first_cut_not_made(self) -> tuple[int, int]:
        """Its place among the changes, and the size below which all later ones leave the file alone."""
        size, cuts = len(self._cached), []
        for number, item in enumerate(self._changes):
            if isinstance(item, Resize):
                if item.size < size:
                    cuts.append((number, item.size))
                size = item.size
            else:
                size = max(size, item.offset + len(item.content))
        left = cuts[self._chance.randint(0, len(cuts)) :]
        return (left[0][0], min(size for _, size in left)) if left else (len(self._changes), 0)

    def _write(self, item: Write, below: int | None) -> None:
        change(self._cached, item)
        end = item.offset + len(item.content)
        whole = self._chance.random() < self._share
        for start in range(item.offset - item.offset % SECTOR, end, SECTOR):
            stop = min(start + SECTOR, len(self._cached))
            lands = self._chance.random() < self._share if self._by_sector else whole
            if lands and (below is None or start + SECTOR <= below):
                change(self._found, Write(0, start, bytes(self._cached[start:stop])))


def _folders(entry: Entry) -> set[int]:
    return {entry.folder, entry.to_folder} if isinstance(entry, Rename) else {entry.folder}


def _moments(operations: Sequence[Operation]) -> list[int]:
    """After how many operations the power may go: any number, and above all when a promise or a name has been given."""
    telling = [place + 1 for place, item in enumerate(operations) if not isinstance(item, Write)]
    last_words = [place + 1 for place, item in enumerate(operations) if isinstance(item, Ack)]
    everything = list(range(len(operations) + 1))
    shares = [group * (1 + len(everything) // len(group)) for group in (telling, last_words) if group]
    return everything + [place for group in shares for place in group]


def images(recording: Recording, seed: int, count: int, into: Path) -> Iterator[Image]:
    """Cut the power `count` times at random moments; each image lies in a new folder in `into`.

    The same recording and seed give the same images, however many others are made with them.
    """
    operations = recording.operations
    chance = random.Random(seed)
    moments = _moments(operations)
    cuts = sorted((chance.choice(moments), chance.getrandbits(64), number) for number in range(count))
    disk, done = Disk.holding(recording.before), 0
    for cut, own, number in cuts:
        for place in range(done, cut):
            disk.do(place, operations[place])
        done = cut
        tree, story = disk.after_a_cut(random.Random(own))
        folder = into / f"image-{number}"
        tree.write_to(folder)
        last = operations[cut - 1] if cut else "nothing"
        yield Image(folder, tuple(disk.acks), f"image {number}, seed {seed}: cut after {cut} ({last}); {story}")

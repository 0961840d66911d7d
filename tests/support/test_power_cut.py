"""What a disk keeps, and all the ways in which it keeps no more than that."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.support.operations import (
    ROOT,
    Ack,
    Chmod,
    Create,
    Link,
    Operation,
    Recording,
    Rename,
    Resize,
    Sync,
    Tree,
    Unlink,
    Write,
    read_tree,
)
from tests.support.power_cut import SECTOR, Disk, Habit, images, settle

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = b"o" * (4 * SECTOR), b"n" * (4 * SECTOR)


def states(*operations: Operation, before: Tree | None = None) -> set[tuple[tuple[str, bytes | None], ...]]:
    """Every state in which the disk was found after the operations."""
    disk = Disk.holding(before or Tree())
    for number, operation in enumerate(operations):
        disk.do(number, operation)
    found = (disk.after_a_cut(random.Random(seed))[0].files() for seed in range(600))
    return {tuple((path, content) for path, (_, content) in sorted(files.items())) for files in found}


def with_file(content: bytes) -> Tree:
    """A disk that has one file, number 1, by the name of f."""
    return Tree({1: bytearray(content)}, {ROOT: 0o700, 1: 0o600}, {(ROOT, "f"): 1})


def contents(*operations: Operation, before: bytes = OLD) -> set[bytes]:
    """Every content of the file f that was found after the operations."""
    return {content or b"" for ((_, content),) in states(*operations, before=with_file(before))}


def test_what_was_synced_is_there() -> None:
    assert contents(Write(1, 0, NEW), Sync(1, 1)) == {NEW}
    assert states(Create(ROOT, "f", 1, 0o600), Sync(ROOT, 1)) == {(("f", b""),)}


def test_a_sync_covers_only_what_was_done_before_it_began() -> None:
    assert {OLD, NEW} < contents(Write(1, 0, NEW), Sync(1, 0))
    assert states(Create(ROOT, "f", 1, 0o600), Sync(ROOT, 0)) == {(), (("f", b""),)}


def test_a_write_is_torn_between_sectors_and_never_inside_of_one() -> None:
    found = contents(Write(1, 0, NEW))
    assert found == {
        b"".join((NEW if number >> place & 1 else OLD)[:SECTOR] for place in range(4)) for number in range(16)
    }


def test_a_sector_holds_a_version_it_has_had_and_no_mixture() -> None:
    first, second = Write(1, 0, b"1" * 100), Write(1, 100, b"2" * 100)
    versions = [OLD, b"1" * 100 + OLD[100:], b"1" * 100 + b"2" * 100 + OLD[200:]]
    assert contents(first, second) == set(versions)


def test_writes_of_one_file_come_in_any_order() -> None:
    found = contents(Write(1, 0, NEW[:SECTOR]), Write(1, SECTOR, NEW[:SECTOR]))
    assert OLD[:SECTOR] + NEW[:SECTOR] + OLD[2 * SECTOR :] in found


def test_a_file_that_grew_may_be_short_or_hold_zeros() -> None:
    found = contents(Write(1, len(OLD), NEW))
    assert {len(content) for content in found} == {len(OLD), 2 * len(OLD)}
    assert OLD + bytes(len(NEW)) in found
    assert all(content.startswith(OLD) for content in found)


def test_a_cut_is_made_or_not_and_nothing_later_is_seen_in_what_it_freed() -> None:
    assert contents(Resize(1, 0)) == {OLD, b""}
    found = contents(Resize(1, 0), Write(1, 0, NEW))
    assert {OLD, b"", NEW, bytes(len(NEW))} <= found
    assert not [content for content in found if b"o" in content and b"n" in content]


def test_a_rename_is_seen_wholly_or_not_at_all() -> None:
    before = with_file(OLD)
    before.contents[2], before.modes[2] = bytearray(NEW), 0o600
    before.names[ROOT, "f.new"] = 2
    assert states(Rename(ROOT, "f.new", ROOT, "f", 2), before=before) == {
        (("f", OLD), ("f.new", NEW)),
        (("f", NEW),),
    }


def test_a_rename_may_come_before_the_bytes() -> None:
    made = (Create(ROOT, "f.new", 2, 0o600), Write(2, 0, NEW), Rename(ROOT, "f.new", ROOT, "f", 2))
    assert (("f", b""),) in states(*made, before=with_file(OLD))
    synced = (*made[:2], Sync(2, 2), made[2])
    assert (("f", b""),) not in states(*synced, before=with_file(OLD))
    assert (("f", NEW),) in states(*synced, before=with_file(OLD))


def test_names_come_in_any_order() -> None:
    found = states(Create(ROOT, "a", 1, 0o600), Create(ROOT, "b", 2, 0o600))
    assert {tuple(path for path, _ in state) for state in found} == {(), ("a",), ("b",), ("a", "b")}


def test_a_folder_without_its_name_takes_its_files_with_it() -> None:
    operations = (Create(ROOT, "d", 1, 0o700, is_folder=True), Create(1, "f", 2, 0o600), Sync(1, 2))
    assert states(*operations) == {(), (("d", None), ("d/f", b""))}


def test_a_folder_that_was_renamed_twice_has_one_name() -> None:
    before = Tree({}, {ROOT: 0o700, 1: 0o700}, {(ROOT, "a"): 1})
    found = states(Rename(ROOT, "a", ROOT, "b", 1), Rename(ROOT, "b", ROOT, "c", 1), before=before)
    assert found == {(("a", None),), (("b", None),), (("c", None),)}


def test_names_that_were_taken_away_and_given_come_back() -> None:
    assert states(Unlink(ROOT, "f"), before=with_file(OLD)) == {(), (("f", OLD),)}
    assert states(Link(ROOT, "g", 1), Sync(ROOT, 1), before=with_file(OLD)) == {(("f", OLD), ("g", OLD))}


def test_permissions_are_kept_or_not() -> None:
    disk = Disk.holding(with_file(OLD))
    disk.do(0, Chmod(1, 0o400))
    found = {disk.after_a_cut(random.Random(seed))[0].modes[1] for seed in range(50)}
    assert found == {0o600, 0o400}


@pytest.mark.parametrize("habit", Habit)
def test_a_disk_never_makes_up_bytes(habit: Habit) -> None:
    for seed in range(300):
        chance = random.Random(seed)
        size, content, seen = 3_000, bytearray(b"0" * 3_000), set(b"0\0")
        changes: list[Write | Resize] = []
        for letter in b"123456":
            if chance.random() < 0.3:
                changes.append(Resize(1, chance.randrange(4_000)))
            else:
                changes.append(Write(1, chance.randrange(4_000), bytes([letter]) * chance.randrange(1, 2_000)))
            seen.add(letter)
        found = settle(content, changes, habit, chance)
        assert set(found) <= seen
        assert len(content) == size


def test_images_lie_in_folders_and_come_out_the_same_again(tmp_path: Path) -> None:
    operations = (
        Create(ROOT, "f", 1, 0o600), Write(1, 0, NEW), Sync(1, 2), Sync(ROOT, 3), Ack("one"), Write(1, 0, OLD),
        Create(ROOT, "d", 2, 0o700, is_folder=True), Create(2, "g", 3, 0o640), Write(3, 0, NEW), Ack("two"),
    )  # fmt: skip
    recording = Recording(Tree(), operations)
    runs = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        found = list(images(recording, 7, 60, tmp_path / name))
        runs.append([(image.story, image.acks, read_tree(image.folder).files()) for image in found])
    assert runs[0] == runs[1]
    assert {acks for _, acks, _ in runs[0]} == {(), ("one",), ("one", "two")}
    assert all(files["f"] for _, acks, files in runs[0] if acks)

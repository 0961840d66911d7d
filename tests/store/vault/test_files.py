from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from store.errors import InvalidInput, StorageFailed, VaultUnsafe
from store.services import placing
from store.services.export_files import OneFile
from store.vault import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_folder_and_the_one_above_it_are_only_the_owners(tmp_path: Path) -> None:
    files.make_private_folder(tmp_path / "home" / "vault")
    assert mode(tmp_path / "home") == mode(tmp_path / "home" / "vault") == 0o700


def test_a_private_folder_is_not_made_twice(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed) as caught:
        files.make_private_folder(tmp_path)
    assert caught.value.path == tmp_path
    assert str(caught.value).endswith("it is there already")


def test_an_empty_file_is_private_and_takes_nobodys_place(tmp_path: Path) -> None:
    files.create_empty(tmp_path / "vault.db")
    assert mode(tmp_path / "vault.db") == 0o600
    with pytest.raises(StorageFailed):
        files.create_empty(tmp_path / "vault.db")


def test_a_file_is_replaced_whole_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    files.replace(path, b"one, which is longer")
    files.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_replacement_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "vault.json").mkdir()
    (tmp_path / "vault.json" / "kept").touch()
    with pytest.raises(StorageFailed):
        files.replace(tmp_path / "vault.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["vault.json"]


def test_a_replacement_follows_no_link_that_lies_in_wait(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / f".vault.json.{os.getpid()}.new").symlink_to(victim)
    with pytest.raises(StorageFailed):
        files.replace(tmp_path / "vault.json", b"new")
    assert victim.read_bytes() == b"mine"


def test_a_file_in_a_folder_that_is_not_there_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        files.replace(tmp_path / "gone" / "vault.json", b"new")


@pytest.mark.parametrize("extra", [0o040, 0o004, 0o010, 0o020, 0o002])
def test_what_others_may_use_is_refused(tmp_path: Path, extra: int) -> None:
    path = tmp_path / "vault.json"
    path.touch(0o600)
    files.check_private(path)
    path.chmod(0o600 | extra)
    with pytest.raises(VaultUnsafe) as caught:
        files.check_private(path)
    assert caught.value.path == path


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_what_belongs_to_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    path.touch(0o600)
    os.chown(path, 12_345, -1)
    with pytest.raises(VaultUnsafe):
        files.check_private(path)


def test_where_folders_cannot_be_synced_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")
    files.sync_folder(tmp_path / "gone")


def gone() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_what_a_killed_writer_left_goes_when_the_file_is_written_again(tmp_path: Path) -> None:
    path, dead = tmp_path / "vault.json", gone()
    for name in (f".vault.json.{dead}.new", f".vault.json.{dead}-0a1b.new"):
        (tmp_path / name).write_bytes(b"old slots")
    files.replace(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_process_is_writing_is_left_to_it(tmp_path: Path) -> None:
    others = {f".vault.json.{number}.new" for number in (os.getppid(), 1, "9" * 30, "mine")} | {".other.1.new"}
    for name in others:
        (tmp_path / name).touch()
    files.replace(tmp_path / "vault.json", b"new")
    assert {path.name for path in tmp_path.iterdir()} == {"vault.json", *others}


def test_where_nobody_can_be_asked_what_runs_all_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / f".all.ndjson.{gone()}-1.new"
    left.touch()
    monkeypatch.setattr(os, "name", "nt")
    assert files.beside(tmp_path / "all.ndjson", "2").name == f".all.ndjson.{os.getpid()}-2.new"
    assert left.exists()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "dangling"])
def test_nothing_but_a_file_gives_way_to_a_file(tmp_path: Path, kind: str) -> None:
    place, there = tmp_path / "place", tmp_path / "there"
    there.write_text("kept")
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(there if kind == "link" else tmp_path / "nothing")
    with pytest.raises(InvalidInput, match="no file of its own"):
        files.check_replaceable(place)
    files.check_replaceable(there)
    files.check_replaceable(tmp_path / "new")


def test_exports_downloads_and_backups_replace_no_link(tmp_path: Path) -> None:
    there, link = tmp_path / "there", tmp_path / "link"
    there.write_text("kept")
    link.symlink_to(there)
    for act in (lambda: placing.as_file(link, [b"x"], replace=True), lambda: OneFile(link, "", None)):
        with pytest.raises(InvalidInput):
            act()
    assert (link.is_symlink(), there.read_text()) == (True, "kept")

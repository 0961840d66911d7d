"""Work that keeps what it promises or does not, without a line of ours: what the simulator must and must not find."""

from __future__ import annotations

import functools
import os
import random
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2 as sqlcipher

from tests.support.workload import Workload, run_one

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workload import Acknowledge

_PLAIN_KEY = "PRAGMA key = \"x'" + "5a" * 32 + "'\""
_PLAIN_ROWS = 4


def _plain(folder: Path) -> Any:
    connection = sqlcipher.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(_PLAIN_KEY)
    return connection


def prepare_plain(folder: Path, *, journal: str) -> None:
    connection = _plain(folder)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("CREATE TABLE line (number INTEGER, content BLOB)")
    connection.close()


def run_plain(folder: Path, acknowledge: Acknowledge, *, synchronous: str) -> None:
    connection = _plain(folder)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    for number in range(12):
        connection.execute("BEGIN IMMEDIATE")
        lines = [(number, random.Random(number).randbytes(2_000))] * _PLAIN_ROWS
        connection.executemany("INSERT INTO line VALUES (?, ?)", lines)
        connection.execute("COMMIT")
        acknowledge(str(number))
        if number % 5 == 4:
            connection.execute("PRAGMA wal_checkpoint").fetchall()
    connection.close()


def verify_plain(folder: Path, acks: tuple[str, ...]) -> None:
    connection = _plain(folder)
    try:
        found = dict(connection.execute("SELECT number, count(*) FROM line GROUP BY number").fetchall())
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert set(found.values()) <= {_PLAIN_ROWS}
    finally:
        connection.close()
    assert list(found) == list(range(len(found)))
    assert len(found) >= len(acks), f"lost: {len(acks)} were acknowledged, {len(found)} are there"


def prepare_file(folder: Path) -> None:
    (folder / "file").write_bytes(_file_content(0))


def run_file(folder: Path, acknowledge: Acknowledge, *, syncs: str) -> None:
    for number in range(1, 10):
        beside = folder / "file.new"
        with beside.open("wb", buffering=0) as file:
            file.write(_file_content(number))
            if "file" in syncs:
                os.fsync(file.fileno())
        beside.replace(folder / "file")
        if "folder" in syncs:
            descriptor = os.open(folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        acknowledge(str(number))


def verify_file(folder: Path, acks: tuple[str, ...]) -> None:
    content = (folder / "file").read_bytes()
    whole = [number for number in range(10) if content == _file_content(number)]
    assert whole, f"not whole: {len(content)} bytes"
    assert whole[0] >= len(acks), f"lost: {len(acks)} were acknowledged, {whole[0]} is there"


def _file_content(number: int) -> bytes:
    return random.Random(number).randbytes(3_000 + 100 * number)


def _plain_control(journal: str, synchronous: str) -> Workload:
    return Workload(
        functools.partial(prepare_plain, journal=journal),
        functools.partial(run_plain, synchronous=synchronous),
        verify_plain,
    )


CONTROLS = {
    "wal-full": _plain_control("WAL", "FULL"),
    "delete-extra": _plain_control("DELETE", "EXTRA"),
    "delete-full": _plain_control("DELETE", "FULL"),
    "wal-normal": _plain_control("WAL", "NORMAL"),
    "wal-off": _plain_control("WAL", "OFF"),
    "delete-off": _plain_control("DELETE", "OFF"),
    "file-synced": Workload(prepare_file, functools.partial(run_file, syncs="file folder"), verify_file),
    "file-unsynced": Workload(prepare_file, functools.partial(run_file, syncs="folder"), verify_file),
    "folder-unsynced": Workload(prepare_file, functools.partial(run_file, syncs="file"), verify_file),
}


if __name__ == "__main__":
    run_one(CONTROLS)

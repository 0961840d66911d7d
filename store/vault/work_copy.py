"""A copy of a damaged database to read from: its log folded in, and pages that are not there marked as lost."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO

from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import VaultDamaged
from store.vault import engine, files

if TYPE_CHECKING:
    from pathlib import Path

_PAGE_BYTES = 4096
_LOST_PAGE = b"\xff" * _PAGE_BYTES  # reads as damaged, where a page of zeros would read as empty
_GAP_BYTES = 1 << 36  # more than a vault has; it is a gap in the file, and takes no room


def make(path: Path, copy: Path, key: bytes) -> Path:
    """Copy the database at `path` to `copy`, as far as it can be read. Raises VaultDamaged, StorageFailed."""
    log = path.with_name(f"{path.name}-wal")
    files.check_room(copy, 3 * path.stat().st_size)
    files.create_empty(copy)
    with files.refusals(copy), path.open("rb", buffering=0) as source, copy.open("r+b") as target:
        for number in range(-(-path.stat().st_size // _PAGE_BYTES)):
            target.write(_page(source, number))
        target.truncate(target.tell() + _GAP_BYTES)  # a file that is too short does not open
        if log.exists():
            files.replace(copy.with_name(f"{copy.name}-wal"), log.read_bytes())
    try:
        with closing(engine.connect(copy, key)) as connection:  # folds in the log when it is closed
            connection.execute("SELECT * FROM sqlite_master").fetchall()
            if not engine.has_read_well(connection):
                raise VaultDamaged(path, "its list of tables is lost, and only a backup helps")
            count = int(connection.execute("PRAGMA page_count").fetchone()[0])
    except (VaultDamaged, sqlcipher.Error) as error:
        raise VaultDamaged(path, "its first page or its list of tables is lost, and only a backup helps") from error
    with files.refusals(copy), copy.open("r+b", buffering=0) as file:
        for number in range(count):
            page = _page(file, number)
            file.seek(number * _PAGE_BYTES)
            file.write(page)
        file.truncate(count * _PAGE_BYTES)
    return copy


def _page(source: BinaryIO, number: int) -> bytes:
    try:
        source.seek(number * _PAGE_BYTES)
        page = source.read(_PAGE_BYTES)
    except OSError:  # a part of the disk that cannot be read any more
        return _LOST_PAGE
    return page if len(page) == _PAGE_BYTES and any(page) else _LOST_PAGE

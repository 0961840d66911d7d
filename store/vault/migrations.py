"""The schema's history: numbered steps, each applied with its bookkeeping row in one transaction."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import VaultDamaged, VaultNewer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.vault.engine import DbConnection

FULL_TEXT = (
    "CREATE VIRTUAL TABLE resource_fts USING fts5("
    "title, words, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\")"
)


def _first_schema(connection: DbConnection) -> None:
    # Deferred: only a new vault needs the declarations.
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.schema import CreateIndex, CreateTable  # noqa: PLC0415

    from store.vault.tables import metadata  # noqa: PLC0415

    dialect = create_engine("sqlite://").dialect
    for table in metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda item: item.name or ""):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    connection.execute(FULL_TEXT)


MIGRATIONS: dict[int, Callable[[DbConnection], None]] = {1: _first_schema}
LATEST = max(MIGRATIONS)


def current(connection: DbConnection) -> int:
    """The number of the last step this database has taken; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: DbConnection, path: Path) -> None:
    """Bring the database at `path` to the latest schema. Raises VaultNewer when it is past that."""
    found = current(connection)
    if found == LATEST:
        return
    if found > LATEST:
        raise VaultNewer(found, LATEST)
    if found < 0:
        raise VaultDamaged(path, "its schema number is impossible")
    for number in range(found + 1, LATEST + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if current(connection) >= number:  # another process took this step while we waited
                connection.execute("ROLLBACK")
                continue
            MIGRATIONS[number](connection)
            connection.execute("INSERT INTO migration (number, applied) VALUES (?, ?)", (number, int(time.time())))
            connection.execute(f"PRAGMA user_version = {number}")
            failpoints.reach("migration.commit")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # the engine has ended it by itself when the disk refused
                connection.execute("ROLLBACK")
            raise

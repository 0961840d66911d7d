"""The schema's history: numbered steps, each applied with its bookkeeping row in one transaction."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

from store import failpoints
from store.errors import VaultDamaged, VaultNewer
from store.vault import audit, compression, engine, files, keys, schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.vault.engine import DbConnection

_BATCH = 500


def _first_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - a step's signature
    for statement in schemas.FIRST:
        connection.execute(statement)


def _second_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - as above
    """Less than half the file: what repeats is written once, what rests is compressed, and indexes nobody needs go."""
    for name in ("resource_by_code", "resource_by_kind", "resource_by_type", "sync_state_by_query"):
        connection.execute(f"DROP INDEX {name}")
    connection.execute("DROP TABLE resource_fts")
    renewed = ("dictionary", "setting", "outbox_item", "resource", "sync_state")
    for name in renewed:
        connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    for statement in schemas.SECOND:
        connection.execute(statement)
    connection.execute("INSERT INTO setting (name, value) SELECT name, value FROM old_setting")
    connection.execute("INSERT INTO outbox_item SELECT * FROM old_outbox_item")
    names = 'connection, "query", type, cursor, since, sweep_began, complete_to, full_sweep, received, error'
    connection.execute(f"INSERT INTO sync_state ({names}) SELECT {names} FROM old_sync_state")  # noqa: S608 - our own
    _compress_documents(connection)
    pairs = "SELECT DISTINCT type, kind FROM old_resource ORDER BY type, kind"
    connection.execute(f"INSERT INTO kind (type, noun) {pairs}")
    names = (
        "h, connection, id, version, last_updated, code, title, date, date_text, status, flag, value, unit, size, "
        "hash, dictionary, body"
    )
    connection.execute(
        f"INSERT INTO resource (pk, kind, {names}) SELECT old.pk, kind.id, "  # noqa: S608 - our own names
        + ", ".join(f"old.{name}" for name in names.split(", "))
        + " FROM old_resource AS old JOIN kind ON kind.type = old.type AND kind.noun = old.kind ORDER BY old.pk"
    )
    for name in renewed:
        connection.execute(f"DROP TABLE old_{name}")
    _index_anew(connection)


def _compress_documents(connection: DbConnection) -> None:
    for number, smart, capability in connection.execute("SELECT id, smart, capability FROM connection").fetchall():
        packed = compression.pack(smart), compression.pack(capability)
        connection.execute("UPDATE connection SET smart = ?, capability = ? WHERE id = ?", (*packed, number))
    for number, content in connection.execute("SELECT id, content FROM old_dictionary ORDER BY id").fetchall():
        connection.execute(
            "INSERT INTO dictionary (id, content, records, is_packed) "
            "VALUES (?, ?, (SELECT count(*) FROM old_resource), 1)",
            (number, compression.pack(content)),
        )


def _index_anew(connection: DbConnection) -> None:
    compressor, place = compression.Compressor(), 0
    while rows := connection.execute(
        "SELECT pk, title, dictionary, body FROM resource WHERE pk > ? ORDER BY pk LIMIT ?", (place, _BATCH)
    ).fetchall():
        texts = [(pk, _search_text(title, compressor.restore(connection, *packed))) for pk, title, *packed in rows]
        connection.executemany("INSERT INTO resource_fts (rowid, words) VALUES (?, ?)", texts)
        place = rows[-1][0]


def _search_text(title: str, body: bytes) -> str:
    # Deferred: a vault that is up to date needs no reader of records to be opened.
    from store.records import incoming  # noqa: PLC0415

    try:
        record = incoming.decode(body)
    except ValueError:
        return title
    if record is None:
        return title
    return f"{title}\n{record.words}"


def _audit_head(connection: DbConnection, vault_key: bytes) -> None:
    """The trail's key moves from the vault key into the vault, so that it outlives a new vault key; and its head."""
    has_lines = connection.execute("SELECT count(*) FROM audit_entry").fetchone()[0]
    audit.begin(connection, keys.subkey(vault_key, "audit") if has_lines else None)


def _fourth_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - a step's signature
    """Room for what a sync finds out: gaps, absences, unusable records, conflicts and attachments."""
    renewed = {"sync_state": "NULL, ''", "outbox_item": "'create', '', '', x'', '', 0"}  # each with its new columns
    for name in renewed:
        connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    for statement in schemas.FOURTH:
        connection.execute(statement)
    for name, added in renewed.items():
        connection.execute(f"INSERT INTO {name} SELECT *, {added} FROM old_{name}")  # noqa: S608 - our own names
        connection.execute(f"DROP TABLE old_{name}")
    connection.execute("INSERT INTO dictionary_copy SELECT * FROM dictionary")


def _fifth_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - a step's signature
    """Lists and counts go by connection, and find it in the index by which they go."""
    connection.execute("DROP INDEX resource_by_kind")
    for statement in schemas.FIFTH:
        connection.execute(statement)


def _sixth_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - a step's signature
    """Room for reminders: the rules for them, and what became of each delivery."""
    for statement in schemas.SIXTH:
        connection.execute(statement)


def _seventh_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - a step's signature
    """What changes is kept as it was, too; and search knows where in a record a word stands, for phrases and ranks.

    A later step fills that index, which is made anew there.
    """
    connection.execute("DROP TABLE resource_fts")
    for statement in schemas.SEVENTH:
        connection.execute(statement)


def _eighth_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - a step's signature
    """The search index goes by date, and by kind and connection: the newest that a word is in are found at once.

    As in the last step.
    """
    connection.execute("DROP TABLE resource_fts")
    for statement in schemas.EIGHTH:
        connection.execute(statement)


def _ninth_schema(connection: DbConnection, vault_key: bytes) -> None:  # noqa: ARG001 - as above
    """The search index goes by day, which takes a third less, and knows titles and statuses apart from other words."""
    from store.vault import resources  # noqa: PLC0415 - as in _search_text

    connection.execute("DROP TABLE resource_fts")
    for statement in schemas.NINTH:
        connection.execute(statement)
    resources.reread(connection, compression.Compressor())


Step: TypeAlias = "Callable[[DbConnection, bytes], None]"
MIGRATIONS: dict[int, Step] = {
    1: _first_schema,
    2: _second_schema,
    3: _audit_head,
    4: _fourth_schema,
    5: _fifth_schema,
    6: _sixth_schema,
    7: _seventh_schema,
    8: _eighth_schema,
    9: _ninth_schema,
}
LATEST = max(MIGRATIONS)


def current(connection: DbConnection) -> int:
    """The number of the last step this database has taken; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check(found: int, path: Path) -> None:
    """Make sure that a schema is one this program can bring up to date. Raises VaultNewer, VaultDamaged."""
    if found > LATEST:
        raise VaultNewer(found, LATEST)
    if found < 0:
        raise VaultDamaged(path, "its schema number is impossible")


def migrate(connection: DbConnection, path: Path, vault_key: bytes) -> None:
    """Bring the database at `path` to the latest schema. Raises VaultNewer when it is past that."""
    found = current(connection)
    check(found, path)
    for number in sorted(step for step in MIGRATIONS if step > found):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if current(connection) >= number:  # another process took this step while we waited
                connection.execute("ROLLBACK")
                continue
            MIGRATIONS[number](connection, vault_key)
            connection.execute("INSERT INTO migration (number, applied) VALUES (?, ?)", (number, int(time.time())))
            connection.execute(f"PRAGMA user_version = {number}")
            failpoints.reach("migration.commit")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # the engine has ended it by itself when the disk refused
                connection.execute("ROLLBACK")
            raise


def new_database(path: Path, key: bytes) -> None:
    """Make an empty database of the latest schema at `path`. Raises StorageFailed."""
    files.create_empty(path)
    with engine.translated(path):
        connection = engine.connect(path, key)
        try:
            engine.prepare_new(connection)
            migrate(connection, path, key)
        finally:
            connection.close()

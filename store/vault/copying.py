"""A copy of the whole database under a key, as it is at one moment, compared with what it was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2 as sqlcipher

from store import failpoints
from store.errors import VaultDamaged
from store.vault import engine, files

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.vault.engine import DbConnection

_SPARE_BYTES = 1 << 20
_SHADOWS = ("resource_fts_",)  # of the full-text index, which has a check of its own


def copy(
    source: DbConnection,
    target: Path,
    key: bytes,
    change: Callable[[DbConnection, str], None] | None = None,
) -> None:
    """Copy the database behind `source` to a new file at `target` under `key`.

    Others may go on writing. `change` may alter the copy before it is compared: it gets the connection and the name
    under which the copy is attached to it. Raises StorageFailed, with the bytes that are missing, and VaultDamaged
    when the copy differs, or a page of the source cannot be read.
    """
    pages, page_bytes = (int(source.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    files.check_room(target, pages * page_bytes + _SPARE_BYTES)
    files.create_empty(target)
    with engine.translated(target):
        source.execute("ATTACH DATABASE ? AS made KEY ?", (str(target), f"x'{key.hex()}'"))
        try:
            source.execute("BEGIN")
            _export(source)
            number = source.execute("PRAGMA main.user_version").fetchone()[0]
            source.execute(f"PRAGMA made.user_version = {int(number)}")
            failpoints.reach("copy.exported")
            wanted = digests(source, "made")
            if wanted != digests(source, "main"):
                raise VaultDamaged(target, "it is not what was to be copied")
            if change is not None:
                change(source, "made")
                wanted = digests(source, "made")
            source.execute("COMMIT")
        except BaseException:
            if source.in_transaction:
                source.execute("ROLLBACK")
            raise
        finally:
            source.execute("DETACH DATABASE made")
    files.sync_file(target)
    failpoints.reach("copy.synced")
    verify(target, key, wanted)


def _export(source: DbConnection) -> None:
    """Write everything to the database `made`. Raises VaultDamaged when a page of the source is not authentic."""
    try:
        source.execute("SELECT sqlcipher_export('made')").fetchall()
    except sqlcipher.OperationalError:  # it says that there is an error, and not which
        engine.check_pages(source, Path(source.execute("PRAGMA database_list").fetchone()[2]))
        raise


def verify(path: Path, key: bytes, wanted: dict[str, str] | None = None) -> dict[str, str]:
    """Open a database that was copied, check every page of it, and compare its tables. Raises VaultDamaged.

    Returns the digests of its tables.
    """
    connection = engine.connect(path, key)
    try:
        with engine.translated(path):
            damaged = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            found = digests(connection, "main")
    finally:
        connection.close()
    if damaged or not sound or (wanted is not None and found != wanted):
        raise VaultDamaged(path, "it is not what was copied")
    return found


def digests(connection: DbConnection, schema: str) -> dict[str, str]:
    """For each table of an attached database a digest of its rows, in the order of their keys."""
    found = {}
    names = connection.execute(
        f"SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"  # noqa: S608 - our own names
    ).fetchall()
    for name, sql in names:
        if name.startswith(_SHADOWS) or sql.startswith("CREATE VIRTUAL"):
            continue
        digest, count = hashlib.blake2b(sql.encode()), 0
        for row in connection.execute(f'SELECT * FROM {schema}."{name}" ORDER BY 1'):  # noqa: S608 - as above
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
            count += 1
        found[name] = f"{count} {digest.hexdigest()}"
    return found

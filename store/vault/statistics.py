"""What a vault holds and how much room it takes, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2 as sqlcipher

from store.vault import attachments, audit, migrations

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.vault.engine import DbConnection
    from store.vault.vault import Vault


@dataclass(frozen=True)
class KindStatistics:
    """The records of one kind: how many, the bytes of their JSON, and the bytes these take compressed."""

    kind: str
    records: int
    json_bytes: int
    packed_bytes: int


@dataclass(frozen=True)
class AttachmentStatistics:
    """Attachments that were fetched: how many, their bytes, and the bytes these take compressed."""

    attachments: int
    content_bytes: int
    packed_bytes: int


@dataclass(frozen=True)
class Statistics:
    """A vault in numbers. `created` is in seconds since 1970 UTC, None where the vault does not say.

    `free_bytes` are inside the file and used by what is stored next; `outbox` has a number for each state there is.
    """

    file_bytes: int
    log_bytes: int
    free_bytes: int
    kinds: tuple[KindStatistics, ...]
    dictionary_bytes: int
    attachments: AttachmentStatistics
    outbox: tuple[tuple[str, int], ...]
    audit_lines: int
    schema: int
    created: int | None
    sqlcipher_version: str
    sqlite_version: str

    @property
    def records(self) -> int:
        """How many records there are."""
        return sum(kind.records for kind in self.kinds)

    @property
    def json_bytes(self) -> int:
        """The bytes of all JSON, as the portals served it."""
        return sum(kind.json_bytes for kind in self.kinds)

    @property
    def packed_bytes(self) -> int:
        """The bytes that all JSON takes, compressed."""
        return sum(kind.packed_bytes for kind in self.kinds)


def statistics(settings: Settings, vault: Vault) -> Statistics:
    """Count what an open vault holds. Raises VaultLocked, VaultDamaged."""
    path = settings.database_path
    with vault.reading() as connection:
        return Statistics(
            file_bytes=_size(path),
            log_bytes=_size(path.with_name(f"{path.name}-wal")),
            free_bytes=_number(connection, "PRAGMA freelist_count") * _number(connection, "PRAGMA page_size"),
            kinds=_kinds(connection),
            dictionary_bytes=_number(connection, "SELECT coalesce(sum(length(content)), 0) FROM dictionary"),
            attachments=AttachmentStatistics(*attachments.totals(connection)),
            outbox=_outbox(connection),
            audit_lines=audit.count(connection),
            schema=migrations.current(connection),
            created=connection.execute("SELECT min(applied) FROM migration").fetchone()[0],
            sqlcipher_version=str(connection.execute("PRAGMA cipher_version").fetchone()[0]),
            sqlite_version=sqlcipher.sqlite_version,
        )


def _kinds(connection: DbConnection) -> tuple[KindStatistics, ...]:
    found = connection.execute(
        "SELECT kind.noun, count(*), sum(size), sum(length(body)) "
        "FROM resource CROSS JOIN kind ON kind.id = resource.kind GROUP BY kind.noun ORDER BY kind.noun"
    )
    return tuple(KindStatistics(*row) for row in found)


def _outbox(connection: DbConnection) -> tuple[tuple[str, int], ...]:
    found = connection.execute("SELECT state, count(*) FROM outbox_item GROUP BY state ORDER BY state")
    return tuple((state, number) for state, number in found)


def _number(connection: DbConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

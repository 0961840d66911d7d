"""Reading records quickly: plain SQL, whose columns a test compares with the tables' declarations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.vault.engine import DbConnection
    from store.vault.vault import Vault

ROW_COLUMNS = (
    "pk", "connection", "type", "id", "version", "last_updated", "kind", "code", "title", "date", "date_text",
    "status", "flag", "value", "unit",
)  # fmt: skip
_SELECT = "SELECT " + ", ".join(f"resource.{column}" for column in ROW_COLUMNS)
_BODY = ", resource.dictionary, resource.body"
CONNECTION_COLUMNS = (
    "id", "name", "base_url", "client_id", "redirect_uri", "scope_requested", "scope", "patient", "patient_name",
    "fhir_user", "access_token", "access_expires", "refresh_token", "smart", "capability", "created", "signed_in",
    "synced",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """The columns of one record. `date` is in seconds since 1970 UTC."""

    pk: int
    connection: int
    type: str
    id: str
    version: str | None
    last_updated: str | None
    kind: str
    code: str
    title: str
    date: int | None
    date_text: str
    status: str
    flag: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection as it rests; see `tables.Connection`. Its tokens are left out of its `repr`."""

    id: int
    name: str
    base_url: str
    client_id: str
    redirect_uri: str | None
    scope_requested: str | None
    scope: str
    patient: str
    patient_name: str
    fhir_user: str
    access_token: str | None
    access_expires: int
    refresh_token: str | None
    smart: bytes
    capability: bytes
    created: int
    signed_in: int | None
    synced: int | None

    def __repr__(self) -> str:
        return f"ConnectionRow(id={self.id})"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted; what is None or empty does not narrow. Newest first, at most `limit`."""

    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    connection: int | None = None
    statuses: tuple[str, ...] = ()
    code: str | None = None
    flag: str | None = None
    record_id: str | None = None
    limit: int | None = None

    def where(self) -> tuple[str, list[object]]:
        """The condition in SQL, and its parameters."""
        parts: list[str] = []
        values: list[object] = []
        for column, wanted in (("kind", self.kinds), ("type", self.types), ("status", self.statuses)):
            if wanted:
                parts.append(f"resource.{column} IN ({','.join('?' * len(wanted))})")
                values.extend(wanted)
        for column, value in (
            ("connection", self.connection), ("code", self.code), ("flag", self.flag), ("id", self.record_id),
        ):  # fmt: skip
            if value is not None:
                parts.append(f"resource.{column} = ?")
                values.append(value)
        return (" WHERE " + " AND ".join(parts) if parts else ""), values


def rows(connection: DbConnection, wanted: Filter) -> list[Row]:
    """The columns of the records that are wanted, newest first."""
    where, values = wanted.where()
    found = connection.execute(f"{_SELECT} FROM resource{where}{_order(wanted)}", values)
    return [Row(*row) for row in found]


def records(vault: Vault, connection: DbConnection, wanted: Filter) -> Iterator[tuple[Row, bytes]]:
    """The records that are wanted, newest first, each with its own bytes as the portal served them."""
    where, values = wanted.where()
    for row in connection.execute(f"{_SELECT}{_BODY} FROM resource{where}{_order(wanted)}", values):
        yield Row(*row[:-2]), vault.compressor.restore(connection, row[-2], row[-1])


def count(connection: DbConnection, wanted: Filter) -> int:
    """How many records are wanted."""
    where, values = wanted.where()
    return int(connection.execute(f"SELECT count(*) FROM resource{where}", values).fetchone()[0])  # noqa: S608 - our own columns


def counts_by_kind(connection: DbConnection, connection_id: int | None = None) -> dict[str, int]:
    """How many records there are of each kind."""
    where, values = Filter(connection=connection_id).where()
    sql = f"SELECT kind, count(*) FROM resource{where} GROUP BY kind ORDER BY kind"  # noqa: S608 - as above
    found = connection.execute(sql, values)
    return {kind: int(number) for kind, number in found}


def types(connection: DbConnection, wanted: Filter) -> list[str]:
    """The FHIR types of the records that are wanted, in order of their names."""
    where, values = wanted.where()
    found = connection.execute(f"SELECT DISTINCT type FROM resource{where} ORDER BY type", values)  # noqa: S608 - as above
    return [name for (name,) in found]


def search(connection: DbConnection, match: str, wanted: Filter) -> list[Row]:
    """Records whose words match an FTS5 expression, newest first, at most `wanted.limit`."""
    where, values = wanted.where()
    narrowed = where.replace(" WHERE ", " AND ", 1)
    found = connection.execute(
        f"{_SELECT} FROM resource_fts JOIN resource ON resource.pk = resource_fts.rowid "
        f"WHERE resource_fts MATCH ?{narrowed}{_order(wanted)}",
        [match, *values],
    )
    return [Row(*row) for row in found]


def connections(connection: DbConnection) -> list[ConnectionRow]:
    """Every connection of the vault, oldest first."""
    found = connection.execute(f"SELECT {', '.join(CONNECTION_COLUMNS)} FROM connection ORDER BY id")  # noqa: S608 - our own columns
    return [ConnectionRow(*row) for row in found]


def known_ids(connection: DbConnection, connection_id: int) -> dict[tuple[str, str], str | None]:
    """Type and id of every record of a connection, with its version."""
    found = connection.execute("SELECT type, id, version FROM resource WHERE connection = ?", (connection_id,))
    return {(type_name, record_id): version for type_name, record_id, version in found}


def audit_lines(connection: DbConnection, limit: int) -> list[tuple[Any, ...]]:
    """The newest lines of the audit trail: number, at, actor, subject, action, what."""
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT number, at, actor, subject, action, what FROM audit_entry ORDER BY number DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return found


def _order(wanted: Filter) -> str:
    limit = f" LIMIT {int(wanted.limit)}" if wanted.limit is not None else ""
    return f" ORDER BY resource.date DESC, resource.pk DESC{limit}"

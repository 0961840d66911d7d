"""Reading records quickly: plain SQL, whose columns a test compares with the tables' declarations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from store.light import dataclass
from store.vault import ordering
from store.vault.compression import unpack
from store.vault.identities import identity
from store.vault.kinds import every_kind, kinds_of
from store.vault.remembered import once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.vault.engine import DbConnection
    from store.vault.vault import Vault

    Packed = tuple[int, bytes]
    """A body as it is kept: the number of a dictionary, and what was compressed with it."""

_CHUNK = 500
_READ_AT_ONCE = 20  # records, each up to some megabytes; and then the pages they came from are looked at
_BODY = ", resource.dictionary, resource.body"
CONNECTION_COLUMNS = (
    "id", "name", "base_url", "client_id", "redirect_uri", "scope_requested", "scope", "patient", "patient_name",
    "fhir_user", "access_token", "access_expires", "refresh_token", "smart", "capability", "created", "signed_in",
    "synced",
)  # fmt: skip


class Row(NamedTuple):
    """The columns of one record. `date` is in seconds since 1970 UTC.

    A tuple is made in a sixth of the time that a data class of so many fields takes, and there are many.
    """

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


ROW_COLUMNS = Row._fields
_ELSEWHERE = {"type": "kind.type", "kind": "kind.noun"}
_SELECT = "SELECT " + ", ".join(_ELSEWHERE.get(column, f"resource.{column}") for column in ROW_COLUMNS)
_FROM = " FROM resource CROSS JOIN kind ON kind.id = resource.kind"


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
class Owner:
    """A connection, as far as it tells whose its records are."""

    id: int
    name: str
    base_url: str
    patient: str
    patient_name: str


@dataclass(frozen=True, slots=True)
class News:
    """What is new to somebody in one connection: records above `key`, and those changed above `version`.

    Both are keys of the vault; `kinds` are the nouns that these marks are for.
    """

    connection: int
    kinds: tuple[str, ...]
    key: int
    version: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted; what is None or empty does not narrow. Newest first, at most `limit`.

    `connections` are those whose records are wanted; services always name them, None is for work on the whole vault.
    With `standing` only those that stand: not gone from their portal, and not withdrawn as entered in error.
    `since` and `until` (exclusive) are seconds since 1970 UTC. `normal_flags` are flags that are not wanted. `after`
    is a date and a key: only what is listed after that record. `words` is an FTS5 expression that has to match.
    `news` are records above or changed since marks; see `News`.
    """

    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    connections: tuple[int, ...] | None = None
    statuses: tuple[str, ...] = ()
    code: str | None = None
    flag: str | None = None
    record_id: str | None = None
    limit: int | None = None
    standing: bool = False
    since: int | None = None
    until: int | None = None
    normal_flags: tuple[str, ...] | None = None
    after: tuple[int | None, int] | None = None
    words: str = ""
    news: tuple[News, ...] | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether more than the index of dates is needed to tell which records are wanted."""
        return bool(self.statuses) or self.goes_by_rows

    @property
    def goes_by_rows(self) -> bool:
        """Whether rows have to be looked into to tell which records are wanted: the search index does not say it."""
        others = (self.code, self.flag, self.record_id, self.standing, self.words)
        return any(others) or self.normal_flags is not None or self.news is not None


def condition(connection: DbConnection, wanted: Filter) -> tuple[str, list[object]]:
    """The condition in SQL, and its parameters."""
    parts: list[str] = []
    values: list[object] = []

    def narrow(column: str, options: Iterable[object]) -> None:
        chosen = list(options)
        parts.append(f"resource.{column} IN ({','.join('?' * len(chosen))})")
        values.extend(chosen)

    among = kinds_of(connection, wanted) if _needs_kinds(wanted) else []
    if wanted.kinds or wanted.types:
        narrow("kind", [kind.id for kind in among])
    if wanted.record_id is not None:
        whose = every_connection(connection) if wanted.connections is None else wanted.connections
        found = [identity(owner, name, wanted.record_id) for owner in whose for name in {kind.type for kind in among}]
        narrow("h", found)
    if wanted.statuses:
        narrow("status", wanted.statuses)
    if wanted.connections is not None:
        narrow("connection", wanted.connections)
    for column, value in (("code", wanted.code), ("flag", wanted.flag), ("id", wanted.record_id)):
        if value is not None:
            narrow(column, [value])
    for condition, more in _more_conditions(connection, wanted):
        parts.append(condition)
        values.extend(more)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _more_conditions(connection: DbConnection, wanted: Filter) -> Iterator[tuple[str, list[object]]]:
    """The conditions that are no list of options, each with its parameters."""
    if wanted.standing:
        yield "resource.status <> 'entered-in-error' AND resource.pk NOT IN (SELECT pk FROM absence)", []
    if wanted.since is not None:
        yield "resource.date >= ?", [wanted.since]
    if wanted.until is not None:
        yield "resource.date < ?", [wanted.until]
    if wanted.normal_flags is not None:
        yield f"resource.flag NOT IN ({','.join('?' * len(wanted.normal_flags))})", list(wanted.normal_flags)
    if wanted.words:
        inside = f"SELECT {ordering.KEY} FROM resource_fts WHERE resource_fts MATCH ?"  # noqa: S608 - our own names
        yield f"resource.pk IN ({inside})", [ordering.in_words(wanted.words)]
    if wanted.news is not None:
        parts = [_news(connection, item) for item in wanted.news]
        yield f"({' OR '.join(sql for sql, _ in parts) or '0'})", [value for _, more in parts for value in more]


def _news(connection: DbConnection, item: News) -> tuple[str, list[object]]:
    numbers = [kind.id for kind in every_kind(connection) if kind.noun in item.kinds]
    changed = "SELECT resource FROM earlier_version WHERE connection = ? AND pk > ?"
    marks = ",".join("?" * len(numbers))
    return (
        f"(resource.connection = ? AND resource.kind IN ({marks}) AND (resource.pk > ? OR resource.pk IN ({changed})))",
        [item.connection, *numbers, item.key, item.connection, item.version],
    )


def every_connection(connection: DbConnection) -> tuple[int, ...]:
    """The numbers of all connections."""
    return tuple(owner.id for owner in owners(connection))


def _needs_kinds(wanted: Filter) -> bool:
    return bool(wanted.kinds or wanted.types) or wanted.record_id is not None


def rows(connection: DbConnection, wanted: Filter) -> list[Row]:
    """The columns of the records that are wanted, newest first; all of them at once, where there is no `limit`."""
    where, values = condition(connection, wanted)
    found = connection.execute(f"{_SELECT}{_FROM}{where}{_order(wanted)}", values)
    return [*map(Row._make, found)]


def records(vault: Vault, connection: DbConnection, wanted: Filter) -> Iterator[tuple[Row, bytes]]:
    """The records that are wanted, newest first, each with its own bytes as the portal served them."""
    where, values = condition(connection, wanted)
    found = connection.execute(f"{_SELECT}{_BODY}{_FROM}{where}{_order(wanted)}", values)
    while rows := found.fetchmany(_READ_AT_ONCE):
        read = [(Row._make(row[:-2]), vault.compressor.restore(connection, row[-2], row[-1])) for row in rows]
        vault.check_pages(connection)
        yield from read


def bodies(vault: Vault, connection: DbConnection, keys: Sequence[int]) -> dict[int, bytes]:
    """The own bytes of the records with these keys (`Row.pk`), as the portal served them."""
    found = packed(vault, connection, keys)
    return {pk: vault.compressor.restore(connection, *body) for pk, body in found.items()}


def packed(vault: Vault, connection: DbConnection, keys: Sequence[int]) -> dict[int, Packed]:
    """The bodies of the records with these keys, as they are kept."""
    found: dict[int, Packed] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        sql = f"SELECT pk, dictionary, body FROM resource WHERE pk IN ({','.join('?' * len(chunk))})"  # noqa: S608 - our own columns
        rows = connection.execute(sql, chunk).fetchall()
        vault.check_pages(connection)
        found.update((pk, (dictionary, body)) for pk, dictionary, body in rows)
    return found


def stream(connection: DbConnection, wanted: Filter) -> Iterator[Row]:
    """The columns of the records that are wanted, newest first, one after the other as they are asked for."""
    where, values = condition(connection, wanted)
    for row in connection.execute(f"{_SELECT}{_FROM}{where}{_order(wanted)}", values):
        yield Row._make(row)


def count(connection: DbConnection, wanted: Filter) -> int:
    """How many records are wanted."""
    where, values = condition(connection, replace(wanted, standing=False))
    every = int(connection.execute(f"SELECT count(*) FROM resource{where}", values).fetchone()[0])  # noqa: S608 - our own columns
    if not wanted.standing:
        return every
    # Those that do not stand are few and have indexes of their own; to look at the others would take long.
    joint = " AND" if where else " WHERE"
    sql = f"SELECT pk FROM resource{where}{joint} "  # noqa: S608 - our own columns
    fallen = f"{sql} status = 'entered-in-error' UNION {sql} pk IN (SELECT pk FROM absence)"  # noqa: S608 - as above
    counted = f"SELECT count(*) FROM ({fallen})"  # noqa: S608 - as above
    return every - int(connection.execute(counted, [*values, *values]).fetchone()[0])


def counts_by_kind(connection: DbConnection, connections: tuple[int, ...] | None = None) -> dict[str, int]:
    """How many records there are of each kind."""
    where, values = condition(connection, Filter(connections=connections))
    counted = f"SELECT kind, count(*) AS number FROM resource{where} GROUP BY kind"  # noqa: S608 - as above
    joined = f"({counted}) AS counted JOIN kind ON kind.id = counted.kind"
    sql = f"SELECT noun, sum(number) FROM {joined} GROUP BY noun ORDER BY noun"  # noqa: S608 - as above
    found = connection.execute(sql, values)
    return {kind: int(number) for kind, number in found}


def counts_by_type(connection: DbConnection, connection_id: int) -> dict[str, int]:
    """How many records of each FHIR type a connection has."""
    sql = (
        "SELECT type, sum(number) FROM (SELECT kind, count(*) AS number FROM resource WHERE connection = ? "
        "GROUP BY kind) AS counted JOIN kind ON kind.id = counted.kind GROUP BY type"
    )
    return {name: int(number) for name, number in connection.execute(sql, (connection_id,))}


def types(connection: DbConnection, wanted: Filter) -> list[str]:
    """The FHIR types of the records that are wanted, in order of their names."""
    where, values = condition(connection, wanted)
    present = f"SELECT DISTINCT resource.kind FROM resource{where}"  # noqa: S608 - as above
    found = connection.execute(f"SELECT DISTINCT type FROM kind WHERE id IN ({present}) ORDER BY type", values)  # noqa: S608 - as above
    return [name for (name,) in found]


def rows_of(connection: DbConnection, keys: Sequence[int]) -> list[Row]:
    """The columns of records by their primary keys, in the order of the keys."""
    found: dict[int, Row] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for row in connection.execute(f"{_SELECT}{_FROM} WHERE resource.pk IN ({marks})", chunk):
            found[row[0]] = Row._make(row)
    return [found[key] for key in keys if key in found]


def titles_of(connection: DbConnection, connection_id: int, names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The titles of records of a connection by `Type/id`; those that the vault does not have are left out."""
    keys = {identity(connection_id, *name): "/".join(name) for name in names}
    marks = ",".join("?" * len(keys))
    found = connection.execute(f"SELECT h, title FROM resource WHERE h IN ({marks})", list(keys))  # noqa: S608 - as above
    return {keys[h]: title for h, title in found}


def search(connection: DbConnection, match: str, wanted: Filter) -> list[Row]:
    """Records whose words match an FTS5 expression, newest first, at most `wanted.limit`."""
    where, values = condition(connection, wanted)
    narrowed = where.replace(" WHERE ", " AND ", 1)
    matching = (
        f"FROM resource_fts CROSS JOIN resource ON resource.pk = {ordering.KEY} "
        "CROSS JOIN kind ON kind.id = resource.kind "
        f"WHERE resource_fts MATCH ? AND resource_fts.rowid BETWEEN ? AND ?{narrowed}{_order(wanted)}"
    )
    asked = [ordering.in_words(match), *ordering.bounds(wanted.since, wanted.until), *values]
    if wanted.limit is None:
        return [*map(Row._make, connection.execute(f"{_SELECT} {matching}", asked))]
    keys = connection.execute(f"SELECT resource.pk {matching}", asked).fetchall()
    return rows_of(connection, [pk for (pk,) in keys])  # of the others, nothing but the date was read


def owners(connection: DbConnection) -> tuple[Owner, ...]:
    """Who the connections of the vault belong to, oldest first."""
    sql = "SELECT id, name, base_url, patient, patient_name FROM connection ORDER BY id"
    return once(connection, "owners", lambda: tuple(Owner(*row) for row in connection.execute(sql)))


def connections(connection: DbConnection) -> list[ConnectionRow]:
    """Every connection of the vault, oldest first."""
    found = connection.execute(f"SELECT {', '.join(CONNECTION_COLUMNS)} FROM connection ORDER BY id")  # noqa: S608 - our own columns
    return [ConnectionRow(*map(_unpacked, CONNECTION_COLUMNS, row)) for row in found]


def owner(connection: DbConnection, connection_id: int) -> ConnectionRow:
    """The connection of this number, which there is."""
    return next(row for row in connections(connection) if row.id == connection_id)


def _unpacked(column: str, value: Any) -> Any:
    return unpack(value) if column in {"smart", "capability"} else value


def audit_lines(connection: DbConnection, limit: int) -> list[tuple[Any, ...]]:
    """The newest lines of the audit trail: number, at, actor, subject, action, what."""
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT number, at, actor, subject, action, what FROM audit_entry ORDER BY number DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return found


def _order(wanted: Filter) -> str:
    return f" ORDER BY resource.date DESC, resource.pk DESC{_limit(wanted)}"


def _limit(wanted: Filter) -> str:
    return f" LIMIT {int(wanted.limit)}" if wanted.limit is not None else ""

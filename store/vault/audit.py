"""The audit trail: who did what to whose records and when, each line chained to the one before by a keyed MAC.

The MAC of a line is HMAC-SHA256, under a key that lies in the vault itself, over the MAC of the line before and the
JSON array of time, actor, subject, action and what. Beside the lines the vault keeps the trail's head: the number and
MAC of the last line, with a MAC of their own, so that lines cut off at the end are missed too. Whoever has the key of
the vault can write a trail that fits; a head that was kept elsewhere (`HEAD`) is what shows even that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from store.errors import AuditBroken, InvalidInput
from store.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.vault.engine import DbConnection

COLUMNS = ("number", "at", "actor", "subject", "action", "what", "mac")
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM audit_entry"  # noqa: S608 - our own names
_KEY, _HEAD, _SALVAGED = "audit_key", "audit_head", "audit_salvaged"
_NAMED = 5  # findings that are told one by one


@dataclass(frozen=True)
class Entry:
    """One line to be written: `actor` did `action` to `what` of `subject`'s records.

    `subject` is a reference (`Patient/id`) or empty; `what` names ids and counts, never what a record says. An empty
    actor stands for whoever has the vault open. `acts_as` is who that is at the portal (`RelatedPerson/id`), which is
    looked up where it is empty.
    """

    action: str
    what: str
    subject: str = ""
    actor: str = ""
    acts_as: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the trail. `at` is in seconds since 1970 UTC."""

    number: int
    at: int
    actor: str
    subject: str
    action: str
    what: str
    mac: bytes


@dataclass(frozen=True)
class Head:
    """The last line of a trail: its number and MAC. As text, `NUMBER:HEX`, it can be kept elsewhere."""

    number: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.mac.hex()}"


@dataclass(frozen=True)
class Filter:
    """Which lines are wanted; what is empty does not narrow. Newest first, at most `limit` after the first `skip`."""

    action: str = ""
    since: int | None = None
    until: int | None = None
    limit: int | None = None
    skip: int = 0
    subjects: tuple[str, ...] | None = None


Finding: TypeAlias = str


def begin(connection: DbConnection, key: bytes | None = None) -> None:
    """Give a vault the key of its trail, inside the current transaction, and the head of the lines there are."""
    chosen = key or os.urandom(32)
    _set(connection, _KEY, chosen.hex())
    last = connection.execute("SELECT number, mac FROM audit_entry ORDER BY number DESC LIMIT 1").fetchone()
    _set_head(connection, chosen, Head(*last) if last else Head(0, b""))


def key_of(connection: DbConnection) -> bytes:
    """The key of the trail."""
    try:
        return bytes.fromhex(_find(connection, _KEY) or "missing")
    except ValueError as error:
        raise AuditBroken(("its key is gone",)) from error


def append(connection: DbConnection, entry: Entry, at: int | None = None) -> None:
    """Append a line inside the current transaction; `at`, in seconds since 1970 UTC, is now unless it is given."""
    key = key_of(connection)
    last = connection.execute("SELECT number, mac FROM audit_entry ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (int(last[0]) + 1, last[1]) if last else (1, b"")
    head = _read_head(connection, key)
    if head is not None and head.number >= number:  # the last lines are gone: never give a number out twice
        number, previous = head.number + 1, head.mac
    when = int(time.time()) if at is None else at
    mac = _mac(key, previous, when, entry)
    connection.execute(
        f"INSERT INTO audit_entry ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
        (number, when, entry.actor, entry.subject, entry.action, entry.what, mac),
    )
    _set_head(connection, key, Head(number, mac))


def acts_as(connection: DbConnection, subject: str) -> str:
    """As whom somebody acts for a patient (`Patient/id`) at the portal; nothing where several do, or nobody does."""
    if not subject:
        return ""
    patient = subject.removeprefix("Patient/")
    found = connection.execute("SELECT DISTINCT fhir_user FROM connection WHERE patient = ?", (patient,)).fetchall()
    return str(found[0][0]) if len(found) == 1 else ""


def head(connection: DbConnection) -> Head:
    """The last line there is; number 0 for an empty trail."""
    last = connection.execute("SELECT number, mac FROM audit_entry ORDER BY number DESC LIMIT 1").fetchone()
    return Head(*last) if last else Head(0, b"")


def lines(connection: DbConnection, wanted: Filter | None = None) -> list[Line]:
    """The lines that are wanted, newest first."""
    chosen = wanted or Filter()
    where, values = _where(chosen)
    limit = f" LIMIT {-1 if chosen.limit is None else int(chosen.limit)} OFFSET {int(chosen.skip)}"
    return [Line(*row) for row in connection.execute(f"{_SELECT}{where} ORDER BY number DESC{limit}", values)]


def count(connection: DbConnection, wanted: Filter | None = None) -> int:
    """How many lines are wanted."""
    where, values = _where(wanted or Filter())
    return int(connection.execute(f"SELECT count(*) FROM audit_entry{where}", values).fetchone()[0])  # noqa: S608 - our own names


def actions(connection: DbConnection) -> list[tuple[str, int]]:
    """The actions that there are lines of, in order of their names, and how many of each."""
    return [*connection.execute("SELECT action, count(*) FROM audit_entry GROUP BY action ORDER BY action")]


def verify(connection: DbConnection, kept: Head | None = None) -> list[Finding]:
    """What is wrong with the trail, one sentence each, with line numbers; empty when every line is as written.

    `kept` is a head that was put down elsewhere earlier: the line it names must still be there, unchanged.
    """
    found = list(islice(_findings(connection, kept), _NAMED + 1))
    return [*found[:_NAMED], "and there is more after that"] if len(found) > _NAMED else found


def mark_salvaged(connection: DbConnection) -> None:
    """Let the trail be verified from its next line on: what is before it was saved from a damaged vault."""
    key = key_of(connection)
    written, last = _read_head(connection, key), head(connection)
    begins = written if written is not None and written.number > last.number else last
    _set(connection, _SALVAGED, str(begins))  # no number is given out twice, also not of lines that were lost
    _set_head(connection, key, begins)


def salvaged(connection: DbConnection) -> int:
    """The number of the last line that was saved from a damaged vault, and is not verified; 0 when there is none."""
    return _salvaged(connection).number


def _salvaged(connection: DbConnection) -> Head:
    try:
        return _parse(_find(connection, _SALVAGED) or "0:")
    except ValueError as error:
        raise AuditBroken(("the note of where it begins was changed",)) from error


def _findings(connection: DbConnection, kept: Head | None) -> Iterator[Finding]:
    key, begins = key_of(connection), _salvaged(connection)
    previous, expected = begins.mac, begins.number + 1
    for row in connection.execute(f"{_SELECT} WHERE number > ? ORDER BY number", (begins.number,)):
        line = Line(*row)
        if line.number > expected:
            yield f"{_span(expected, line.number - 1)} missing"
        elif not _follows(key, previous, line):
            yield _named(connection, key, line)
        if kept is not None and line.number == kept.number and line.mac != kept.mac:
            yield f"line {line.number} is not the one that was kept"
        previous, expected = line.mac, line.number + 1
    yield from _at_the_end(_read_head(connection, key), Head(expected - 1, previous))
    if kept is not None and kept.number >= expected:
        yield f"line {kept.number}, which was kept, is missing"


def _at_the_end(written: Head | None, found: Head) -> Iterator[Finding]:
    if written is None:
        yield "the note of its last line was changed"
    elif written.number > found.number:
        yield f"{_span(found.number + 1, written.number)} missing at the end"
    elif written.number < found.number:
        yield f"{_span(written.number + 1, found.number)} not written by this program"
    elif written.mac != found.mac:
        yield f"line {found.number} was changed, with its MAC"


def _named(connection: DbConnection, key: bytes, line: Line) -> Finding:
    """Whether a line that does not follow was changed, or comes from another place of the trail."""
    macs = [b"", *(mac for (mac,) in connection.execute("SELECT mac FROM audit_entry"))]
    if any(isinstance(mac, bytes) and _follows(key, mac, line) for mac in macs):
        return f"line {line.number} belongs in another place"
    return f"line {line.number} was changed"


def _follows(key: bytes, previous: bytes, line: Line) -> bool:
    if not isinstance(line.mac, bytes) or not isinstance(previous, bytes):
        return False
    wanted = _mac(key, previous, line.at, Entry(line.action, line.what, line.subject, line.actor))
    return hmac.compare_digest(wanted, line.mac)


def _span(first: int, last: int) -> str:
    return f"line {first} is" if first == last else f"lines {first} to {last} are"


def _mac(key: bytes, previous: bytes, at: int, entry: Entry) -> bytes:
    line = json.dumps([at, entry.actor, entry.subject, entry.action, entry.what], separators=(",", ":"), default=repr)
    return hmac.digest(key, previous + line.encode("ascii"), "sha256")


def _set_head(connection: DbConnection, key: bytes, last: Head) -> None:
    _set(connection, _HEAD, f"{last}:{_head_mac(key, last)}")


def _read_head(connection: DbConnection, key: bytes) -> Head | None:
    """The head as it was written; None when it is gone or was changed."""
    text, _, mac = (_find(connection, _HEAD) or "").rpartition(":")
    try:
        found = _parse(text)
    except ValueError:
        return None
    return found if hmac.compare_digest(_head_mac(key, found), mac) else None


def _head_mac(key: bytes, last: Head) -> str:
    return hmac.digest(key, f"head {last}".encode("ascii"), "sha256").hex()


def _parse(text: str) -> Head:
    number, _, mac = text.partition(":")
    return Head(int(number), bytes.fromhex(mac))


def parse_head(text: str) -> Head:
    """Read a head from its text, `NUMBER:HEX`. Raises InvalidInput."""
    try:
        found = _parse(text.strip())
    except ValueError as error:
        raise InvalidInput("a head is a number, a colon and 64 hexadecimal digits") from error
    if found.number < 1 or len(found.mac) != hashlib.sha256().digest_size:
        raise InvalidInput("a head is a number, a colon and 64 hexadecimal digits")
    return found


def _where(wanted: Filter) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for condition, value in (
        ("action = ?", wanted.action or None), ("at >= ?", wanted.since), ("at < ?", wanted.until),
    ):  # fmt: skip
        if value is not None:
            parts.append(condition)
            values.append(value)
    if wanted.subjects is not None:
        parts.append(f"subject IN ({','.join('?' * len(wanted.subjects))})")
        values.extend(wanted.subjects)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _find(connection: DbConnection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def _set(connection: DbConnection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )

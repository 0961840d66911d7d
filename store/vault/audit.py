"""The audit trail: who did what to whose records and when, each line chained to the one before by a keyed MAC."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.vault.engine import DbConnection


@dataclass(frozen=True)
class Entry:
    """One line to be written: `actor` did `action` to `what` of `subject`'s records.

    `subject` is a reference (`Patient/id`) or empty; `what` names ids and counts, never what a record says.
    """

    action: str
    what: str
    subject: str = ""
    actor: str = "patient"


def append(connection: DbConnection, key: bytes, entry: Entry) -> None:
    """Append a line inside the current transaction."""
    last = connection.execute("SELECT mac FROM audit_entry ORDER BY number DESC LIMIT 1").fetchone()
    at = int(time.time())
    mac = _mac(key, last[0] if last else b"", at, entry)
    connection.execute(
        "INSERT INTO audit_entry (at, actor, subject, action, what, mac) VALUES (?, ?, ?, ?, ?, ?)",
        (at, entry.actor, entry.subject, entry.action, entry.what, mac),
    )


def broken_at(connection: DbConnection, key: bytes) -> int | None:
    """The number of the first line that does not follow from the one before it, or None when all do."""
    previous, expected = b"", 1
    rows = connection.execute("SELECT number, at, actor, subject, action, what, mac FROM audit_entry ORDER BY number")
    for number, at, actor, subject, action, what, mac in rows:
        wanted = _mac(key, previous, at, Entry(action, what, subject, actor))
        if number != expected or not isinstance(mac, bytes) or not hmac.compare_digest(wanted, mac):
            return int(number)
        previous, expected = mac, expected + 1
    return None


def _mac(key: bytes, previous: bytes, at: int, entry: Entry) -> bytes:
    line = json.dumps([at, entry.actor, entry.subject, entry.action, entry.what], separators=(",", ":"), default=repr)
    return hmac.new(key, previous + line.encode("ascii"), hashlib.sha256).digest()

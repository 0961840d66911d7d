"""The portal on disk, when it is asked to remember: one SQLite file, readable by its owner only."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.lossless import decode, encode
from portal_cli.sandbox.outcomes import SandboxError
from portal_cli.sandbox.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_APPLICATION = 0x50525441
_SCHEMA = """
CREATE TABLE IF NOT EXISTS version (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL,
    updated TEXT NOT NULL, body BLOB NOT NULL, owners TEXT NOT NULL,
    is_shared INTEGER NOT NULL, creator TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS token (digest TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account_row (
    shelf TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (shelf, key)
) STRICT;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""


class Journal:
    """Everything the portal must know after a restart; each write outlives the process once it returns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            path.chmod(0o600)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1)
        except (OSError, sqlite3.Error) as error:
            raise SandboxError(f"the file {path} cannot be opened", "Name a file in a folder you can write.") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            if "locked" in str(error):
                raise SandboxError(f"the file {path} is in use", "Stop the other portal first.") from error
            raise _foreign(path) from error
        except SandboxError:
            self._connection.close()
            raise _foreign(path) from None

    def _prepare(self) -> None:
        (found,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if found != _APPLICATION and tables:
            raise SandboxError("not ours")
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(f"PRAGMA application_id={_APPLICATION}")
        self._connection.executescript(_SCHEMA)

    def write(self, versions: list[Version]) -> None:
        """Add versions, all or none."""
        rows = [
            (
                version.kind,
                version.key,
                version.number,
                version.updated.isoformat(),
                version.body,
                encode(sorted(version.owners)).decode(),
                version.is_shared,
                version.creator,
            )
            for version in versions
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT INTO version (kind, key, number, updated, body, owners, is_shared, creator)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Drop what an interrupted first start may have left."""
        with self._lock:
            self._connection.execute("DELETE FROM version")

    def versions(self) -> Iterator[Version]:
        """Yield every version, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT kind, key, number, updated, body, owners, is_shared, creator FROM version ORDER BY sequence"
            ).fetchall()
        for kind, key, number, updated, body, owners, is_shared, creator in rows:
            moment = datetime.fromisoformat(updated)
            whose = frozenset(decode(owners.encode()))
            yield Version(kind, key, number, moment, body, whose, bool(is_shared), creator)

    def write_token(self, digest: str, body: dict[str, Any]) -> None:
        """Keep the state of a token under the hash of its text."""
        with self._lock:
            self._connection.execute("REPLACE INTO token VALUES (?, ?)", (digest, encode(body)))

    def tokens(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every token's hash and state."""
        with self._lock:
            rows = self._connection.execute("SELECT digest, body FROM token").fetchall()
        for digest, body in rows:
            state = json.loads(body)
            yield digest, state

    def write_row(self, shelf: str, key: str, body: object) -> None:
        """Keep a row of the account service."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO account_row VALUES (?, ?, ?) ON CONFLICT (shelf, key) DO UPDATE SET body = excluded.body",
                (shelf, key, encode(body)),
            )

    def drop_row(self, shelf: str, key: str) -> None:
        """Forget a row of the account service."""
        with self._lock:
            self._connection.execute("DELETE FROM account_row WHERE shelf = ? AND key = ?", (shelf, key))

    def rows(self, shelf: str) -> list[tuple[str, Any]]:
        """Give the rows of a shelf, in order of arrival."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT key, body FROM account_row WHERE shelf = ? ORDER BY rowid", (shelf,)
            ).fetchall()
        return [(key, json.loads(body)) for key, body in rows]

    def fact(self, name: str) -> Any:
        """Give a remembered fact, or None."""
        with self._lock:
            row = self._connection.execute("SELECT body FROM fact WHERE name = ?", (name,)).fetchone()
        return decode(row[0]) if row else None

    def remember(self, name: str, value: object) -> None:
        """Keep a fact about the portal itself."""
        with self._lock:
            self._connection.execute("REPLACE INTO fact VALUES (?, ?)", (name, encode(value)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _foreign(path: Path) -> SandboxError:
    return SandboxError(f"the file {path} is not a practice portal's", "Name another file for --file.")

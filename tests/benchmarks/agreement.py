"""Whether the reference stores what the client stores: the same columns, found by the same words."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import charts, contenders, reference, server

_ROWS = (
    "SELECT kind.type, noun, resource.id, version, last_updated, code, title, date, date_text, status, flag, value, "
    "unit, size, hash FROM resource JOIN kind ON kind.id = resource.kind WHERE type <> 'Patient'"
)
_WORDS = "CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, resource_fts, col)"


def differences(count: int, page: int) -> int:
    """How many rows and words are in one vault and not in the other, after both have fetched a chart."""
    with server.serving(count, page=page) as url, tempfile.TemporaryDirectory() as folder:
        connection = reference.prepare(Path(folder) / "vault.db")
        reference.run(url, charts.STREAMS, connection)
        with contenders.signed_in(url, Path(folder) / "home", 4) as client:
            assert not client.sync.run().failures
            mine = _kept(client.vault.connection())
        theirs = _kept(connection)
        connection.close()
    return len(mine ^ theirs)


def _kept(connection: Any) -> set[tuple[Any, ...]]:
    connection.execute(_WORDS)
    patient = {"ada", "example", "patient"}  # the client has that record, too
    words = {
        row
        for row in connection.execute("SELECT term, doc FROM temp.word WHERE col <> 'marks'")
        if row[0] not in patient
    }
    return words | set(connection.execute(_ROWS))

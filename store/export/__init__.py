"""Taking records out of the vault: one file a format, and FORMATS, the explicit table."""

from __future__ import annotations

from store.export import bundle, csv_tables, ndjson
from store.export.format import Format  # noqa: TC001 - as in `format`

FORMATS: dict[str, Format] = {item.name: item for item in (bundle.FORMAT, ndjson.FORMAT, csv_tables.FORMAT)}

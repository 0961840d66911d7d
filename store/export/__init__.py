"""Taking records out of the vault: one file a format, and FORMATS, the explicit table."""

from __future__ import annotations

from store.export import bundle, calendar, csv_tables, html_page, ips, json_rows, markdown, ndjson, parquet, pdf_pages
from store.export.format import Format  # noqa: TC001 - as in `format`

FORMATS: dict[str, Format] = {
    item.name: item
    for item in (
        bundle.FORMAT, ndjson.FORMAT, json_rows.FORMAT, csv_tables.FORMAT, parquet.FORMAT, ips.FORMAT, calendar.FORMAT,
        html_page.FORMAT, markdown.FORMAT, pdf_pages.FORMAT,
    )
}  # fmt: skip

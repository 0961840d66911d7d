"""One HTML page for people, to read and to print: it holds all that it needs, runs nothing and asks nobody."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import TYPE_CHECKING, BinaryIO

from store.export import pages
from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2rem; font-size: 1.2rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border: 1px solid #8888; padding: .3rem .5rem; text-align: start; vertical-align: top;
  overflow-wrap: anywhere; }
td { white-space: pre-wrap; } th { background: #8882; } tr { break-inside: avoid; }
@media print { :root { font-size: 10pt; color-scheme: light; } body { margin: 0; max-width: none; padding: 0; }
  thead { display: table-header-group; } }
"""


def style_source(style: str) -> str:
    """How a policy names a style: by its hash."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


_POLICY = f"default-src 'none'; style-src {style_source(_STYLE)}; base-uri 'none'; form-action 'none'"


class HtmlWriter:
    """Writes the head, and a heading with a table where a kind begins."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        self._stream = stream
        self._kind: str | None = None
        title = _escaped(pages.title(sheet))
        self._write(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            f"<p>{pages.made(sheet)}. {_escaped(pages.NOTICE)}</p>\n"
        )

    def add(self, record: Exported) -> bool:
        """Write a row, under the heading of its kind."""
        if record.kind != self._kind:
            self._close()
            self._kind, self._table = record.kind, pages.table(record.kind)
            titles = "".join(f'<th scope="col">{_escaped(title)}</th>' for title in self._table.titles)
            self._write(
                f"<h2>{_escaped(self._table.heading)}</h2>\n<table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n"
            )
        cells = "".join(f"<td>{_escaped(cell)}</td>" for cell in self._table.cells(record))
        self._write(f"<tr>{cells}</tr>\n")
        return True

    def end(self) -> None:
        """Close the page."""
        self._close()
        self._write("</body>\n</html>\n")

    def _close(self) -> None:
        if self._kind is not None:
            self._write("</tbody>\n</table>\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", "replace"))


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)


FORMAT = Format(
    "html", ".html", HtmlWriter, "one page to read in a browser and to print; it asks nobody for anything",
    by_kind=True, is_one=True,
)  # fmt: skip

"""How the address of a next page is written, vendor by vendor, and read again when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.quirks.asked import Asked

_OWN = "_page"


@dataclass(frozen=True)
class Cursor:
    """A page: of which search (by the portal's name for it, below which address), from where, how many a page."""

    address: str
    name: str
    offset: int
    count: int


@dataclass(frozen=True)
class Style:
    """One manner: `write` gives the address below the base, `read` the cursor in a request, if it holds one."""

    write: Callable[[Cursor], str]
    read: Callable[[str, dict[str, str]], Cursor | None]


def styled(style: str, address: str, base_url: str, count: int) -> str:
    """Write the portal's own address of a next page in a style; any other address stays as it is."""
    path, _, query = address.partition("?")
    own = dict(parse_qsl(query)).get(_OWN)
    if style not in STYLES or own is None:
        return address
    name, _, offset = own.rpartition(".")
    return f"{base_url}{STYLES[style].write(Cursor(path.removeprefix(base_url).strip('/'), name, int(offset), count))}"


def unstyle(style: str, asked: Asked) -> bool:
    """Turn a request for a page into the portal's own; says whether it was one for a page."""
    if style not in STYLES:
        return any(name == _OWN for name, _ in asked.pairs)
    cursor = STYLES[style].read(asked.address, dict(asked.pairs))
    if cursor is None:
        return False
    asked.address = cursor.address
    asked.pairs = [
        (_OWN, f"{cursor.name}.{cursor.offset}"),
        *((("_count", str(cursor.count)),) if cursor.count else ()),
    ]
    return True


def _one(parameter: str, **more: str) -> Style:
    """The style of a single opaque parameter, with others beside it that mean nothing."""

    def write(cursor: Cursor) -> str:
        pairs = {parameter: f"{cursor.name}.{cursor.offset}", **more}
        return f"/{cursor.address}?{urlencode(pairs)}"

    def read(address: str, pairs: dict[str, str]) -> Cursor | None:
        if parameter not in pairs:
            return None
        name, _, offset = pairs[parameter].rpartition(".")
        return Cursor(address, name, _number(offset), 0)

    return Style(write, read)


def _by_number(cursor: Cursor) -> str:
    page = cursor.offset // cursor.count + 1
    return f"/{cursor.address}?{urlencode({'search': cursor.name, '_count': cursor.count, 'page': page})}"


def _of_number(address: str, pairs: dict[str, str]) -> Cursor | None:
    if "page" not in pairs:
        return None
    count = max(_number(pairs.get("_count", "")), 0)
    offset = (_number(pairs["page"]) - 1) * count if count else -1
    return Cursor(address, pairs.get("search", ""), offset, count)


def _get_pages(cursor: Cursor) -> str:
    pairs = {
        "_getpages": f"{cursor.name}~{cursor.address}",
        "_getpagesoffset": cursor.offset,
        "_count": cursor.count,
        "_bundletype": "searchset",
    }
    return f"?{urlencode(pairs)}"


def _of_get_pages(_address: str, pairs: dict[str, str]) -> Cursor | None:
    if "_getpages" not in pairs:
        return None
    name, _, address = pairs["_getpages"].rpartition("~")
    return Cursor(address, name, _number(pairs.get("_getpagesoffset", "")), max(_number(pairs.get("_count", "")), 0))


def _number(text: str) -> int:
    """Read a number; what is none leads to a page that there is not."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004 -- past any search


STYLES = {
    "session": _one("sessionID"),
    "context": _one("-pageContext", **{"-pageDirection": "NEXT"}),
    "cursor": _one("cursor"),
    "number": Style(_by_number, _of_number),
    "getpages": Style(_get_pages, _of_get_pages),
}

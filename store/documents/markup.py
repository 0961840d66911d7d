"""HTML as blocks of text: nothing in it is fetched, run or obeyed, and its size and depth are looked at first."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from store.documents.blocks import NotShown
from store.documents.building import Builder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.documents.blocks import Block

MAX_BYTES = 1 << 20
MAX_DEPTH = 200
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
# Elements whose ends may be left out, so that they do not nest: a sloppy page is not a deep one.
_MAY_STAY_OPEN = frozenset({"p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option", "colgroup"})
_RAW = frozenset({"script", "style", "iframe", "noembed", "noframes", "xmp", "textarea", "title", "plaintext"})
_HIDDEN = frozenset({"head", "template", "noscript", "svg", "math", "object", "audio", "video", "canvas", "datalist"})
_NAME = re.compile(r"[A-Za-z][^\s/>\0]{0,63}")
_TAG_STOP = re.compile(r"[\"'>]")
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]{1,64})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)
_QUOTED = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")
_MOST_ATTRIBUTES = 4096  # signs of a tag's attributes that are read
_MOST_SPACES = 16  # between a `=` and the quote after it
_UNSPOKEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


class Tag(NamedTuple):
    """A tag: the name in lower case, what stands between name and end, and whether it ends an element."""

    name: str
    inside: str
    is_end: bool


def read(content: bytes, charset: str = "") -> tuple[Block, ...]:
    """The blocks of an HTML page. Raises NotShown for one that is too large or nested too deeply."""
    if len(content) > MAX_BYTES:
        raise NotShown("the page is larger than 1 MiB")
    return blocks(decoded(content, charset))


def blocks(text: str) -> tuple[Block, ...]:
    """As `read`, of text."""
    if depth(text) > MAX_DEPTH:
        raise NotShown(f"the page is nested more than {MAX_DEPTH} levels deep")
    builder = Builder()
    hidden = _Hidden()
    for part in parts(text):
        if isinstance(part, str):
            if not hidden:
                builder.text(html.unescape(part))
        elif not hidden.pass_by(part):
            _take(builder, part)
    return builder.finish()


def decoded(content: bytes, charset: str = "") -> str:
    """Text out of bytes: by the character set that is named, in the page itself or outside, else UTF-8 or Latin."""
    named = _META_CHARSET.search(content[:2048])
    options = [charset, named[1].decode("ascii") if named else "", "utf-8-sig"]
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        options.insert(0, "utf-16")
    for option in filter(None, options):
        try:
            return content.decode(option)
        except (LookupError, UnicodeError):
            continue
    return content.decode("cp1252", errors="replace")


def depth(text: str) -> int:
    """How deep the elements of a page are nested, as far as it matters: past the bound it looks no further."""
    deepest = here = 0
    for part in parts(text):
        if isinstance(part, str) or part.name in _VOID or part.name in _MAY_STAY_OPEN or part.inside.endswith("/"):
            continue
        here = max(0, here - 1) if part.is_end else here + 1
        deepest = max(deepest, here)
        if deepest > MAX_DEPTH:
            break
    return deepest


def parts(text: str) -> Iterator[str | Tag]:
    """Text and tags in their order; comments, declarations and what scripts and styles say are left out."""
    place, end = 0, len(text)
    while place < end:
        mark = text.find("<", place)
        if mark < 0:
            yield text[place:]
            return
        if mark > place:
            yield text[place:mark]
        place, tag = _tag(text, mark)
        if tag is None:
            continue
        if isinstance(tag, str):
            yield tag
            continue
        yield tag
        if tag.name in _RAW and not tag.is_end:
            place = _end_of_raw(text, place, tag.name)


def _tag(text: str, mark: int) -> tuple[int, Tag | str | None]:
    """What begins with the `<` at a place: a tag, a `<` that is text, or None for what is to be left out."""
    following = text[mark + 1 : mark + 2]
    if following in {"!", "?"}:
        ending = "-->" if text.startswith("<!--", mark) else ">"
        found = text.find(ending, mark + 2)
        return (len(text) if found < 0 else found + len(ending)), None
    is_end = following == "/"
    name = _NAME.match(text, mark + 1 + is_end)
    if name is None:
        return mark + 1, None if is_end else "<"
    finish = _end_of_tag(text, name.end())
    inside = text[name.end() : finish]
    return finish + 1, Tag(name[0].lower(), inside.strip(), is_end)


def _end_of_tag(text: str, place: int) -> int:
    """Where a tag's `>` stands, those in quotes passed by; the end of the text where there is none."""
    while found := _TAG_STOP.search(text, place):
        if found[0] == ">":
            return found.start()
        place = found.end()
        if text[max(0, found.start() - _MOST_SPACES) : found.start()].rstrip()[-1:] == "=":
            place = text.find(found[0], place) + 1
            if not place:
                break
    return len(text)


def _end_of_raw(text: str, place: int, name: str) -> int:
    """Where the element that holds no elements ends: before its own end tag."""
    found = re.compile(f"</{re.escape(name)}", re.IGNORECASE).search(text, place)
    return found.start() if found else len(text)


class _Hidden:
    """Whether what comes now is not to be read: it stands in an element that shows nothing."""

    def __init__(self) -> None:
        self._name = ""
        self._depth = 0

    def __bool__(self) -> bool:
        return self._depth > 0

    def pass_by(self, tag: Tag) -> bool:
        """Take note of a tag; whether it shows nothing itself."""
        if self._depth:
            if tag.name == self._name and not tag.inside.endswith("/"):
                self._depth += -1 if tag.is_end else 1
            return True
        if tag.is_end or tag.name in _VOID:
            return False
        if tag.name in _HIDDEN or tag.name in _RAW or _is_unspoken(tag):
            self._name, self._depth = tag.name, 0 if tag.inside.endswith("/") else 1
            return True
        return False


def _is_unspoken(tag: Tag) -> bool:
    """Whether a page says of an element that it is not to be seen."""
    if tag.name in _MAY_STAY_OPEN or not tag.inside:  # their ends may be left out, and all the rest with them
        return False
    if "hidden" in _QUOTED.sub("", tag.inside[:_MOST_ATTRIBUTES]).lower().split():
        return True
    return bool(_UNSPOKEN_STYLE.search(attributes(tag).get("style", "")))


def attributes(tag: Tag) -> dict[str, str]:
    """The attributes of a tag that have values."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(tag.inside[:_MOST_ATTRIBUTES]):
        found.setdefault(name.lower(), html.unescape(next(filter(None, values), "")))
    return found


def _take(builder: Builder, tag: Tag) -> None:
    if tag.is_end:
        builder.close(tag.name)
        return
    if tag.name == "img":
        alternative = attributes(tag).get("alt", "") if tag.inside else ""
        if alternative.strip():
            builder.text(f" [picture: {alternative}] ")
        return
    span = attributes(tag).get("colspan", "1") if tag.name in {"td", "th"} and tag.inside else "1"
    builder.open(tag.name, int(span) if span.isascii() and span.isdecimal() and len(span) < 4 else 1)  # noqa: PLR2004 - digits of a sane span

"""Names for files out of what a portal calls a document: of one part, harmless everywhere, with the ending it has."""

from __future__ import annotations

import re
import unicodedata

from store.documents.kinds import ENDINGS, Kind
from store.records.text import sanitize

MAX_BYTES = 120
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_SEPARATORS = re.compile(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c\u2216\ufe68]")
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)\s*(?:\.|$)", re.IGNORECASE
)
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_FALLBACK = "document"


def for_document(title: str, kind: Kind, otherwise: str = "") -> str:
    """A name for a document: out of its title, else of what is to be said `otherwise`; its ending tells its kind."""
    name = _cleaned(title) or _cleaned(otherwise) or _FALLBACK
    ending = _ENDING.search(name)
    own = ending[0].lower() if ending else ""
    if own in ENDINGS[kind]:
        return _cut(name[: -len(own)], own)
    if own and any(own in endings for endings in ENDINGS.values()):
        name = name[: -len(own)]  # it says that it is what it is not
    return _cut(name, ENDINGS[kind][0])


def numbered(name: str, number: int) -> str:
    """The same name with a number, for when there is one already."""
    ending = _ENDING.search(name)
    own = ending[0] if ending else ""
    return _cut(name[: len(name) - len(own)], f" ({number}){own}")


def _cleaned(title: str) -> str:
    """The last part of a title without anything that could lead elsewhere, hide or be obeyed."""
    composed = unicodedata.normalize("NFC", title.encode("utf-8", "replace").decode("utf-8"))
    last = _SEPARATORS.split(composed)[-1]
    shown = sanitize(last.replace("\n", " ").replace("\t", " "))
    kept = "".join(sign for sign in shown if not _is_hidden(sign))
    name = " ".join(_NOT_IN_NAMES.sub(" ", kept).split()).lstrip(".-~ ").rstrip(". ")
    return f"_{name}" if _RESERVED.match(name) else name


def _is_hidden(sign: str) -> bool:
    """Whether a sign stands for what was made harmless, or shows nothing."""
    return (
        sign == "\ufffd" or "\u2400" <= sign <= "\u2426" or unicodedata.category(sign) in {"Cf", "Cc", "Co", "Cn", "Cs"}
    )


def _cut(stem: str, ending: str) -> str:
    """A stem that is short enough to carry its ending, cut between signs."""
    room = MAX_BYTES - len(ending.encode())
    short = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
    while short and unicodedata.combining(short[-1]) and len(short.encode()) >= room:
        short = short[:-1]
    return f"{short or _FALLBACK}{ending}"

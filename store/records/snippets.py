"""The part of a record's words in which what was searched for stands, and where it stands there (pure)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records.text import EMPTY, Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.questions import Term

_WORD = re.compile(r"[^\W_]+")
_BEFORE, _AFTER = 30, 70
_LONGEST_LINE = 4_000
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some words of a record; `hits` are the places (start and end) of those that were searched for."""

    text: Safe = EMPTY
    hits: tuple[tuple[int, int], ...] = ()

    def has_all(self, terms: Sequence[Term]) -> bool:
        """Whether so many different words are in it as were searched for."""
        return len({self.text[start:end].casefold() for start, end in self.hits}) >= len(terms)


NONE = Snippet()


def find(words: str, terms: Sequence[Term]) -> Snippet:
    """The first line with most of what was searched for, cut to what stands around its first hit."""
    if not terms:
        return NONE
    best: tuple[int, str, list[tuple[int, int]]] = (0, "", [])
    for raw in _likely(words, terms):
        line = one_line(raw)
        hits = sorted(set(_hits(line, terms)))
        score = len({line[start:end].casefold() for start, end in hits})
        if score > best[0]:
            best = score, line, hits
        if score >= len(terms):
            break
    _, shown, hits = best
    return _cut(shown, hits) if hits else NONE


def _likely(words: str, terms: Sequence[Term]) -> Iterator[str]:
    """The lines in which something may be found: of ASCII those alone that hold the first letters of a term."""
    begins = _begins(tuple(terms))
    if not words.isascii():
        yield from (line for line in _lines(words) if not line.isascii() or begins.search(line.lower()))
        return
    small = words.lower()
    found = begins.search(small)
    while found:
        start = words.rfind("\n", 0, found.start()) + 1
        end = words.find("\n", found.start())
        end = len(words) if end < 0 else end
        yield from _lines(words[start:end])
        found = begins.search(small, end)


def _lines(words: str) -> Iterator[str]:
    for line in words.split("\n"):
        for start in range(0, len(line), _LONGEST_LINE):
            yield line[start : start + _LONGEST_LINE]


def _hits(line: str, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    if line.isascii():
        small = line.lower()
        for pattern in _patterns(tuple(terms)):
            yield from (match.span() for match in pattern.finditer(small))
        return
    found = [(plain(match[0]), match.span()) for match in _WORD.finditer(line)]
    for term in terms:
        wanted = [plain(word) for word in term.words]
        for at in range(len(found) - len(wanted) + 1):
            here = found[at : at + len(wanted)]
            if _is_match([word for word, _ in here], wanted, is_beginning=term.is_beginning):
                yield here[0][1][0], here[-1][1][1]


@lru_cache(maxsize=64)
def _begins(terms: tuple[Term, ...]) -> re.Pattern[str]:
    """What finds the first word of any term, or a word that begins with it, in small letters."""
    return re.compile("|".join(re.escape(plain(term.words[0])) for term in terms))


@lru_cache(maxsize=64)
def _patterns(terms: tuple[Term, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_pattern, terms))


def _pattern(term: Term) -> re.Pattern[str]:
    """What finds a term in a line of ASCII in small letters, where its words are divided as `_WORD` has it.

    That nothing stands before the first word is asked after it: what begins with plain letters is found much faster.
    """
    first, *others = map(re.escape, map(plain, term.words))
    words = r"[\W_]+".join((rf"{first}(?<![^\W_]{first})", *others))
    end = r"[^\W_]*" if term.is_beginning else ""
    return re.compile(rf"{words}{end}(?![^\W_])", re.ASCII)


def _is_match(here: list[str], wanted: list[str], *, is_beginning: bool) -> bool:
    if here[:-1] != wanted[:-1]:
        return False
    return here[-1].startswith(wanted[-1]) if is_beginning else here[-1] == wanted[-1]


def _cut(line: str, hits: list[tuple[int, int]]) -> Snippet:
    first = hits[0][0]
    start = max(0, first - _BEFORE)
    if start:
        start = line.find(" ", start, first) + 1 or start
    end = min(len(line), max(hits[0][1], first + _AFTER))
    if end < len(line):
        end = max(line.rfind(" ", hits[0][1], end), hits[0][1])
    before = _ELLIPSIS if start else ""
    shift = len(before) - start
    kept = tuple((one + shift, other + shift) for one, other in _apart(hits) if start <= one and other <= end)
    return Snippet(Safe(f"{before}{line[start:end]}{_ELLIPSIS if end < len(line) else ''}"), kept)


def _apart(hits: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The hits without those that lie over an earlier one."""
    last = 0
    for start, end in hits:
        if start >= last:
            yield start, end
            last = end


def plain(word: str) -> str:
    """A word in small letters without accents, as the search index compares it."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))

"""The part of a record's words in which what was searched for stands, and where it stands there (pure)."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records.text import EMPTY, Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from store.records.questions import Term

    Span = tuple[int, int]
    """Where something begins and ends."""

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


class Finder:
    """Finds the terms of one question in the words of records. It is made once for all that they are looked for in."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = terms
        self._looked_for = [(plain(term.words[0]), _ends(term)) for term in terms]

    def find(self, words: str) -> Snippet:
        """The first line with most of what was searched for, cut to what stands around its first hit."""
        line, hits = self._first(words) if len(self.terms) == 1 and words.isascii() else self._best(words)
        if not hits:
            return NONE
        shown = one_line(line)  # which may move words, or leave none of them
        if shown != line:
            hits = self.hits(shown)
        return _cut(shown, sorted({*hits}) if len(hits) > 1 else hits) if hits else NONE

    def _first(self, words: str) -> tuple[str, list[Span]]:
        """The first line of a text of ASCII with the one term there is, and its hits: what `_best` finds, sooner."""
        ((first, ends),) = self._looked_for
        small, start, end = words.lower(), 0, len(words)
        hits: list[Span] = []
        at = small.find(first)
        while 0 <= at < end:
            if (last := ends(small, at)) is not None:
                if not hits:
                    start, end = _line_around(small, at, last)
                hits.append((at - start, last - start))
            at = small.find(first, at + 1)
        return words[start:end], hits

    def _best(self, words: str) -> tuple[str, list[Span]]:
        """The first line with most of what was searched for, and its hits."""
        most, best = 0, ""
        hits: list[Span] = []
        for line, here in self._likely(words):
            score = len(here) if len(here) == 1 else len({line[start:end].casefold() for start, end in here})
            if score > most:
                most, best, hits = score, line, here
                if score >= len(self.terms):
                    break
        return best, hits

    def is_all_in(self, words: str) -> bool:
        """Whether every term stands in one line; where there is none, nothing does."""
        return bool(self.terms) and self.find(words).has_all(self.terms)

    def hits(self, line: str) -> list[Span]:
        """Where the terms stand in a line."""
        if line.isascii():
            return self._plain_hits(line.lower())
        found = [(plain(match[0]), match.span()) for match in _WORD.finditer(line)]
        return [span for term in self.terms for span in _spans(found, term)]

    def _likely(self, words: str) -> Iterator[tuple[str, list[Span]]]:
        """The lines in which a term stands, each with its hits; of a line without an end, parts."""
        if not words.isascii():
            yield from ((line, self.hits(line)) for line in map(one_line, _lines(words)))
            return
        small, start, end = words.lower(), 0, -1
        hits: list[Span] = []
        for first, last in self._plain_hits(small):
            if first >= end:
                if hits:
                    yield words[start:end], hits
                start, end = _line_around(small, first, last)
                hits = []
            hits.append((first - start, last - start))
        if hits:
            yield words[start:end], hits

    def _plain_hits(self, small: str) -> list[Span]:
        """Where the terms stand in a text of ASCII in small letters, in their order."""
        found = []
        for first, ends in self._looked_for:  # plain letters are found much faster than what may not stand beside them
            at = small.find(first)
            while at >= 0:
                if (end := ends(small, at)) is not None:
                    found.append((at, end))
                at = small.find(first, at + 1)
        return sorted(found) if len(self._looked_for) > 1 else found


def _line_around(words: str, first: int, last: int) -> Span:
    """The line of a text in which something stands, or a part of a very long one."""
    start = words.rfind("\n", 0, first) + 1
    start += (first - start) // _LONGEST_LINE * _LONGEST_LINE
    end = words.find("\n", last)
    return start, max(last, min(len(words) if end < 0 else end, start + _LONGEST_LINE))


def _lines(words: str) -> Iterator[str]:
    for line in words.split("\n"):
        for start in range(0, len(line), _LONGEST_LINE):
            yield line[start : start + _LONGEST_LINE]


def _spans(found: Sequence[tuple[str, Span]], term: Term) -> Iterator[Span]:
    """Where a term stands among the plain words of a line, each with its own place."""
    wanted = [plain(word) for word in term.words]
    for at in range(len(found) - len(wanted) + 1):
        here = found[at : at + len(wanted)]
        if _is_match([word for word, _ in here], wanted, is_beginning=term.is_beginning):
            yield here[0][1][0], here[-1][1][1]


def _ends(term: Term) -> Callable[[str, int], int | None]:
    """What tells where a term ends in ASCII in small letters that stands at a place, if it does.

    Words are divided as `_WORD` has it. A single word is looked at by itself: to compile an expression for each new
    one takes longer than to find it in a page of records.
    """
    if len(term.words) == 1:
        return partial(_word_ends, len(plain(term.words[0])), term.is_beginning)
    match = re.compile(_expression(term), re.ASCII).match

    def ends(small: str, at: int) -> int | None:
        found = match(small, at)
        return found.end() if found else None

    return ends


def _word_ends(length: int, is_beginning: bool, small: str, at: int) -> int | None:  # noqa: FBT001 - always partial
    end = at + length
    if at and small[at - 1].isalnum():
        return None
    if is_beginning:
        while small[end : end + 1].isalnum():
            end += 1
        return end
    return None if small[end : end + 1].isalnum() else end


def _expression(term: Term) -> str:
    """What a phrase is in a line of ASCII in small letters."""
    first, *others = map(re.escape, map(plain, term.words))
    words = r"(?:[^\w\n]|_)+".join((rf"{first}(?<![^\W_]{first})", *others))
    end = r"[^\W_]*" if term.is_beginning else ""
    return rf"{words}{end}(?![^\W_])"


def _is_match(here: list[str], wanted: list[str], *, is_beginning: bool) -> bool:
    if here[:-1] != wanted[:-1]:
        return False
    return here[-1].startswith(wanted[-1]) if is_beginning else here[-1] == wanted[-1]


def _cut(line: str, hits: list[Span]) -> Snippet:
    first, last = hits[0]
    start, end = max(0, first - _BEFORE), min(len(line), max(last, first + _AFTER))
    if not start and end == len(line):
        return Snippet(Safe(line), tuple(_apart(hits)) if len(hits) > 1 else (hits[0],))
    if start:
        start = line.find(" ", start, first) + 1 or start
    if end < len(line):
        end = max(line.rfind(" ", last, end), last)
    before = _ELLIPSIS if start else ""
    shift = len(before) - start
    kept = tuple((one + shift, other + shift) for one, other in _apart(hits) if start <= one and other <= end)
    return Snippet(Safe(f"{before}{line[start:end]}{_ELLIPSIS if end < len(line) else ''}"), kept)


def _apart(hits: list[Span]) -> Iterator[Span]:
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

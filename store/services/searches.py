"""Searching all records for words, phrases and fields."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import periods, questions, snippets, spelling
from store.records.lossless import decode
from store.records.searchable import searchable_text
from store.services.scope import Choice
from store.services.values import Listing, RecordRow
from store.services.wanted import by_code
from store.vault import attached, reading, search, vocabulary
from store.vault.reading import Filter
from store.vault.search import Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.questions import Question, Term
    from store.records.snippets import Finder, Snippet
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.reading import Packed, Row
    from store.vault.search import Found
    from store.vault.vault import Vault

_KEPT = 1_000  # records whose words are kept
_LONGEST_KEPT = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Hit(RecordRow):
    """A record that a search found, and the words around what was searched for."""

    snippet: Snippet = snippets.NONE


@dataclass(frozen=True)
class Hits(Listing[Hit]):
    """What a search found, and what comes first in it: of too many to be ranked, what is named so, or the newest.

    `suggestions` are questions with words of the vault in place of those that nothing was found for.
    """

    ranking: Ranking = Ranking.DATE
    suggestions: tuple[str, ...] = ()


class Searches:
    """Searches of one vault.

    The words of records that were found lately are kept, by the bytes they were taken from: a question that is typed
    letter by letter finds most of the same ones each time.
    """

    def __init__(self, records: Records, vault: Vault) -> None:
        self._records = records
        self._vault = vault
        self._words: dict[Packed, str] = {}

    def find(self, text: str, limit: int | None, *, by_relevance: bool) -> Hits:
        """What answers a question, newest or best first. Raises InvalidInput and NotFound."""
        asked = questions.read(text)
        with self._vault.reading() as connection:
            nouns = self._records.kinds(asked.fields.get("kind", ()))
            wanted = _filter(self._records, connection, asked, nouns)
            finder = snippets.Finder(asked.terms)
            found = _look_up(connection, finder, replace(wanted, limit=limit), by_relevance=by_relevance)
            values = self._records.values_of(connection, found.rows)
            marked = self._snippets(connection, found.rows, finder)
            hits = tuple(Hit(*each, snippet) for each, snippet in zip(values, marked, strict=True))
            better = _suggestions(connection, text, asked.terms, wanted) if not found.rows else ()
        return Hits(hits, found.total, not found.is_whole, found.ranking, better)

    def _snippets(self, connection: DbConnection, rows: Sequence[Row], finder: Finder) -> list[Snippet]:
        """What is found in titles alone where that is all that was asked for: the record itself is not read for it."""
        if not finder.terms:
            return [snippets.NONE] * len(rows)
        found = {row.pk: finder.find(row.title) for row in rows}
        left = [row for row in rows if not found[row.pk].has_all(finder.terms)]
        keys = [row.pk for row in left]
        held = attached.words_of(connection, {row.connection for row in left}, keys)
        for key, body in reading.packed(self._vault, connection, keys).items():
            found[key] = finder.find(attached.joined(self._words_in(connection, body), held.get(key)))
        return [found[row.pk] for row in rows]

    def _words_in(self, connection: DbConnection, body: Packed) -> str:
        words = self._words.get(body)
        if words is None:
            words = searchable_text(decode(self._vault.compressor.restore(connection, *body)))
            if len(self._words) >= _KEPT:
                self._words.clear()
            if len(words) <= _LONGEST_KEPT:
                self._words[body] = words
        return words


def _filter(records: Records, connection: DbConnection, asked: Question, nouns: tuple[str, ...]) -> Filter:
    after, before = asked.one("after"), asked.one("before")
    found = Filter(
        connections=records.scope.narrowed(connection, Choice(asked.one("portal"), asked.one("patient"))),
        kinds=nouns,
        statuses=tuple(status.lower() for status in asked.fields.get("status", ())),
        since=None if after is None else periods.beginning(after),
        until=None if before is None else periods.beginning(before),
    )
    code = asked.one("code")
    return found if code is None else by_code(connection, code, found)


def _look_up(connection: DbConnection, finder: Finder, wanted: Filter, *, by_relevance: bool) -> Found:
    parts = [*filter(None, (wanted.words,)), *search.parts(connection, finder.terms)]
    plain = replace(wanted, words="")
    if by_relevance and parts:
        return search.relevant(connection, parts, plain, finder.is_all_in)
    found = search.listed(connection, " AND ".join(parts), plain)
    return replace(found, ranking=Ranking.BEST) if by_relevance else found


def _suggestions(connection: DbConnection, text: str, terms: Sequence[Term], wanted: Filter) -> tuple[str, ...]:
    """The same question with a word spelled as the vault has it; only what finds something among what is meant."""
    meant = Filter(connections=wanted.connections, limit=1)
    found = []
    for word in dict.fromkeys(word for term in terms for word in term.words):
        if search.newest(connection, [questions.Term((word,), is_beginning=True)], meant).rows:
            continue
        for other in spelling.nearest(word, search.spellings(connection, word), partial(vocabulary.uses, connection)):
            better = text.replace(word, other)
            renewed = [_respelled(term, word, other) for term in terms]
            if search.newest(connection, renewed, replace(wanted, words="", limit=1)).rows:
                found.append(better)
    return tuple(found)


def _respelled(term: Term, word: str, other: str) -> Term:
    return replace(term, words=tuple(other if each == word else each for each in term.words))

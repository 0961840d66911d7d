"""Education: articles about what a patient has, asked for by code, and kept in the vault."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from store.errors import Ambiguous, BadAnswer, InvalidInput, NotFound, NotOffered
from store.records import education, searchable
from store.records.dates import from_epoch
from store.records.education import Subject
from store.records.lossless import decode
from store.records.text import EMPTY, Safe, one_line, sanitize
from store.vault import attachments, reading
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.config import Settings
    from store.records.dates import FhirDate
    from store.records.education import Article
    from store.services.portals import Portals
    from store.services.records import Records
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

PORTAL, MEDLINEPLUS = "portal", "medlineplus"
SOURCES = (PORTAL, MEDLINEPLUS)
_KINDS = ("condition", "medication", "medicine", "lab", "vital", "procedure", "immunization", "allergy", "report")
_LANGUAGE = re.compile(r"[a-z]{2}")
_MOST_CHOICES = 9
_MEDLINEPLUS_NAME = Safe("MedlinePlus.gov, U.S. National Library of Medicine")


@dataclass(frozen=True)
class Question:
    """What would be asked, and all that would leave this computer: `url` is the very request.

    `topic` is what it is about, `record` the record (`Type/id`) that has the code, if any. `host` is who would be
    asked. `is_kept` is True where the answer is in the vault already.
    """

    topic: Safe
    record: Safe
    code: Safe
    system: Safe
    words: Safe
    language: Safe
    host: Safe
    url: Safe
    is_own_portal: bool
    is_kept: bool
    connection: int


class NoArticle(NotFound):
    """Whoever was asked has no article about it."""

    def __init__(self, question: Question) -> None:
        super().__init__("article", question.topic)
        other = "other words" if not question.is_own_portal else f"`--from {MEDLINEPLUS}`, or other words"
        self.hint = f"{question.host} has none; try {other}."


@dataclass(frozen=True)
class Lesson:
    """Articles on a topic, from whom they are and when they were asked for; `url` is where they came from."""

    topic: Safe
    source: Safe
    url: Safe
    asked: FhirDate
    articles: tuple[Article, ...]


class Education:
    """Looks things up. Nothing is asked of anybody before `look_up`."""

    def __init__(self, vault: Vault, settings: Settings, records: Records, portals: Portals) -> None:
        self._vault = vault
        self._settings = settings
        self._records = records
        self._portals = portals

    def about(self, typed: str, source: str | None = None, language: str = "en") -> Question:
        """The question about a record (an id, `Type/id`, or words of its title), or about words alone.

        `source` is one of SOURCES; None means the portal where it answers such questions, else MedlinePlus. Raises
        NotFound, Ambiguous, SignInNeeded, NotOffered, and InvalidInput for what cannot be asked.
        """
        if not _LANGUAGE.fullmatch(language):
            raise InvalidInput(f"`{sanitize(language)}` is no language code such as en or es")
        found = self._record(typed)
        owner = self._owner(found)
        responder, is_own = self._responder(owner, source)
        if found is None:
            return self._of_words(typed, owner, responder, language, is_own=is_own)
        row, body = found
        subject = education.subject_of(decode(body))
        if subject is None:
            raise InvalidInput(f"{one_line(row.title)} has no code that could be asked about; name a topic in words")
        return self._question(
            one_line(row.title), f"{row.type}/{row.id}", subject, owner, (responder, language, is_own)
        )

    def kept(self, question: Question) -> Lesson | None:
        """The articles that the vault has for a question; None for none."""
        with self._vault.reading() as connection:
            held = attachments.find(connection, question.connection, question.url)
        if held is None:
            return None
        body = b"".join(attachments.content(self._vault, held, self._settings.database_path))
        return _lesson(question, body, held.fetched)

    def look_up(self, question: Question, *, again: bool = False) -> Lesson:
        """The articles: those in the vault, or, with `again` or where there are none, asked for now and kept.

        Raises NotFound when there is no article, Unreachable, BadAnswer.
        """
        known = None if again else self.kept(question)
        if known:
            return known
        # Deferred: what the vault has needs no network.
        from store.remote import infobutton  # noqa: PLC0415

        self._vault.note(Entry("learn", f"asked {question.host} about {question.record or 'a topic'}"))
        body, now = infobutton.ask(question.url, self._settings.timeout), int(time.time())
        lesson = _lesson(question, body, now)
        if not lesson.articles:
            raise NoArticle(question)
        arrival = attachments.Arrival(question.connection, question.url)
        with self._vault.transaction() as tx:
            arrival.add(tx, body)
            arrival.complete(tx, "application/json", now)
        return lesson

    def _record(self, typed: str) -> tuple[Row, bytes] | None:
        """The record that is meant: by its id, or by words that are all in its title; None for none."""
        try:
            return self._records.find(typed)
        except NotFound:
            pass
        words = searchable.words_typed(typed.casefold())
        if not words:
            raise InvalidInput("name a record or a topic")
        match = " ".join(f'"{word}"*' for word in words)
        with self._vault.reading() as connection:
            wanted = Filter(connections=self._records.scope.ids(connection), kinds=_KINDS, standing=True)
            rows = [row for row in reading.search(connection, match, wanted) if _has(row.title, words)]
        exact = [row for row in rows if row.title.casefold() == typed.strip().casefold()]
        by_title = {row.title.casefold(): row for row in reversed(exact or rows)}
        is_one = len({row.code or title for title, row in by_title.items()}) == 1 or _is_one_medicine(rows)
        if by_title and not is_one:
            names = tuple(one_line(row.title) for row in list(by_title.values())[::-1])
            raise Ambiguous("record", sanitize(typed), names[:_MOST_CHOICES])
        row = (exact or rows)[0] if by_title else None
        return self._records.find(f"{row.type}/{row.id}") if row else None

    def _owner(self, found: tuple[Row, bytes] | None) -> ConnectionRow:
        if found:
            with self._vault.reading() as connection:
                return reading.owner(connection, found[0].connection)
        return self._portals.all()[0]

    def _responder(self, owner: ConnectionRow, source: str | None) -> tuple[str, bool]:
        from store.remote import infobutton  # noqa: PLC0415 - as in look_up

        own = infobutton.address(owner.smart, owner.base_url) if source != MEDLINEPLUS else None
        if own is None and source == PORTAL:
            raise NotOffered(sanitize(owner.name), "health articles of its own")
        return (own, True) if own else (infobutton.MEDLINEPLUS, False)

    def _of_words(self, typed: str, owner: ConnectionRow, responder: str, language: str, *, is_own: bool) -> Question:
        if not is_own:
            raise InvalidInput(
                f"MedlinePlus is asked by code, and no record of yours is called `{one_line(typed)}`; "
                "look for the word itself at https://medlineplus.gov"
            )
        topic = one_line(typed)
        return self._question(topic, "", Subject(topic), owner, (responder, language, is_own))

    def _question(
        self, topic: Safe, record: str, subject: Subject, owner: ConnectionRow, how: tuple[str, str, bool]
    ) -> Question:
        from store.remote import infobutton  # noqa: PLC0415 - as in look_up

        responder, language, is_own = how
        url = infobutton.question(responder, subject, language)
        with self._vault.reading() as connection:
            held = attachments.find(connection, owner.id, url)
        return Question(
            topic=topic,
            record=sanitize(record),
            code=subject.code,
            system=subject.system.name if subject.system else EMPTY,
            words=subject.name,
            language=sanitize(language),
            host=one_line(urlsplit(responder).netloc),
            url=sanitize(url),
            is_own_portal=is_own,
            is_kept=held is not None,
            connection=owner.id,
        )


def _is_one_medicine(rows: list[Row]) -> bool:
    """Whether records are of one medicine, in whatever strength: its name is the first word of each title."""
    names = {row.title.casefold().partition(" ")[0] for row in rows}
    return len(names) == 1 and all(row.kind in {"medication", "medicine"} for row in rows)


def _has(title: str, words: list[str]) -> bool:
    known = set(searchable.words_typed(title.casefold()))
    return known.issuperset(words)


def _lesson(question: Question, body: bytes, at: int) -> Lesson:
    try:
        feed = education.read_feed(body)
    except ValueError as error:
        raise BadAnswer(question.host, str(error)) from error
    source = feed.author if question.is_own_portal else _MEDLINEPLUS_NAME
    return Lesson(question.topic, source or question.host, question.url, from_epoch(at), feed.articles)

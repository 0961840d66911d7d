"""Which records are wanted, as it is typed, and what the vault is asked for in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.light import dataclass
from store.records import periods, questions
from store.records.labs import NOT_ABNORMAL
from store.vault import looks, search
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.vault.engine import DbConnection


@dataclass(frozen=True)
class Wanted:
    """Which records are wanted; what is not said does not narrow.

    `kinds` are nouns or FHIR types; `since` is `2y` or a date, `between` two dates with `..` between them; `clinician`
    is a part of a name; `new` are those that came or changed since they were looked at last; `after` is a record of
    which only those are wanted that are listed after it.
    """

    kinds: tuple[str, ...] = ()
    code: str | None = None
    statuses: tuple[str, ...] = ()
    since: str | None = None
    between: str | None = None
    clinician: str | None = None
    abnormal: bool = False
    new: bool = False
    after: str | None = None

    @property
    def is_by_kind_alone(self) -> bool:
        """Whether nothing but kinds was said, apart from what is new."""
        return self == Wanted(kinds=self.kinds, new=self.new)


def by_time(wanted: Wanted, now: datetime | None = None) -> tuple[int | None, int | None]:
    """From when and until when records are wanted. Raises InvalidInput."""
    start, end = periods.between(wanted.between) if wanted.between is not None else (None, None)
    if wanted.since is not None:
        since = periods.since(wanted.since, now or datetime.now(UTC))
        start = since if start is None else max(start, since)
    return start, end


def as_filter(connection: DbConnection, wanted: Wanted, nouns: tuple[str, ...], meant: tuple[int, ...]) -> Filter:
    """What the vault is asked for: of the connections that are meant, and of these kinds."""
    start, end = by_time(wanted)
    found = Filter(
        connections=meant,
        kinds=nouns,
        types=("Observation",) if wanted.abnormal else (),
        statuses=tuple(status.lower() for status in wanted.statuses),
        since=start,
        until=end,
        normal_flags=tuple(sorted(NOT_ABNORMAL)) if wanted.abnormal else None,
        news=looks.news(connection, meant) if wanted.new else None,
    )
    return found if wanted.code is None else by_code(connection, wanted.code, found)


def by_code(connection: DbConnection, code: str, found: Filter) -> Filter:
    """Narrow a filter to records that have a code in one of their codings."""
    term = questions.code_term(code)
    if not term.words:
        raise InvalidInput(f"`{code}` is no code")
    return replace(found, words=search.expression(connection, (term,)))

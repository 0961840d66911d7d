"""Laboratory results and vital signs: listed with what was before, shown in full, and followed over time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound
from store.light import dataclass
from store.records import analytes, labs, measures, panels, trends
from store.records.lossless import decode
from store.records.spans import ALWAYS, Span
from store.services import earlier
from store.services.results import Finder, FoundMember
from store.services.subjects import Subjects
from store.services.values import Listing
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.elements import Json
    from store.records.labs import LabResult
    from store.records.measures import Measure
    from store.records.panels import ResultDetail
    from store.records.trends import Trend
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

_MOST = 5_000  # results that a trend looks at
_MOST_CODES = 20  # codes that are searched for by themselves
_EARLIER = 60  # results that are looked at for what was before one
_ALL_KINDS = ("lab", "vital", "observation")


@dataclass(frozen=True, slots=True)
class Trends:
    """The trends of all that a name or a code stands for; `is_cut` where there were too many results to look at."""

    wanted: str
    trends: tuple[Trend, ...]
    is_cut: bool = False


class Labs:
    """Results, newest first."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records
        self._subjects = Subjects(vault, records)
        self._finder = Finder(vault, records, self._subjects)

    def list(
        self,
        name: str | None = None,
        *,
        abnormal: bool = False,
        kind: str = "lab",
        limit: int | None = None,
        span: Span = ALWAYS,
    ) -> Listing[LabResult]:
        """Results whose name holds `name` or whose code is `name`; with `abnormal` only those flagged out of range.

        `kind` is `lab` or `vital`. Each has what was before it of the same thing and the same patient.
        """
        with self._vault.reading() as connection:
            wanted = replace(self._filter(connection, (kind,), span), normal_flags=_flags(abnormal=abnormal) or None)
            if name is None:
                found = reading.rows(connection, replace(wanted, limit=limit))
                total = reading.count(connection, wanted) if limit is not None else len(found)
            else:
                named = self._finder.named(connection, wanted, name)
                found, total = named[:limit], len(named)
            groups = self._subjects.groups(connection, tuple({row.connection for row in found}))
            before = earlier.of_rows(connection, self._filter(connection, (kind,)), found, groups)
            bodies = reading.bodies(self._vault, connection, [row.pk for row in found])
            sources = self._records.sources()
        return Listing(
            tuple(
                earlier.joined(labs.read(decode(bodies[row.pk]), sources[row.connection]), row, before.get(row.pk))
                for row in found
            ),
            total,
        )

    def trend(self, wanted: str, *, kind: str | None = None, span: Span = ALWAYS) -> Trends:
        """How what is called `wanted`, or has it as a code, went over time; of one patient, at all portals together.

        Raises NotFound when there is nothing of that name, InvalidInput when none is given, and Ambiguous when it is
        of several patients.
        """
        if not wanted.split():
            raise InvalidInput("say what is to be followed: a name such as `glucose`, or a LOINC code")
        kinds = _ALL_KINDS if kind is None else (kind,)
        with self._vault.reading() as connection:
            among = self._filter(connection, kinds, span)
            rows = self._finder.candidates(connection, among, wanted)
            read = tuple(self._finder.measures(connection, rows[:_MOST]))
            named = measures.select(iter(read), wanted)
            every = tuple(named)
            if not analytes.is_loinc(wanted):  # whose rows were found by all of its codes
                every = self._called_otherwise(connection, among, named, read, {row.pk for row in rows})
            if not every:
                raise NotFound("result", wanted)
            places = {item.place for item in every}
            patient = self._subjects.check_one(connection, places, wanted)
        whose = next((row for row in rows if row.connection in places), None)
        self._records.note_read(f"trend of {len(every)} results", whose)
        return Trends(wanted, trends.build(every, patient), is_cut=len(rows) > _MOST)

    def show(self, reference: str) -> ResultDetail:
        """A result, a vital sign or a panel by id or `Type/id`, with its parts and what was before.

        Noted in the audit trail. Raises NotFound, and Ambiguous when several portals or patients have one.
        """
        row, body = self._records.open(reference, ("Observation", "DiagnosticReport"))
        resource = decode(body)
        if resource.get("resourceType") not in {"Observation", "DiagnosticReport"}:
            raise NotFound("result", reference)
        with self._vault.reading() as connection:
            source = self._records.sources()[row.connection]
            person = self._subjects.person(connection, row.connection)
            members, missing = self._finder.members(connection, resource, row)
            found = panels.read(resource, source, person, [member.shown for member in members], missing)
            before = self._before(connection, row, members)
            history = self._history(connection, row, resource)
        joined = zip(found.members, members, strict=True)
        rows = [replace(shown, result=member.joined(shown.result, before)) for shown, member in joined]
        return replace(found, members=tuple(rows), history=history)

    def _called_otherwise(
        self,
        connection: DbConnection,
        among: Filter,
        found: Sequence[Measure],
        read: tuple[Measure, ...],
        seen: set[int],
    ) -> tuple[Measure, ...]:
        """What was found, and what was measured under the same codes and is called by another name."""
        keys = {item.key for item in found}
        known = {(item.place, item.id, item.key) for item in found}
        codes = {code for item in found if analytes.is_loinc(item.code) for code in analytes.siblings(item.code)}
        more = [item for item in read if item.key in keys]
        if 0 < len(codes) <= _MOST_CODES:
            rows = [row for row in self._finder.with_codes(connection, among, sorted(codes)) if row.pk not in seen]
            more += [item for item in self._finder.measures(connection, rows[:_MOST]) if item.key in keys]
        return (*found, *(item for item in more if (item.place, item.id, item.key) not in known))

    def _filter(self, connection: DbConnection, kinds: tuple[str, ...], span: Span = ALWAYS) -> Filter:
        ids = self._records.scope.ids(connection)
        return Filter(
            connections=ids, kinds=kinds, types=("Observation",), standing=True, since=span.start, until=span.end
        )

    def _before(self, connection: DbConnection, row: Row, members: Sequence[FoundMember]) -> dict[int, Row]:
        """What was before each member of a panel."""
        rows = sorted(
            (member.row for member in members if member.row and member.row.date is not None),
            key=lambda member: (member.date, member.pk),
            reverse=True,
        )
        group = self._subjects.groups(connection, self._records.scope.ids(connection))
        same = tuple(number for number, person in group.items() if person == group[row.connection])
        return earlier.of_rows(connection, replace(self._filter(connection, _ALL_KINDS), connections=same), rows, group)

    def _history(self, connection: DbConnection, row: Row, resource: Json) -> tuple[Trend, ...]:
        """How what a result measured went until then, in its patient's records at every portal that is meant."""
        own = measures.Reader(row.connection).read(resource) if row.type == "Observation" else []
        keys = {item.key for item in own}
        if not keys or row.date is None:
            return ()
        group = self._subjects.groups(connection, self._records.scope.ids(connection))
        same = tuple(number for number, person in group.items() if person == group[row.connection])
        wanted = replace(self._filter(connection, _ALL_KINDS, Span(None, row.date + 1)), connections=same)
        name = str(own[0].code or own[0].name)
        rows = self._finder.candidates(connection, replace(wanted, limit=_EARLIER), name)
        every = [item for item in self._finder.measures(connection, rows) if item.key in keys]
        return trends.build(every)


def _flags(*, abnormal: bool) -> tuple[str, ...]:
    return tuple(sorted(labs.NOT_ABNORMAL)) if abnormal else ()

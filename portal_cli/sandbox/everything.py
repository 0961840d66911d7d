"""`Patient/[id]/$everything`: a patient's whole record, and what it refers to (FHIR R4 §8.1.24.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portal_cli.sandbox.bodies import parse
from portal_cli.sandbox.histories import read_since
from portal_cli.sandbox.instants import MAX, MIN, Span, span
from portal_cli.sandbox.kinds import is_known
from portal_cli.sandbox.matching import Matcher
from portal_cli.sandbox.outcomes import bad_request, not_found
from portal_cli.sandbox.paging import Snapshot
from portal_cli.sandbox.parameters.table import parameters_of
from portal_cli.sandbox.query import Include, QueryReader

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.bundling import Bundler
    from portal_cli.sandbox.histories import Pairs
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.parameters.table import Parameter
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.sight import Sight
    from portal_cli.sandbox.versions import Version

PARAMETERS = ("start", "end", "_since", "_type", "_count")
# The search parameter that tells when care took place, the likeliest first.
_CARE_DATES = (
    *("authoredon", "authored-on", "authored", "date", "onset-date", "whenhandedover", "whenprepared", "sent"),
    *("effective", "occurrence", "period", "start", "start-date", "recorded", "when", "collected", "created"),
    *("recorded-date", "started", "studied", "last-date", "datewritten", "datetime"),
)


class Everything:
    """Answers the operation for the token's own patient, in pages."""

    def __init__(self, repository: Repository, sight: Sight, bundler: Bundler, page_size: int) -> None:
        self._repository = repository
        self._sight = sight
        self._bundler = bundler
        self._page_size = page_size

    def answer(self, access: Access, key: str, pairs: Pairs) -> Json:
        """Give a page: the Patient first, then the record by type; what it refers to is included beside it.

        Raises:
            FhirError: 400 for a value that makes no sense, 403 out of scope, 404 another patient's, 410 a page
                no longer kept.
        """
        access.require("Patient", "r")
        if key != access.patient or not self._sight.sees_name(access, f"Patient/{key}"):
            raise not_found("Patient", key)
        address = f"Patient/{key}/$everything"
        cursor = next((value for name, value in pairs if name == "_page"), None)
        if cursor is not None:
            return self._bundler.next(access, address, cursor)
        kinds = _kinds(pairs)
        found = self._found(access, kinds, _period(pairs), read_since(pairs))
        counted = [(name, value) for name, value in pairs if name == "_count"]
        query = replace(
            QueryReader({}, self._page_size, is_strict=False).read(counted),
            applied=tuple(pair for pair in pairs if pair[0] in PARAMETERS),
            includes=_includes(kinds),
        )
        return self._bundler.first(access, Snapshot(access, address, query, tuple(found), self._repository.now()))

    def _found(self, access: Access, kinds: frozenset[str], period: Span, since: datetime) -> list[Version]:
        stored = [kind for kind in self._repository.kinds() if access.permits(kind, "r")]
        stored.sort(key=lambda kind: kind != "Patient")
        matcher = Matcher(self._repository.base_url)
        found = []
        for kind in stored:
            if kinds and kind not in kinds:
                continue
            date = care_date(kind) if period != Span(MIN, MAX) else None
            found += [
                version
                for version in self._sight.own(access, kind)
                if version.updated >= since and (date is None or _is_within(matcher.values(version, date), period))
            ]
        return found


def read_parameters(body: bytes) -> Pairs:
    """Read the Parameters resource of a POST; an empty body names none.

    Raises:
        FhirError: 400 when it is something else.
    """
    if not body.strip():
        return []
    rows = parse("Parameters", body).get("parameter")
    pairs = []
    for row in rows if isinstance(rows, list) else ():
        values = [row[name] for name in row if name.startswith("value")] if isinstance(row, dict) else []
        pairs += [(str(row.get("name")), str(value)) for value in values]
    return pairs


def care_date(kind: str) -> Parameter | None:
    """Name the search parameter that tells when the care of a type took place; None when nothing does."""
    if kind == "Patient":
        return None
    parameters = parameters_of(kind)
    found = (parameters[name] for name in _CARE_DATES if name in parameters and parameters[name].kind == "date")
    return next(found, None)


def _is_within(values: tuple[Span, ...], period: Span) -> bool:
    """Say whether any time touches the period; what has no time always belongs."""
    return not values or any(value.low < period.high and value.high > period.low for value in values)


def _includes(kinds: frozenset[str]) -> tuple[Include, ...]:
    """Bring along what the record refers to outside itself."""
    wanted = sorted(kinds) or ("",)
    return tuple(Include("*", "*", is_reverse=False, target=kind, is_iterated=True, is_shared=True) for kind in wanted)


def _kinds(pairs: Pairs) -> frozenset[str]:
    names = [part.strip() for name, value in pairs if name == "_type" for part in value.split(",")]
    unknown = [name for name in names if name and not is_known(name)]
    if unknown:
        raise bad_request(f"there is no resource type {unknown[0]!r}", "not-supported")
    return frozenset(name for name in names if name)


def _period(pairs: Pairs) -> Span:
    ends = dict(pairs)
    read = {name: span(ends[name]) for name in ("start", "end") if ends.get(name)}
    for name, found in read.items():
        if found is None:
            raise bad_request(f"{name} is not a date: {ends[name]!r}")
    start, end = read.get("start"), read.get("end")
    return Span(start.low if start else MIN, end.high if end else MAX)

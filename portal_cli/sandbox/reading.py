"""Reads and searches: what a patient's token may see of the record (FHIR R4 §3.1.0.1, §3.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.bundling import Bundler
from portal_cli.sandbox.everything import Everything
from portal_cli.sandbox.histories import Histories
from portal_cli.sandbox.includes import Includes
from portal_cli.sandbox.matching import Matcher
from portal_cli.sandbox.outcomes import FhirError, not_found
from portal_cli.sandbox.paging import Snapshot, Snapshots
from portal_cli.sandbox.parameters.table import parameters_of
from portal_cli.sandbox.query import Query, QueryReader
from portal_cli.sandbox.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.parameters.table import Parameter
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version


class Reading:
    """Read, vread and search, histories and `$everything`, always within one patient's compartment and scopes."""

    def __init__(self, repository: Repository, clock: Callable[[], datetime], page_size: int) -> None:
        self.snapshots = Snapshots(clock)
        self.page_size = page_size
        self.sight = Sight(repository)
        self.bundler = Bundler(
            repository, self.sight, self.snapshots, Includes(repository, self.sight, self.parameters)
        )
        self.histories = Histories(repository, self.sight, self.bundler, page_size)
        self.everything = Everything(repository, self.sight, self.bundler, page_size)
        self._repository = repository
        self._clock = clock
        self.further: Mapping[str, Mapping[str, Parameter]] = {}

    def read(self, access: Access, kind: str, key: str) -> Version:
        """Give the newest version.

        Raises:
            FhirError: 403 out of scope, 404 absent or another patient's, 410 deleted.
        """
        access.require(kind, "r")
        return self._existing(access, kind, key)

    def vread(self, access: Access, kind: str, key: str, number: str) -> Version:
        """Give one version (FHIR R4 §3.1.0.3), with the errors of `read`."""
        access.require(kind, "r")
        for version in self._repository.history(kind, key):
            if str(version.number) == number and self.sight.sees(access, version):
                if version.is_deleted:
                    raise gone(version)
                return version
        raise not_found(kind, f"{key}/_history/{number}")

    def find(self, access: Access, kind: str, query: Query) -> list[Version]:
        """Give all visible resources of a type that meet a query, sorted."""
        matcher = Matcher(self._repository.base_url)
        tests = [matcher.test(condition) for condition in query.filters]
        found = [version for version in self.sight.newest(access, kind) if all(test(version) for test in tests)]
        for parameter, is_descending in reversed(query.sort):
            _sort(found, matcher, parameter, is_descending=is_descending)
        return found

    def search(self, access: Access, kind: str, pairs: Iterable[tuple[str, str]], *, is_strict: bool) -> Json:
        """Answer a search with its first page, a searchset Bundle.

        Raises:
            FhirError: 403 out of scope, 400 for a query that makes no sense.
        """
        access.require(kind, "s")
        query = QueryReader(self.parameters(kind), self.page_size, is_strict=is_strict).read(pairs)
        found = self.find(access, kind, query)
        return self.bundler.first(access, Snapshot(access, kind, query, tuple(found), self._clock()))

    def page(self, access: Access, kind: str, cursor: str) -> Json:
        """Answer the cursor of a `next` link with that page.

        Raises:
            FhirError: 410 when the search is no longer kept.
        """
        access.require(kind, "s")
        return self.bundler.next(access, kind, cursor)

    def parameters(self, kind: str) -> dict[str, Parameter]:
        """Give the search parameters of a type as it stands in the record."""
        return {**parameters_of(kind, self._repository.elements(kind)), **self.further.get(kind, {})}

    def _existing(self, access: Access, kind: str, key: str) -> Version:
        version = self._repository.current(kind, key)
        if version is None or not self.sight.sees(access, version):
            raise not_found(kind, key)
        if version.is_deleted:
            raise gone(version)
        return version


def gone(version: Version) -> FhirError:
    """Give the 410 for a resource that was deleted."""
    return FhirError(410, "deleted", f"{version.name} was deleted", {"ETag": version.etag})


def _sort(found: list[Version], matcher: Matcher, parameter: Parameter, *, is_descending: bool) -> None:
    """Sort in place by one parameter, keeping the order of equals; resources without a value come last."""
    with_value = [version for version in found if matcher.values(version, parameter)]
    without_value = [version for version in found if not matcher.values(version, parameter)]
    pick = max if is_descending else min
    with_value.sort(key=lambda version: pick(_sortable(matcher.values(version, parameter))), reverse=is_descending)
    found[:] = with_value + without_value


def _sortable(values: tuple[object, ...]) -> list[tuple[str, ...]]:
    return [
        tuple(str(part or "") for part in value) if isinstance(value, tuple) else (str(value).casefold(),)
        for value in values
    ]

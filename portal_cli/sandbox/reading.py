"""Reads and searches: what a patient's token may see of the record (FHIR R4 §3.1.0.1, §3.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.matching import Matcher
from portal_cli.sandbox.outcomes import FhirError, not_found
from portal_cli.sandbox.paging import Snapshot, Snapshots
from portal_cli.sandbox.parameters.table import parameters_of
from portal_cli.sandbox.query import Query, QueryReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.parameters.table import Parameter
    from portal_cli.sandbox.query import Include
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version


class Reading:
    """Read, vread, history and search, always within one patient's compartment and scopes."""

    def __init__(self, repository: Repository, clock: Callable[[], datetime], page_size: int) -> None:
        self.snapshots = Snapshots(clock)
        self.page_size = page_size
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
            if str(version.number) == number and version.is_visible_to(access.patient):
                if version.is_deleted:
                    raise gone(version)
                return version
        raise not_found(kind, f"{key}/_history/{number}")

    def history(self, access: Access, kind: str, key: str) -> Json:
        """Give all versions of one resource as a history Bundle, newest first (FHIR R4 §3.1.0.11)."""
        access.require(kind, "r")
        versions = [
            version
            for version in reversed(self._repository.history(kind, key))
            if version.is_visible_to(access.patient)
        ]
        if not versions:
            raise not_found(kind, key)
        entries = [self._history_entry(version) for version in versions]
        return {"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries}

    def find(self, access: Access, kind: str, query: Query) -> list[Version]:
        """Give all visible resources of a type that meet a query, sorted."""
        matcher = Matcher(self._repository.base_url)
        tests = [matcher.test(condition) for condition in query.filters]
        found = [
            version
            for version in self._repository.visible(access.patient, kind)
            if all(test(version) for test in tests)
        ]
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
        snapshot = Snapshot(access.patient, kind, query, tuple(found), self._clock())
        if query.is_count_only:
            return self._bundle(snapshot, [])
        name = self.snapshots.keep(snapshot) if len(found) > query.count else ""
        return self._page(access, name, snapshot, 0)

    def page(self, access: Access, kind: str, cursor: str) -> Json:
        """Answer the cursor of a `next` link with that page.

        Raises:
            FhirError: 410 when the search is no longer kept.
        """
        access.require(kind, "s")
        name, snapshot, offset = self.snapshots.page(cursor, access.patient, kind)
        return self._page(access, name, snapshot, offset)

    def parameters(self, kind: str) -> dict[str, Parameter]:
        """Give the search parameters of a type as it stands in the record."""
        return {**parameters_of(kind, self._repository.elements(kind)), **self.further.get(kind, {})}

    def _existing(self, access: Access, kind: str, key: str) -> Version:
        version = self._repository.current(kind, key)
        if version is None or not version.is_visible_to(access.patient):
            raise not_found(kind, key)
        if version.is_deleted:
            raise gone(version)
        return version

    def _page(self, access: Access, name: str, snapshot: Snapshot, offset: int) -> Json:
        end = offset + snapshot.query.count
        matches = snapshot.matches[offset:end]
        entries = [self._entry(version, "match") for version in matches]
        entries += [self._entry(version, "include") for version in self._included(access, snapshot, matches)]
        bundle = self._bundle(snapshot, entries)
        base = f"{self._repository.base_url}/{snapshot.kind}"
        if end < len(snapshot.matches):
            bundle["link"].append({"relation": "next", "url": f"{base}?_page={name}.{end}"})
        return bundle

    def _bundle(self, snapshot: Snapshot, entries: list[Json]) -> Json:
        base = f"{self._repository.base_url}/{snapshot.kind}"
        applied = urlencode(snapshot.query.applied)
        bundle: Json = {
            "resourceType": "Bundle",
            "meta": {"lastUpdated": instant(snapshot.asked)},
            "type": "searchset",
            "total": len(snapshot.matches),
            "link": [{"relation": "self", "url": f"{base}?{applied}" if applied else base}],
        }
        if entries:
            bundle["entry"] = entries
        return bundle

    def _included(self, access: Access, snapshot: Snapshot, matches: tuple[Version, ...]) -> list[Version]:
        seen = {version.name: version for version in matches}
        found: dict[str, Version] = {}
        for include in snapshot.query.includes:
            related = self._reverse if include.is_reverse else self._forward
            for version in related(access, include, matches):
                if version.name not in seen and access.permits(version.kind, "r"):
                    found[version.name] = version
        return list(found.values())

    def _forward(self, access: Access, include: Include, matches: tuple[Version, ...]) -> list[Version]:
        parameter = self.parameters(include.kind).get(include.name)
        if parameter is None:
            return []
        matcher = Matcher(self._repository.base_url)
        names = [
            name for version in matches if version.kind == include.kind for name in matcher.values(version, parameter)
        ]
        targets = [self._repository.current(*name.split("/")) for name in names if name.count("/") == 1]
        return [
            version
            for version in targets
            if version and not version.is_deleted and version.is_visible_to(access.patient)
        ]

    def _reverse(self, access: Access, include: Include, matches: tuple[Version, ...]) -> list[Version]:
        parameter = self.parameters(include.kind).get(include.name)
        if parameter is None:
            return []
        matcher = Matcher(self._repository.base_url)
        names = {version.name for version in matches}
        return [
            version
            for version in self._repository.visible(access.patient, include.kind)
            if not names.isdisjoint(matcher.values(version, parameter))
        ]

    def _entry(self, version: Version, mode: str) -> Json:
        return {
            "fullUrl": f"{self._repository.base_url}/{version.name}",
            "resource": msgspec.Raw(version.body),
            "search": {"mode": mode},
        }

    def _history_entry(self, version: Version) -> Json:
        method = "DELETE" if version.is_deleted else "POST" if version.number == 1 else "PUT"
        url = version.kind if method == "POST" else version.name
        status = {"DELETE": "204", "POST": "201", "PUT": "200"}[method]
        response = {"status": status, "etag": version.etag, "lastModified": instant(version.updated)}
        entry: Json = {"fullUrl": f"{self._repository.base_url}/{version.name}"}
        if not version.is_deleted:
            entry["resource"] = msgspec.Raw(version.body)
        return {**entry, "request": {"method": method, "url": url}, "response": response}


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

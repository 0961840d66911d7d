"""Histories: every version of one resource, of one type or of the whole record (FHIR R4 §3.1.0.11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portal_cli.sandbox.instants import MIN, span
from portal_cli.sandbox.outcomes import bad_request, not_found
from portal_cli.sandbox.paging import Snapshot
from portal_cli.sandbox.query import QueryReader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.bundling import Bundler
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.sight import Sight
    from portal_cli.sandbox.versions import Version

Pairs = list[tuple[str, str]]


class Histories:
    """Histories within one patient's compartment and scopes, newest first, in pages."""

    def __init__(self, repository: Repository, sight: Sight, bundler: Bundler, page_size: int) -> None:
        self._repository = repository
        self._sight = sight
        self._bundler = bundler
        self._page_size = page_size

    def of_resource(self, access: Access, kind: str, key: str, pairs: Pairs) -> Json:
        """Give the versions of one resource.

        Raises:
            FhirError: 400, 403 out of scope, 404 absent or another patient's, 410 a page no longer kept.
        """
        access.require(kind, "r")
        versions = self._seen(access, self._repository.history(kind, key))
        if not versions:
            raise not_found(kind, key)
        return self._answer(access, f"{kind}/{key}/_history", versions, pairs)

    def of_type(self, access: Access, kind: str, pairs: Pairs) -> Json:
        """Give the versions of all resources of one type, with the errors of `of_resource`."""
        access.require(kind, "r")
        return self._answer(access, f"{kind}/_history", self._seen(access, self._repository.versions({kind})), pairs)

    def of_everything(self, access: Access, pairs: Pairs) -> Json:
        """Give the versions of everything that is in scope, with the errors of `of_resource`."""
        permitted = {kind for kind in self._repository.kinds() if access.permits(kind, "r")}
        return self._answer(access, "_history", self._seen(access, self._repository.versions(permitted)), pairs)

    def _seen(self, access: Access, versions: Iterable[Version]) -> list[Version]:
        return [version for version in versions if self._sight.sees(access, version)]

    def _answer(self, access: Access, address: str, versions: list[Version], pairs: Pairs) -> Json:
        cursor = next((value for name, value in pairs if name == "_page"), None)
        if cursor is not None:
            return self._bundler.next(access, address, cursor)
        since = read_since(pairs)
        recent = [version for version in reversed(versions) if version.updated >= since]
        recent.sort(key=lambda version: version.updated, reverse=True)
        kept = [(name, value) for name, value in pairs if name in {"_count", "_since"}]
        counted = [pair for pair in kept if pair[0] == "_count"]
        query = replace(QueryReader({}, self._page_size, is_strict=False).read(counted), applied=tuple(kept))
        snapshot = Snapshot(access, address, query, tuple(recent), self._repository.now(), "history")
        return self._bundler.first(access, snapshot)


def read_since(pairs: Pairs) -> datetime:
    """Read `_since`, the instant from which changes count; without one, all do.

    Raises:
        FhirError: 400 when it is not a time.
    """
    text = next((value for name, value in pairs if name == "_since"), None)
    if text is None:
        return MIN
    found = span(text)
    if found is None:
        raise bad_request(f"{text!r} is not an instant")
    return found.low

"""Pages of what was found, as Bundles: searchsets and histories (FHIR R4 §2.36, §3.1.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from portal_cli.sandbox.instants import instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.includes import Includes
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.paging import Snapshot, Snapshots
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.sight import Sight
    from portal_cli.sandbox.versions import Version

# What a resource is about and how it stands is told whichever elements are asked for (FHIR R4 §3.1.1.5.9).
_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})
_TELLING = frozenset({"status", "intent", "code", "subject", "patient", "doNotPerform", "verificationStatus"})
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_STATUS = {"DELETE": "204", "POST": "201", "PUT": "200"}


class Bundler:
    """Turns snapshots into Bundles, page by page."""

    def __init__(self, repository: Repository, sight: Sight, snapshots: Snapshots, includes: Includes) -> None:
        self._repository = repository
        self._sight = sight
        self._snapshots = snapshots
        self._includes = includes

    def first(self, access: Access, snapshot: Snapshot) -> Json:
        """Give the first page, and keep the search when there are more."""
        if snapshot.query.is_count_only:
            return self._bundle(snapshot, [])
        has_more = len(snapshot.matches) > snapshot.query.count
        return self._page(access, self._snapshots.keep(snapshot) if has_more else "", snapshot, 0)

    def next(self, access: Access, address: str, cursor: str) -> Json:
        """Give the page that a cursor stands for.

        Raises:
            FhirError: 410 when the search is no longer kept.
        """
        name, snapshot, offset = self._snapshots.page(cursor, access, address)
        return self._page(access, name, snapshot, offset)

    def _page(self, access: Access, name: str, snapshot: Snapshot, offset: int) -> Json:
        end = offset + snapshot.query.count
        # What has been hidden since the search was made is not on its later pages.
        matches = [version for version in snapshot.matches[offset:end] if self._sight.sees(access, version)]
        if snapshot.bundle_type == "history":
            entries = [self._past(version) for version in matches]
        else:
            elements = snapshot.query.elements
            entries = [self._entry(version, "match", elements) for version in matches]
            entries += [self._entry(version, "include") for version in self._includes.of(access, snapshot, matches)]
        bundle = self._bundle(snapshot, entries)
        if end < len(snapshot.matches):
            url = f"{self._repository.base_url}/{snapshot.address}?_page={name}.{end}"
            bundle["link"].append({"relation": "next", "url": url})
        return bundle

    def _bundle(self, snapshot: Snapshot, entries: list[Json]) -> Json:
        base = f"{self._repository.base_url}/{snapshot.address}"
        applied = urlencode(snapshot.query.applied)
        bundle: Json = {
            "resourceType": "Bundle",
            "meta": {"lastUpdated": instant(snapshot.asked)},
            "type": snapshot.bundle_type,
            "total": len(snapshot.matches),
            "link": [{"relation": "self", "url": f"{base}?{applied}" if applied else base}],
        }
        if entries:
            bundle["entry"] = entries
        return bundle

    def _entry(self, version: Version, mode: str, elements: Sequence[str] = ()) -> Json:
        return {
            "fullUrl": f"{self._repository.base_url}/{version.name}",
            "resource": _part(version, elements) if elements else msgspec.Raw(version.body),
            "search": {"mode": mode},
        }

    def _past(self, version: Version) -> Json:
        method = "DELETE" if version.is_deleted else "POST" if version.number == 1 else "PUT"
        url = version.kind if method == "POST" else version.name
        response = {"status": _STATUS[method], "etag": version.etag, "lastModified": instant(version.updated)}
        entry: Json = {"fullUrl": f"{self._repository.base_url}/{version.name}"}
        if not version.is_deleted:
            entry["resource"] = msgspec.Raw(version.body)
        return {**entry, "request": {"method": method, "url": url}, "response": response}


def _part(version: Version, elements: Sequence[str]) -> Json:
    """Keep the elements that were asked for, and say that something is left out."""
    wanted = {*elements, *_ALWAYS, *_TELLING}
    wanted |= {f"_{name}" for name in wanted}
    whole = version.resource()
    part = {name: value for name, value in whole.items() if name in wanted}
    meta = part["meta"]
    tags = meta.get("tag")
    part["meta"] = {**meta, "tag": [*(tags if isinstance(tags, list) else ()), _SUBSETTED]}
    return part

"""The record: every version of every resource, indexed by type and by patient, behind one lock."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal_cli.sandbox.compartment import owners
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.parameters.table import OWNER_PATH, parameters_of
from portal_cli.sandbox.references import local_target, walk
from portal_cli.sandbox.values import values_of
from portal_cli.sandbox.versions import Version, stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from portal_cli.sandbox.journal import Journal
    from portal_cli.sandbox.lossless import Json

    Shelf = dict[str, Version]


class Repository:
    """All resources of the portal. Hold `lock` around a look followed by a write."""

    def __init__(self, clock: Callable[[], datetime], journal: Journal | None = None) -> None:
        self.lock = threading.RLock()
        self.base_url = ""
        self._clock = clock
        self._journal = journal
        self._history: dict[str, list[Version]] = {}
        self._by_owner: dict[tuple[str, str], Shelf] = defaultdict(dict)
        self._shared: dict[str, Shelf] = defaultdict(dict)
        self._elements: dict[str, set[str]] = {}
        self._binary_owners: dict[str, frozenset[str]] = {}
        self._naming: dict[str, set[str]] = defaultdict(set)
        self._open: list[Version] | None = None

    def kinds(self) -> list[str]:
        """Name the types that are or were stored."""
        with self.lock:
            return sorted(self._elements)

    def elements(self, kind: str) -> frozenset[str]:
        """Name the top-level elements seen in a type so far."""
        with self.lock:
            return frozenset(self._elements.get(kind, ()))

    def current(self, kind: str, key: str) -> Version | None:
        """Give the newest version, which may be a deletion; None when there never was one."""
        with self.lock:
            versions = self._history.get(f"{kind}/{key}")
            return versions[-1] if versions else None

    def history(self, kind: str, key: str) -> list[Version]:
        """Give all versions of one resource, oldest first."""
        with self.lock:
            return list(self._history.get(f"{kind}/{key}", ()))

    def visible(self, patient: str, kind: str) -> list[Version]:
        """Give the newest versions of one type that a patient may see, in order of arrival."""
        with self.lock:
            own = list(self._by_owner.get((patient, kind), {}).values())
            return own + list(self._shared.get(kind, {}).values())

    def everything(self, kind: str) -> list[Version]:
        """Give the newest version of every resource of one type: for the clinic, not for tokens."""
        with self.lock:
            newest = [versions[-1] for name, versions in self._history.items() if name.startswith(f"{kind}/")]
            return [version for version in newest if not version.is_deleted]

    def versions(self, kinds: Collection[str]) -> list[Version]:
        """Give every version of every resource of some types, in order of arrival of the resources."""
        with self.lock:
            chosen = [versions for versions in self._history.values() if versions[0].kind in kinds]
            return [version for versions in chosen for version in versions]

    def belongings(self, patient: str, kind: str) -> list[Version]:
        """Give the newest versions of one type that are a patient's own, in order of arrival."""
        with self.lock:
            return list(self._by_owner.get((patient, kind), {}).values())

    def naming(self, binary: str) -> frozenset[str]:
        """Name what names a Binary (`Binary/ID`) in any version, by `Type/id`."""
        with self.lock:
            return frozenset(self._naming.get(binary, ()))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written inside the block, or, when it raises, nothing; others wait meanwhile."""
        with self.lock:
            if self._open is not None:
                yield
                return
            written: list[Version] = []
            self._open = written
            try:
                yield
                if self._journal and written:
                    self._journal.write(written)
            except BaseException:
                for version in reversed(written):
                    self._withdraw(version)
                raise
            finally:
                self._open = None

    def owners_of(self, resource: Json) -> tuple[frozenset[str], bool]:
        """Say whose a resource would be, and whether it would be shared by all."""
        with self.lock:
            return owners({"id": "", **resource}, self._owners_of, self.base_url)

    def create(self, resource: Json, creator: str = "") -> Version:
        """Store a new resource under a fresh id."""
        return self.put(resource, str(uuid.uuid4()), creator)

    def put(self, resource: Json, key: str, creator: str = "") -> Version:
        """Store the next version of a resource, or its first."""
        with self.lock:
            version = self._next(resource, key, creator)
            self._keep([version])
            return version

    def delete(self, version: Version, creator: str = "") -> Version:
        """Store a deletion as the newest version (FHIR R4 §3.1.0.7)."""
        with self.lock:
            gone = Version(version.kind, version.key, version.number + 1, self.now(), b"", version.owners)
            gone.is_shared, gone.creator = version.is_shared, creator
            self._keep([gone])
            return gone

    def load(self, resources: Iterable[Json]) -> None:
        """Store many resources, each with its id, in one step of the journal."""
        with self.lock:
            fresh: list[Version] = []
            later: list[Json] = []
            for resource in resources:
                if resource["resourceType"] == "Provenance":
                    later.append(resource)
                else:
                    fresh.append(self._take(resource))
            fresh += [self._take(resource) for resource in later]
            if self._journal:
                self._journal.write(fresh)

    def restore(self, versions: Iterable[Version]) -> None:
        """Take versions back from a journal, oldest first."""
        with self.lock:
            for version in versions:
                self._index(version, version.resource() if version.body else None)

    def _take(self, resource: Json) -> Version:
        version = self._next(resource, resource["id"], "")
        self._index(version, resource)
        return version

    def _next(self, resource: Json, key: str, creator: str) -> Version:
        kind = resource["resourceType"]
        updated = self.now()
        previous = self.current(kind, key)
        number = previous.number + 1 if previous else 1
        whole = stamped(resource, key, number, updated)
        version = Version(kind, key, number, updated, encode(whole), creator=creator)
        version.owners, version.is_shared = owners(whole, self._owners_of, self.base_url)
        if kind == "Binary" and not version.owners:
            linked = self._binary_owners.get(key, frozenset())
            version.owners = frozenset({creator}) if creator else linked
        return version

    def _keep(self, versions: list[Version]) -> None:
        if self._open is not None:
            self._open += versions
        elif self._journal:
            self._journal.write(versions)
        for version in versions:
            self._index(version, version.resource() if version.body else None)

    def _withdraw(self, version: Version) -> None:
        """Take back the newest version of a resource, as if it had never been."""
        versions = self._history[version.name]
        versions.pop()
        self._unshelve(version)
        if not versions:
            del self._history[version.name]
        elif not versions[-1].is_deleted:
            self._shelve(versions[-1])

    def _index(self, version: Version, resource: Json | None) -> None:
        versions = self._history.setdefault(version.name, [])
        if versions:
            self._unshelve(versions[-1])
        versions.append(version)
        self._elements.setdefault(version.kind, set())
        if resource is None:
            return
        self._elements[version.kind].update(resource)
        self._prepare(version, resource)
        self._shelve(version)
        if version.kind != "Binary" and b"Binary/" in version.body:
            self._lend_binaries(version, resource)

    def _prepare(self, version: Version, resource: Json) -> None:
        """Note at once what nearly every search of a patient's app asks for: whom it is about, and its category."""
        parameters = parameters_of(version.kind)
        for name in ("patient", "category"):
            parameter = parameters.get(name)
            if parameter and parameter.paths != (OWNER_PATH,):
                version.values[name] = values_of(resource, parameter, self.base_url)

    def _unshelve(self, version: Version) -> None:
        for owner in version.owners:
            self._by_owner[owner, version.kind].pop(version.key, None)
        self._shared[version.kind].pop(version.key, None)

    def _shelve(self, version: Version) -> None:
        for owner in version.owners:
            self._by_owner[owner, version.kind][version.key] = version
        if version.is_shared:
            self._shared[version.kind][version.key] = version

    def _lend_binaries(self, version: Version, resource: Json) -> None:
        """Let whoever owns a document see the Binary it names, when the Binary itself names nobody.

        What a patient wrote lends nothing; it is only noted that it names the Binary.
        """
        for _, _, text in walk(resource):
            target = local_target(text, self.base_url) or ""
            if not target.startswith("Binary/") or not version.owners:
                continue
            self._naming[target].add(version.name)
            if version.creator:
                continue
            key = target.removeprefix("Binary/")
            self._binary_owners[key] = self._binary_owners.get(key, frozenset()) | version.owners
            binary = self.current("Binary", key)
            if binary and not binary.is_deleted and not binary.creator and not _is_claimed(binary):
                binary.owners |= version.owners
                self._shelve(binary)

    def _owners_of(self, name: str) -> frozenset[str]:
        versions = self._history.get(name)
        return versions[-1].owners if versions else frozenset()

    def now(self) -> datetime:
        """Give the portal's time, to the millisecond."""
        moment = self._clock()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _is_claimed(binary: Version) -> bool:
    return "securityContext" in binary.resource()

"""What a search brings along: `_include` and `_revinclude` (FHIR R4 §3.1.1.5.4)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from portal_cli.sandbox.matching import Matcher
from portal_cli.sandbox.references import local_target, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.paging import Snapshot
    from portal_cli.sandbox.parameters.table import Parameter
    from portal_cli.sandbox.query import Include
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.sight import Sight
    from portal_cli.sandbox.versions import Version

MAX_ROUNDS = 8


class Includes:
    """Follows references from the matches of a page, and to them, as far as the token may see."""

    def __init__(
        self, repository: Repository, sight: Sight, parameters: Callable[[str], Mapping[str, Parameter]]
    ) -> None:
        self._repository = repository
        self._sight = sight
        self._parameters = parameters

    def of(self, access: Access, snapshot: Snapshot, matches: Sequence[Version]) -> list[Version]:
        """Give what belongs beside the matches of one page, each once and none of the matches."""
        known = {version.name for version in matches}
        found: list[Version] = []
        fresh, includes = list(matches), list(snapshot.query.includes)
        for _ in range(MAX_ROUNDS):
            if not fresh or not includes:
                break
            step: dict[str, Version] = {}
            for include in includes:
                for version in self._related(access, snapshot, include, fresh):
                    if version.name not in known and self._may_show(access, version):
                        step[version.name] = version
            known |= step.keys()
            fresh = list(step.values())
            found += fresh
            includes = [include for include in includes if include.is_iterated]
        return found

    def _related(
        self, access: Access, snapshot: Snapshot, include: Include, sources: Sequence[Version]
    ) -> Iterator[Version]:
        if include.is_reverse:
            yield from self._reverse(access, snapshot, include, sources)
            return
        parameter = self._parameters(include.kind).get(include.name)
        for version in sources:
            if include.kind not in {"*", version.kind}:
                continue
            for name in self._targets(include, parameter, version):
                target = self._visible(access, name)
                if target and include.target in {"", target.kind} and (target.is_shared or not include.is_shared):
                    yield target

    def _targets(self, include: Include, parameter: Parameter | None, version: Version) -> Iterator[str]:
        if include.name == "*":
            for _, key, text in walk(version.resource()):
                name = local_target(text, self._repository.base_url)
                if name and key == "reference":
                    yield name
        elif parameter and parameter.declared_kind == "reference":
            yield from Matcher(self._repository.base_url).values(version, parameter)

    def _visible(self, access: Access, name: str) -> Version | None:
        kind, _, key = name.partition("/")
        version = self._repository.current(kind, key)
        return version if version and not version.is_deleted and self._sight.sees(access, version) else None

    def _may_show(self, access: Access, version: Version) -> bool:
        """Ask once more, since what leads to a page is kept for the next one."""
        return access.permits(version.kind, "r") and self._sight.sees(access, version)

    def _reverse(
        self, access: Access, snapshot: Snapshot, include: Include, sources: Sequence[Version]
    ) -> Iterator[Version]:
        if include not in snapshot.leading:
            snapshot.leading[include] = self._leading(access, include)
        leading = snapshot.leading[include]
        for version in sources:
            if include.target in {"", version.kind}:
                yield from leading.get(version.name, ())

    def _leading(self, access: Access, include: Include) -> dict[str, list[Version]]:
        """Index the resources that point somewhere by where they point."""
        leading: dict[str, list[Version]] = defaultdict(list)
        parameter = self._parameters(include.kind).get(include.name)
        if parameter is None or parameter.declared_kind != "reference":
            return leading
        matcher = Matcher(self._repository.base_url)
        for version in self._sight.newest(access, include.kind):
            for name in matcher.values(version, parameter):
                leading[name].append(version)
        return leading

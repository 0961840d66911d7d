"""What a token sees of the record: the one place where it is decided, whatever way is taken to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.references import follow, local_target
from portal_cli.sandbox.rights import FULL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

# What is about other resources, and where it names them: it is hidden with any of them.
_ABOUT = {"Provenance": ("target",), "AuditEvent": ("entity.what",), "Binary": ("securityContext",)}
_MAX_DEPTH = 4


class Sight:
    """Sees for tokens: what is the patient's own or shared by all, less what is hidden from who acts for the patient.

    Whether something is hidden is asked of its newest version as well as of the one that is wanted, so that neither a
    label that came later nor one that is gone opens the other.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def sees(self, access: Access, version: Version) -> bool:
        """Say whether a token sees a version; what it does not see has to be as if not there."""
        if not version.is_visible_to(access.patient):
            return False
        rights = access.rights
        return not (rights.hidden_labels or rights.denied_kinds) or not self._is_hidden(access, version, 0)

    def sees_name(self, access: Access, name: str) -> bool:
        """Say whether a token sees `Type/id` as it now stands."""
        kind, _, key = name.partition("/")
        version = self._repository.current(kind, key)
        return version is not None and not version.is_deleted and self.sees(access, version)

    def newest(self, access: Access, kind: str) -> list[Version]:
        """Give the newest versions of one type that a token sees, in order of arrival."""
        return self._seen(access, self._repository.visible(access.patient, kind))

    def own(self, access: Access, kind: str) -> list[Version]:
        """Give those of `newest` that are the patient's own."""
        return self._seen(access, self._repository.belongings(access.patient, kind))

    def _seen(self, access: Access, versions: list[Version]) -> list[Version]:
        return versions if access.rights == FULL else [one for one in versions if self.sees(access, one)]

    def _is_hidden(self, access: Access, version: Version, depth: int) -> bool:
        if version.kind in access.rights.denied_kinds:
            return True
        if depth > _MAX_DEPTH:  # a chain as long as this is nobody's but a trickster's
            return True
        states = self._states(version)
        if any(access.rights.hidden_labels & one.labels() for one in states):
            return True
        names = {name for one in states for name in self._is_about(one)}
        names |= self._naming(access, version)
        return any(self._is_name_hidden(access, name, depth + 1) for name in names - {version.name})

    def _is_name_hidden(self, access: Access, name: str, depth: int) -> bool:
        kind, _, key = name.partition("/")
        version = self._repository.current(kind, key)
        return version is not None and self._is_hidden(access, version, depth)

    def _states(self, version: Version) -> list[Version]:
        """A version, and the newest one that says anything."""
        if version is self._repository.current(version.kind, version.key) and not version.is_deleted:
            return [version]
        said = [one for one in self._repository.history(version.kind, version.key) if not one.is_deleted]
        return [one for one in {id(one): one for one in (version, *said[-1:])}.values() if not one.is_deleted]

    def _is_about(self, version: Version) -> Iterator[str]:
        if version.kind not in _ABOUT:
            return
        resource = version.resource()
        for path in _ABOUT[version.kind]:
            for element in follow(resource, path):
                text = element.get("reference") if isinstance(element, dict) else None
                name = local_target(text, self._repository.base_url) if isinstance(text, str) else None
                if name:
                    yield name

    def _naming(self, access: Access, version: Version) -> set[str]:
        """What of the same patient names a Binary: a file is hidden with the paper it belongs to."""
        if version.kind != "Binary":
            return set()
        return {
            name
            for name in self._repository.naming(version.name)
            for one in [self._repository.current(*name.split("/"))]
            if one and access.patient in one.owners and one.kind not in _ABOUT
        }

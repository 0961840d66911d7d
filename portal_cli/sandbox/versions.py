"""One version of one resource: its bytes as served, whose it is, and the marks only a server may set."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.lossless import decode
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json

VALID_ID = re.compile(r"^[A-Za-z0-9\-.]{1,64}$")


@dataclass(eq=False, slots=True)
class Version:
    """A version as it stands in the record; it never changes once made.

    Attributes:
        key: The resource id; `number` its version, from 1.
        updated: When it came to be, aware.
        body: The resource as UTF-8 JSON; empty when this version is a deletion.
        owners: Ids of the patients whose it is.
        is_shared: Whether every patient may see it.
        creator: The patient who wrote it, or an empty text for the clinic and loaded data.
    """

    kind: str
    key: str
    number: int
    updated: datetime
    body: bytes
    owners: frozenset[str] = frozenset()
    is_shared: bool = False
    creator: str = ""
    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _kept: Json | None = None

    @property
    def is_deleted(self) -> bool:
        """Say whether the resource was deleted with this version."""
        return not self.body

    @property
    def name(self) -> str:
        """`Type/id`."""
        return f"{self.kind}/{self.key}"

    @property
    def etag(self) -> str:
        """The weak entity tag of this version (FHIR R4 §3.1.0.5.1)."""
        return f'W/"{self.number}"'

    def resource(self) -> Json:
        """Read the resource anew; the caller may change what it gets."""
        document: Json = decode(self.body)
        return document

    def kept(self) -> Json:
        """Give the resource as it was read once, for what is asked with every request; nobody may change it."""
        if self._kept is None:
            self._kept = self.resource()
        return self._kept

    def labels(self) -> frozenset[str]:
        """Give the codes of its security labels."""
        if b'"security"' not in self.body:
            return frozenset()
        return frozenset(str(code) for code in follow(self.kept(), "meta.security.code"))

    def is_visible_to(self, patient: str) -> bool:
        """Say whether it is a patient's or everybody's; what a token sees of that is a matter of `sight`."""
        return self.is_shared or patient in self.owners


def stamped(resource: Json, key: str, number: int, updated: datetime) -> Json:
    """Copy a resource with its id, version and time set (FHIR R4 §2.26.1), everything else in its place."""
    marks = {"versionId": str(number), "lastUpdated": instant(updated)}
    meta = resource.get("meta")
    settled: Json = {"id": key, "meta": {**meta, **marks} if isinstance(meta, dict) else marks}
    missing = [name for name in ("id", "meta") if name not in resource]
    anchor = "id" if "id" in resource else "resourceType"
    placed: Json = {}
    for name, value in resource.items():
        placed[name] = settled.get(name, value)
        if name == anchor:
            placed |= {absent: settled[absent] for absent in missing}
    return placed

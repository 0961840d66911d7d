"""What to do about a change whose record has changed at the portal, too (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from store.records.lossless import encode
from store.sync.merge import Merged, same, theirs_first, three_way
from store.vault.conflicts import Conflict

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.remote.fhir import Current
    from store.sync.merge import Decide
    from store.vault.outbox import Item

_MARKS = ("versionId", "lastUpdated", "source")  # of a record's `meta`; only its portal sets them


@dataclass(frozen=True)
class Arrived:
    """The portal has all of the change."""


@dataclass(frozen=True)
class Again:
    """The change, carried over to what the portal has now, is to be sent."""

    body: bytes


@dataclass(frozen=True)
class Overlap:
    """Somebody has to decide."""

    merged: Merged


Verdict: TypeAlias = Arrived | Again | Overlap


def judge(base: Json, mine: Json, theirs: Json) -> Verdict:
    """What becomes of a change from `base` to `mine`, now that the portal has `theirs`."""
    merged = merge(base, mine, theirs)
    if merged.overlaps:
        return Overlap(merged)
    if same(merged.value, theirs):
        return Arrived()
    return Again(encode(merged.value))


def merge(base: Json, mine: Json, theirs: Json, decide: Decide = theirs_first) -> Merged:
    """Merge three versions of a record, the portal's own marks on it aside."""
    return three_way(_marked(base, theirs), _marked(mine, theirs), theirs, decide)


def is_unchanged(base: Json, theirs: Json) -> bool:
    """Whether the portal has the record as it was, its own marks aside."""
    return same(_marked(base, theirs), theirs)


def _marked(resource: Json, theirs: Json) -> Json:
    """A record with the marks of the portal's version of it."""
    own, its = resource.get("meta"), theirs.get("meta")
    meta = {name: value for name, value in own.items() if name not in _MARKS} if isinstance(own, dict) else {}
    meta |= {name: its[name] for name in _MARKS if name in its} if isinstance(its, dict) else {}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest


def of(item: Item, theirs: Current, name: str, now: float) -> Conflict:
    """What is kept of a change that overlaps with what the portal has now, until somebody decides."""
    return Conflict(
        id=name,
        connection=item.connection,
        item=item.id,
        target=item.target,
        base=item.base,
        mine=item.body,
        theirs=theirs.body,
        version=theirs.version,
        created=int(now),
    )

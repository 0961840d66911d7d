"""JSON Patch (RFC 6902) from one version of a record to the next, guarded by tests of what it replaces (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.sync.merge import MISSING, is_structure, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

_KEPT = frozenset({"resourceType", "id", "meta"})  # the portal's own, which no change of a patient's touches


def operations(base: Json, changed: Json) -> list[Json]:
    """The operations that turn `base` into `changed`: first tests that what is replaced is as it was, then the rest.

    A list that differs is replaced as a whole. There is always one test at least, of the record's id if of nothing
    else.
    """
    differences = [found for found in _differences("", base, changed) if found[0].split("/")[1] not in _KEPT]
    tests = [{"op": "test", "path": path, "value": before} for path, before, _ in differences if before is not MISSING]
    return [
        *(tests or [{"op": "test", "path": "/id", "value": base.get("id")}]),
        *(_operation(*found) for found in differences),
    ]


def _operation(path: str, before: Any, after: Any) -> Json:
    if after is MISSING:
        return {"op": "remove", "path": path}
    return {"op": "add" if before is MISSING else "replace", "path": path, "value": after}


def _differences(path: str, base: Json, changed: Json) -> Iterator[tuple[str, Any, Any]]:
    """Each place that differs: its JSON Pointer (RFC 6901), what was there, and what is to be there."""
    for name in dict.fromkeys([*base, *changed]):
        place = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        before, after = base.get(name, MISSING), changed.get(name, MISSING)
        if same(before, after):
            continue
        if is_structure(before, after):
            yield from _differences(place, before, after)
        else:
            yield place, before, after

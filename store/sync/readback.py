"""Whether a portal has stored what was sent: what it changed or left out of it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.records import dates, elements
from store.sync.merge import same

if TYPE_CHECKING:
    from store.records.elements import Json

# What a portal sets by itself: its marks on the record, the text it makes of it, and where the work on it stands.
_ITS_OWN = frozenset({"id", "meta", "text", "status", "businessStatus", "statusReason", "lastModified"})
_ITS_OWN_INSIDE = frozenset({("participant", "status")})
_MOST_TOLD = 5


def altered(sent: Json, stored: Json) -> tuple[str, ...]:
    """The elements of `sent` that `stored` does not have, or has otherwise; what the portal added does not count.

    For a reference written in full, and an instant written in another zone, it is enough that they mean the same.
    """
    return tuple(
        name for name, value in sent.items() if name not in _ITS_OWN and not _holds(value, stored.get(name), (name,))
    )


def words(names: tuple[str, ...]) -> str:
    """What is to be told of them, or nothing."""
    if not names:
        return ""
    more = "" if len(names) <= _MOST_TOLD else f" and {len(names) - _MOST_TOLD} more"
    return f"the portal changed or left out: {', '.join(names[:_MOST_TOLD])}{more}"


def _holds(sent: Any, stored: Any, path: tuple[str, ...]) -> bool:
    """Whether everything in one value is in the other, too."""
    if isinstance(sent, dict):
        return isinstance(stored, dict) and all(
            (*path, name) in _ITS_OWN_INSIDE or _holds(value, stored.get(name), (*path, name))
            for name, value in sent.items()
        )
    if isinstance(sent, list):
        return isinstance(stored, list) and _holds_all(sent, stored, path)
    if stored is None:
        return sent is None
    return same(sent, stored) or _means(sent, path[-1]) == _means(stored, path[-1])


def _holds_all(sent: list[Any], stored: list[Any], path: tuple[str, ...]) -> bool:
    """Whether each item has one of its own in the other list, in whatever order."""
    left = list(stored)
    for item in sent:
        place = next((at for at, other in enumerate(left) if _holds(item, other, path)), None)
        if place is None:
            return False
        left.pop(place)
    return True


def _means(value: Any, name: str) -> object:
    """What a reference points at, or the moment of an instant; anything else only what it is."""
    if not isinstance(value, str):
        return object()
    if name == "reference":
        return elements.target(value)
    date = dates.parse(value)
    return date.epoch if date and date.has_time and date.epoch is not None else object()

"""Actions of the screens for looking: records, results, documents, the timeline, education."""

from __future__ import annotations

from tui.actions.action import Action, Where

READING: tuple[Action, ...] = (
    Action(
        "filter-records", Where.RECORDS, ("slash",), "/", "filter", "Filter", "Narrow the list", "portal records search"
    ),
    Action(
        "kind-of-records", Where.RECORDS, ("f",), "f", "kind", "Kind", "Show one kind of record", "portal records list"
    ),
)

"""Items of the outbox and conflicts, for reading at length and for deciding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.lossless import decode
from store.records.text import sanitize
from tui import kinds, states, words
from tui.reading import Reading, facts, sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.conflicts import ConflictDetail, Difference
    from store.services.outbox_rows import OutboxDetail, OutboxRow
    from tui.reading import Fact

_WAYS = {
    "retry": "r  send it now",
    "edit": "e  change it first",
    "cancel": "x  give it up",
}
_IN_DOUBT = {
    "retry": "r  look it up once more, then send it again; the portal may get it twice",
    "cancel": "x  let it go; the portal may have it all the same",
}


def request(found: OutboxDetail) -> Reading:
    """One item of the outbox, the ways out of where it stands, and the very text of it."""
    return Reading(
        "Outbox",
        states.about(found.row.type, found.row.title),
        _facts(found.row),
        sections(
            ("Ways out", ways(found.row)),
            ("What is sent, as the portal reads it (FHIR)", written(found.fhir)),
            ("To name it by", "\n".join(filter(None, (found.row.id, found.row.target)))),
        ),
    )


def ways(row: OutboxRow) -> str:
    """What can be done with an item, a line each."""
    meanings = _IN_DOUBT if row.state in {"unknown", "sending"} else _WAYS
    lines = [meanings[way] for way in row.ways]
    if row.conflict:
        lines.insert(0, "d  decide between your version and the portal's")
    return "\n".join(lines)


def sending(found: OutboxDetail) -> Reading:
    """An item that is about to be sent now."""
    doubt = found.row.state in {"unknown", "sending"}
    return Reading(
        "Send it now?",
        found.row.title,
        _facts(found.row),
        sections(
            (
                "Mind",
                "The portal may have it already. It is looked up once more first; if it is not found there, it is "
                "sent again, and the portal may get it twice."
                if doubt
                else "",
            ),
        ),
    )


def giving_up(found: OutboxDetail) -> Reading:
    """An item that is about to be given up."""
    doubt = found.row.state in {"unknown", "sending"}
    return Reading(
        "Give it up?",
        found.row.title,
        _facts(found.row),
        sections(("Mind", "The portal may have it all the same." if doubt else "")),
    )


def changed(found: OutboxDetail) -> Reading:
    """An item that is about to get another text."""
    draft = found.row.state == "draft"
    return Reading(
        "Keep it like this?" if draft else "Send it like this?",
        found.row.title,
        _facts(found.row),
        sections(("As FHIR", written(found.fhir))),
    )


def decided(found: ConflictDetail, becomes: Sequence[str], *, gives_up: bool) -> Reading:
    """What was decided about a conflict, place by place."""
    row = found.row
    title = states.about(row.target.partition("/")[0], row.title)
    chosen = "\n".join(f"{each.path}: {value}" for each, value in zip(found.differences, becomes, strict=True))
    what = "Your changes are given up; nothing is sent." if gives_up else "The record is sent to the portal like this."
    return Reading(
        "Decide it like this?",
        title,
        facts(("For", row.patient), ("At", row.portal)),
        sections(("What it will be", chosen), ("Mind", what)),
    )


def sides(each: Difference, becomes: str) -> str:
    """One place at length: as it was, as both sides have it, and what it shall be."""
    both = "● both changed it" if each.is_overlap else "one side changed it"
    return (
        f"{each.path}  ·  {both}\nWas           {each.base}\nYours         {each.mine}\n"
        f"The portal's  {each.theirs}\nWill be       {becomes}"
    )


def written(fhir: bytes) -> str:
    """FHIR JSON with a line for each of its members."""
    import json  # noqa: PLC0415 - for people alone

    return sanitize(json.dumps(decode(fhir), indent=2, ensure_ascii=False, default=str)) if fhir else ""


def _facts(row: OutboxRow) -> tuple[Fact, ...]:
    return facts(
        ("State", states.request(row.state)),
        ("That means", states.meaning(row.state)),
        ("Portal says", row.reason),
        ("What", f"{states.kind(row.kind)} ({kinds.of_type(row.type).lower()})"),
        ("For", row.patient),
        ("At", row.portal),
        ("Asked on", words.full(row.created)),
        ("Sent", words.count(row.attempts, "time") if row.attempts else ""),
        ("Due", words.full(row.not_before)),
        ("Waits for", row.waits_for),
        ("Became", row.result),
    )

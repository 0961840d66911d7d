"""Records of any kind for reading at length: what they say, their documents, and how they have changed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from store.documents.layout import Layout, lay_out
from store.errors import NotFound
from tui import kinds, readings_of_letters, words
from tui.reading import Fact, Reading, Section, facts, sections

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.client import Client
    from store.records.details import Fact as RecordFact
    from store.services.documents import Document
    from store.services.histories import Change, VersionRow

_MAX_FACTS = 150
_WIDTH = 88  # of a document's lines


def record(client: Client, reference: str, key_of_documents: str = "") -> Reading:
    """A record of any kind, as it is laid out for its kind, and the key that reads its documents where it has any."""
    if reference.startswith("Communication/"):
        with suppress(NotFound):
            return _conversation(client, reference)
    shown = client.records.show(reference)
    detail = shown.detail
    return Reading(
        kinds.of_noun(shown.row.kind).capitalize(),
        shown.row.title,
        (
            *labelled(detail.facts_beside(shown.row.title)),
            *facts(("Documents", _how_to_read(client, reference, key_of_documents))),
        ),
        sections(
            ("Text", detail.text),
            *((part.title, "\n".join(filter(None, (everything(part.facts), part.text)))) for part in detail.sections),
        ),
    )


def _how_to_read(client: Client, reference: str, key: str) -> str:
    attached = client.attachments.list(reference) if key else ()
    return f"{words.count(len(attached), 'document')}, to be read with {key}" if attached else ""


def _conversation(client: Client, reference: str) -> Reading:
    """The conversation that a message is of: by itself one tells little. Raises NotFound where it does not stand."""
    _, found = client.messages.locate(reference)
    client.records.open(reference)
    return readings_of_letters.thread(found)


def labelled(found: Iterable[RecordFact]) -> tuple[Fact, ...]:
    """The labelled lines of a record; those under a heading are indented."""
    return tuple(Fact(f"{'  ' * fact.depth}{fact.label}", fact.value) for fact in found if fact.value or fact.label)


def everything(found: tuple[RecordFact, ...]) -> str:
    """Labelled lines as text, cut where there are very many."""
    lines = [f"{'  ' * fact.depth}{fact.label}: {fact.value}".rstrip() for fact in found[:_MAX_FACTS]]
    left = len(found) - len(lines)
    return "\n".join([*lines, f"… and {left} more lines, in `portal records show`"] if left else lines)


def documents(client: Client, reference: str) -> Reading:
    """The documents of a record as text, fetched from its portal where they are not in the vault yet."""
    shown = client.records.show(reference)
    attached = client.attachments.list(reference)
    if not all(item.is_in_vault for item in attached):
        client.documents.fetch_missing(reference)
    found = client.documents.read(reference)
    nothing = Section("Nothing", "This record has no documents.")
    return Reading("Document", shown.row.title, (), tuple(map(_document, found)) or (nothing,))


def _document(found: Document) -> Section:
    number = f"{found.number}. " if found.number > 1 else ""
    why_not = f"It is not shown here: {found.why_not}. `portal records open` shows it in a viewer." * bool(
        found.why_not
    )
    text = "\n".join(filter(None, (lay_out(found.blocks, Layout(width=_WIDTH)), why_not)))
    return Section(f"{number}{found.title or found.kind}", text.strip("\n") or "(no text)")


def changes(client: Client, reference: str) -> Reading:
    """What changed between the last two versions of a record that the vault has."""
    older, newer, found = client.histories.difference(reference)
    shown = client.records.show(reference)
    return Reading(
        "Changes",
        shown.row.title,
        facts(("From", _version(older)), ("To", _version(newer))),
        tuple(Section(str(change.path), _change(change)) for change in found)
        or (Section("Nothing", "The two versions say the same."),),
    )


def _version(row: VersionRow) -> str:
    return ", ".join(
        filter(None, (f"version {row.version}" if row.version else "", words.full(row.updated), row.where))
    )


def _change(change: Change) -> str:
    return f"before  {change.before or '(nothing)'}\nnow     {change.after or '(nothing)'}"

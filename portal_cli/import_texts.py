"""What an import would do, and what it did, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import diagnostics
from portal_cli.wording import counted, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.services.import_plans import ImportPlan, ImportReport, PersonPlan, SourcePlan

_STANDINGS = {
    "shown": "as in the vault",
    "first": "the first in this vault",
    "named": "named by you",
    "imported": "imported before",
    "other": "not in the vault: it has to be confirmed",
}


def plan(found: ImportPlan) -> str:
    """What would be imported, source by source."""
    return "\n\n".join(map(_source, found.sources))


def as_document(found: ImportPlan) -> dict[str, object]:
    """The same for JSON."""
    refused = [{"path": str(error.path), "why": error.why} for error in found.refused]
    return {"sources": found.sources, "refused": refused, "passed_by": found.passed_by}


def report(found: ImportReport) -> str:
    """What was imported."""
    lines = [
        f"{source.source} ({source.form}), {source.patient}: "
        f"{counted(source.records, 'record')}, {source.new} new or changed"
        for source in found.sources
    ]
    return "\n".join(lines)


def left_out(found: ImportPlan) -> Iterator[str]:
    """Sentences about what is not imported though nothing is wrong with it."""
    for source in found.sources:
        if source.nobodys:
            yield f"{source.name}: {counted(source.nobodys, 'record')} of nobody's in particular left out."
    if found.passed_by:
        yield f"{counted(found.passed_by, 'file')} passed by: by their names they are none that can be imported."


def tell_refused(found: ImportPlan) -> None:
    """Say which files cannot be imported, and why."""
    for sentence in left_out(found):
        diagnostics.note(sentence)
    for error in found.refused:
        diagnostics.note(str(error))


def _source(source: SourcePlan) -> str:
    kinds = ", ".join(f"{number} {name}" for name, number in source.types.items() if number)
    people = [
        ("Patient", f"{person.title}, {counted(person.records, 'record')} ({_standing(person)})")
        for person in source.people
    ]
    return labelled(
        [("File", f"{source.name} ({source.form})"), *people, ("Records", kinds), ("SHA-256", source.digest)]
    )


def _standing(person: PersonPlan) -> str:
    """Why they may be imported, and that they would be somebody new where nothing else says so."""
    is_told = person.standing != "named" or not person.is_new
    return _STANDINGS[person.standing] if is_told else f"{_STANDINGS[person.standing]}, and new in the vault"

"""Asking a person at a terminal for each of their details; what is left empty stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import diagnostics, prompts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.profile_writes import Edit
    from store.records.profiles import Profile

_REMOVE = "-"


def ask(found: Profile) -> list[Edit]:
    """What a person wants otherwise. Raises NoTerminal where nobody can be asked, before anything is printed."""
    # Deferred: help needs none of it.
    from store.records.profile_writes import Edit, Part  # noqa: PLC0415

    edits = []
    is_first = True
    for part, key, now in _details(found):
        if is_first and prompts.can_answer():
            diagnostics.note("Enter keeps what is there, `-` removes it.")
        is_first = False
        typed = prompts.visible(f"{_label(part, key)} [{now or 'none'}]: ")
        if typed:
            edits.append(Edit(Part(part), key, "" if typed == _REMOVE else typed))
    return edits


def _details(found: Profile) -> Iterator[tuple[str, str, str]]:
    """Each detail that can be asked for: its part, which of them, and what it is now."""
    for part, known, first in (("phone", found.phones, "mobile"), ("email", found.emails, "home")):
        yield from ((part, str(one.value), str(one.value)) for one in known)
        if not known:
            yield part, first, ""
    for use in dict.fromkeys([*(str(one.use) for one in found.addresses if one.use), "home"]):
        yield "address", use, next((str(one.value) for one in found.addresses if one.use == use), "")
    yield from (("contact", str(one.name), ", ".join(one.phones)) for one in found.contacts if one.name)
    yield "language", "", str(found.language)
    yield "preferred name", "", str(found.preferred_name)


def _label(part: str, key: str) -> str:
    if part == "address":
        return f"Address ({key}), as LINE; CITY; STATE; POSTCODE"
    if part == "contact":
        return f"Telephone of {key}"
    return {"email": "E-mail", "language": "Language, such as en or es-MX"}.get(part, part.capitalize())

"""What is said of a portal before one has signed in to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.tables import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.portal_checks import Looked, Step

_SIGNS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}


def needs(looked: Looked) -> str:
    """What a real portal needs, in plain words."""
    vendor = looked.vendor
    may_write = ", ".join(looked.writable)
    declares = f"it declares that programs may write {may_write}" if may_write else "it declares no writing"
    lines = [
        f"{looked.url}",
        "",
        *_labelled(
            ("Made by", vendor.name + (f" ({looked.software})" if looked.software else "")),
            ("Register", f"{vendor.register_at}: {vendor.register}" if vendor.register_at else vendor.register),
            ("Client id", "what the registration gives you; it is no secret, and goes into `--client-id`"),
            ("Redirect", vendor.redirect),
            ("May read", vendor.read),
            ("May write", f"{vendor.write}; {declares}"),
            ("Lasts", vendor.lasts),
        ),
    ]
    return "\n".join(lines)


def steps(looked: Looked) -> str:
    """The steps of a test, then who made the portal and what it offers."""
    return "\n".join([listed(looked.steps), "", f"Made by: {looked.vendor.name}", *_types(looked)])


def listed(found: Sequence[Step]) -> str:
    """Steps, each with its remedy on a line of its own."""
    rows = [(f"{_SIGNS[step.outcome.value]} {step.name}", step.outcome.value, step.detail) for step in found]
    lines = []
    for line, step in zip(aligned(rows).splitlines(), found, strict=True):
        lines.append(line)
        if step.remedy:
            lines.append(f"    → {step.remedy}")
    return "\n".join(lines)


def _types(looked: Looked) -> list[str]:
    if not looked.offered:
        return []
    rows = [("TYPE", "OFFERS", "SEARCHED BY")]
    rows += [(item.type, " ".join(item.interactions), " ".join(item.searches)) for item in looked.offered]
    return ["", aligned(rows)]


def _labelled(*pairs: tuple[str, str]) -> list[str]:
    width = max(len(label) for label, _ in pairs)
    return [f"{label:<{width}}  {text}" for label, text in pairs]

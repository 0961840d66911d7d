"""References between resources: where they stand in a document, and what they point at (FHIR R4 §2.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portal_cli.sandbox.lossless import Json

_RELATIVE = re.compile(r"^([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
_PATIENT = re.compile(r"(?:^|/)Patient/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
LINK_KEYS = ("reference", "url")


def walk(document: object) -> Iterator[tuple[Json, str, str]]:
    """Yield every (holder, key, text) under a `reference` or `url` key, at any depth, in no order to rely on."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for key, child in node.items():
                if isinstance(child, dict | list):
                    waiting.append(child)
                elif key in LINK_KEYS and isinstance(child, str):
                    yield node, key, child
        elif isinstance(node, list):
            waiting.extend(child for child in node if isinstance(child, dict | list))


def rewrite(resource: Json, translate: Callable[[str, str], str | None]) -> None:
    """Replace links in place: `translate(key, text)` gives the new text, or None to leave it as it is."""
    for holder, key, text in list(walk(resource)):
        replacement = translate(key, text)
        if replacement is not None:
            holder[key] = replacement


def local_target(text: str, base_url: str = "") -> str | None:
    """Give `Type/id` for a relative reference, or an absolute one to this portal; None for anything else."""
    if base_url and text.startswith(base_url + "/"):
        text = text[len(base_url) + 1 :]
    found = _RELATIVE.match(text)
    return f"{found[1]}/{found[2]}" if found else None


def names_a_patient(text: str) -> bool:
    """Say whether a reference points at a Patient, here or on any other server."""
    return bool(_PATIENT.search(text))


def follow(node: Any, path: str) -> Iterator[Any]:
    """Yield the elements at a dotted path, through arrays; `telecom[system=phone]` keeps matching items."""
    head, _, rest = path.partition(".")
    name, _, condition = head.partition("[")
    for holder in node if isinstance(node, list) else (node,):
        if not isinstance(holder, dict) or name not in holder:
            continue
        child = holder[name]
        for item in child if isinstance(child, list) else (child,):
            if condition and not _meets(item, condition.rstrip("]")):
                continue
            if rest:
                yield from follow(item, rest)
            else:
                yield item


def _meets(item: object, condition: str) -> bool:
    key, _, wanted = condition.partition("=")
    return isinstance(item, dict) and item.get(key) == wanted

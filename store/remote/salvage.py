"""What can be saved of a page that no JSON decoder takes whole: each resource cut out, for it to be judged alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_COLON = re.compile(rb"\s*:")
_RESOURCE = b'"resource"'
_IN_BUNDLE, _IN_ENTRY = 1, 3  # how many brackets are open around their keys


@dataclass(frozen=True, slots=True)
class Salvage:
    """The bytes of each `entry.resource` of a Bundle, and of its `link` (an empty list when it has none)."""

    resources: tuple[bytes, ...]
    link: bytes


def salvage(body: bytes) -> Salvage | None:
    """Cut a Bundle (FHIR R4 §2.36) into its resources by its brackets alone, however deep or odd they are inside.

    None when it is no Bundle, or its brackets do not close.
    """
    keys: dict[int, bytes] = {}
    starts: dict[bytes, int] = {}
    resources: list[bytes] = []
    depth, link, kind = 0, b"[]", b""
    for token in _TOKEN.finditer(body):
        sign = token.group()[:1]
        if sign == b'"':
            if _COLON.match(body, token.end()):
                keys[depth] = token.group()
            elif depth == _IN_BUNDLE and keys.get(depth) == b'"resourceType"':
                kind = token.group()
        elif sign in b"{[":
            if depth == _IN_BUNDLE:
                starts[keys.get(depth, b"")] = token.start()
            elif (
                sign == b"{"
                and depth == _IN_ENTRY
                and keys.get(_IN_BUNDLE) == b'"entry"'
                and keys.get(depth) == _RESOURCE
            ):
                starts[_RESOURCE] = token.start()
            depth += 1
            keys.pop(depth, None)
        else:
            depth -= 1
            if depth == _IN_ENTRY and _RESOURCE in starts:
                resources.append(body[starts.pop(_RESOURCE) : token.end()])
            elif depth == _IN_BUNDLE and keys.get(depth) == b'"link"':
                link = body[starts[b'"link"'] : token.end()]
    return Salvage(tuple(resources), link) if kind == b'"Bundle"' and depth == 0 else None

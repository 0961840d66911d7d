"""JSON Patch (RFC 6902) on documents that were read without loss, addressed by JSON Pointer (RFC 6901)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec

from portal_cli.sandbox.lossless import NotJsonError, decode, encode
from portal_cli.sandbox.outcomes import FhirError, bad_request

MAX_OPERATIONS = 1000
MAX_COPIED_BYTES = 8 * 1024 * 1024
_INDEX = re.compile(r"^(?:0|[1-9]\d{0,8})$", re.ASCII)
_ESCAPED = re.compile(r"~(?![01])")
_NEEDED = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "from"),
    "copy": ("path", "from"),
    "test": ("path", "value"),
}

Operation = dict[str, Any]


def read(body: bytes) -> list[Operation]:
    """Read a patch document.

    Raises:
        FhirError: 400 when it is not a list of well-formed operations.
    """
    try:
        document = decode(body)
    except NotJsonError as error:
        raise bad_request(f"the patch is not JSON: {error}", "structure") from error
    if not isinstance(document, list) or len(document) > MAX_OPERATIONS:
        raise bad_request(f"a JSON Patch is a list of at most {MAX_OPERATIONS} operations", "structure")
    for place, operation in enumerate(document):
        _check(place, operation)
    return document


def apply(document: Any, operations: list[Operation]) -> Any:
    """Apply operations in order; the document is changed in place, and of no use when this raises.

    Raises:
        FhirError: 422 when an operation finds no such place, or a test fails.
    """
    patch = _Patch(document)
    try:
        for place, operation in enumerate(operations):
            _step(patch, place, operation)
        encode(patch.document)
    except RecursionError as error:
        raise FhirError(422, "too-costly", "the patched resource is nested too deeply") from error
    return patch.document


def _step(patch: _Patch, place: int, operation: Operation) -> None:
    try:
        patch.step(operation)
    except _NoSuchPlace as error:
        raise FhirError(422, "processing", f"operation {place} of the patch: {error}") from error


class _NoSuchPlace(Exception):
    """An operation cannot be applied; `str()` says why."""


class _Patch:
    """A document while it is being patched."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._copied = 0

    def step(self, operation: Operation) -> None:
        path = _tokens(operation["path"])
        match operation["op"]:
            case "add":
                self._add(path, operation["value"])
            case "remove":
                self._remove(path)
            case "replace":
                self._replace(path, operation["value"])
            case "move":
                self._move(_tokens(operation["from"]), path)
            case "copy":
                self._add(path, self._copy(self._find(_tokens(operation["from"]))))
            case _:
                if not _same(self._find(path), operation["value"]):
                    raise _NoSuchPlace(f"the test of {operation['path']!r} failed")

    def _find(self, path: list[str]) -> Any:
        node = self.document
        for token in path:
            node = node[_place(node, token)]
        return node

    def _add(self, path: list[str], value: Any) -> None:
        if not path:
            self.document = value
            return
        holder, last = self._find(path[:-1]), path[-1]
        if isinstance(holder, list):
            holder.insert(len(holder) if last == "-" else _place(holder, last, spare=1), value)
        elif isinstance(holder, dict):
            holder[last] = value
        else:
            raise _NoSuchPlace(f"nothing can be added inside {'/'.join(['', *path[:-1]])!r}")

    def _remove(self, path: list[str]) -> Any:
        if not path:
            raise _NoSuchPlace("the whole resource cannot be removed")
        holder = self._find(path[:-1])
        return holder.pop(_place(holder, path[-1]))

    def _replace(self, path: list[str], value: Any) -> None:
        if not path:
            self.document = value
            return
        holder = self._find(path[:-1])
        holder[_place(holder, path[-1])] = value

    def _move(self, source: list[str], path: list[str]) -> None:
        if source == path:
            self._find(source)
            return
        if path[: len(source)] == source:
            raise _NoSuchPlace("a value cannot be moved into itself")
        self._add(path, self._remove(source))

    def _copy(self, value: Any) -> Any:
        body = encode(value)
        self._copied += len(body)
        if self._copied > MAX_COPIED_BYTES:
            raise _NoSuchPlace("the patch copies too much")
        return decode(body)


def _check(place: int, operation: object) -> None:
    needed = _NEEDED.get(str(operation.get("op"))) if isinstance(operation, dict) else None
    if not isinstance(operation, dict) or needed is None:
        raise bad_request(f"operation {place} of the patch is none of {', '.join(_NEEDED)}", "structure")
    for name in needed:
        if name not in operation:
            raise bad_request(f"operation {place} of the patch has no {name}", "structure")
        pointer = operation[name]
        is_wrong = not isinstance(pointer, str) or (pointer and pointer[0] != "/") or bool(_ESCAPED.search(pointer))
        if name != "value" and is_wrong:
            raise bad_request(f"operation {place} of the patch: {name} is not a JSON Pointer", "structure")


def _tokens(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _place(holder: Any, token: str, *, spare: int = 0) -> Any:
    """Give the key or index that a token means inside a holder, which must exist."""
    if isinstance(holder, dict) and token in holder:
        return token
    if isinstance(holder, list) and _INDEX.match(token) and int(token) < len(holder) + spare:
        return int(token)
    raise _NoSuchPlace(f"there is no {token!r} there")


def _same(one: Any, other: Any) -> bool:
    """Compare as RFC 6902 §4.6 does: numbers by value, objects without order, nothing across types."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if _is_number(one) and _is_number(other):
        return _number(one) == _number(other)
    return type(one) is type(other) and bool(one == other)


def _is_number(value: object) -> bool:
    return isinstance(value, int | msgspec.Raw) and not isinstance(value, bool)


def _number(value: int | msgspec.Raw) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(bytes(value).decode())

"""Lines of text with parts that stand out: by their place and their signs always, and by colour where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from store.records.cells import cell_width, filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span: TypeAlias = tuple[str, str]
"""A text and its style: `title`, `label`, `hit`, `alarm` or nothing."""
Line: TypeAlias = tuple[Span, ...]
_CODES = {"title": "1", "label": "36", "hit": "1;33", "alarm": "1;31"}
_LEAST = 16  # cells that a value has beside its label, or it goes below it


def render(lines: Iterable[Line], *, coloured: bool) -> str:
    """The lines as text, with the codes of colours where they are wanted; each text is made harmless."""
    # Deferred: help and documents need it not.
    from store.records.text import sanitize  # noqa: PLC0415

    return "\n".join(
        "".join(_span(sanitize(" ".join(text.splitlines())), style if coloured else "") for text, style in line).rstrip(
            " "
        )
        for line in lines
    )


def spoken(lines: Iterable[Line]) -> str:
    """The same lines for listening: each begins with its label and a colon, and none is indented or empty."""
    told = []
    for line in lines:
        parts = [(" ".join(text.split()), style) for text, style in line]
        words = " ".join(f"{text.rstrip(':')}:" if style == "label" else text for text, style in parts if text)
        told += [words] if words else []
    return "\n".join(told)


def _span(text: str, style: str) -> str:
    code = _CODES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def labelled(facts: Iterable[tuple[str, str, str]], width: int | None, indent: int = 0) -> Iterator[Line]:
    """Lines of a label, a value and the value's style, the values under one another; what has no value is left out."""
    shown = [fact for fact in facts if fact[1]]
    column = max((cell_width(label) for label, _, _ in shown), default=0) + 2
    for label, value, style in shown:
        yield from _labelled(label, value, style, column, width, indent)


def _labelled(label: str, value: str, style: str, column: int, width: int | None, indent: int) -> Iterator[Line]:
    start = " " * indent
    room = None if width is None else width - indent - column
    if room is not None and room < _LEAST:
        yield (start, ""), (label, "label")
        for line in wrapped(value, max(_LEAST, (width or 0) - indent - 2)):
            yield (f"{start}  ", ""), (line, style)
        return
    first, *others = wrapped(value, room)
    yield (start, ""), (label, "label"), (" " * (column - cell_width(label)), ""), (first, style)
    for line in others:
        yield (start + " " * column, ""), (line, style)


def wrapped(text: str, width: int | None) -> list[str]:
    """A text in lines of so many cells; what has no space to be broken at is broken anywhere."""
    return [text] if width is None else filled(text.rstrip(" ").split(" "), width)

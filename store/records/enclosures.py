"""Files that are to be attached to a message: looked at before anything is asked, for what they are and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.records.message_writes import File
from store.records.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 5 << 20
MOST_FILES = 10
_TYPES = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
    ".heic": "image/heic", ".pdf": "application/pdf", ".txt": "text/plain",
}  # fmt: skip
_KINDS = "pictures (JPEG, PNG, GIF, WebP, HEIC), PDF and plain text"


def read(paths: tuple[Path, ...]) -> tuple[File, ...]:
    """The files at some paths. Raises InvalidInput for one that cannot be attached."""
    if len(paths) > MOST_FILES:
        raise InvalidInput(f"at most {MOST_FILES} files can be attached to one message")
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> File:
    name = one_line(path.name)
    declared = _TYPES.get(path.suffix.lower())
    if declared is None:
        raise InvalidInput(f"{name} cannot be attached: only {_KINDS} can")
    try:
        if not path.is_file():
            raise InvalidInput(f"{name} is no file that can be read")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"{name} is too large to be attached: {MOST_BYTES >> 20} MB are the most")
    if not content:
        raise InvalidInput(f"{name} is empty")
    if _type_of(content) != declared:
        raise InvalidInput(f"{name} is not what its name says: only {_KINDS} can be attached")
    return File(str(name), declared, content)


def _type_of(content: bytes) -> str:
    """What a file is by its first bytes; text is what reads as UTF-8 without a NUL."""
    for start, kind in (
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-", "application/pdf"),
    ):
        if content.startswith(start):
            return kind
    if content[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        return "image/heic"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "" if b"\0" in content else "text/plain"

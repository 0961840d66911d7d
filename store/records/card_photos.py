"""Pictures of an insurance card: looked at before anything is asked, for what they are and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.records.coverages import Photo
from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 5 << 20
_STARTS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))


def read(side: str, path: Path) -> Photo:
    """The picture of a side of a card. Raises InvalidInput for what is none, or is too large."""
    name = one_line(path.name)
    try:
        if not path.is_file():
            raise InvalidInput(f"{name} is no file that can be read")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"{name} is too large for a picture of a card: {MOST_BYTES >> 20} MB are the most")
    kind = next((kind for start, kind in _STARTS if content.startswith(start)), "")
    if not kind:
        raise InvalidInput(f"{name} is no picture of a card: it has to be JPEG, PNG or PDF")
    return Photo(side, kind, content)


def described(photo: Photo) -> Safe:
    """A picture in a few words."""
    kind = photo.content_type.rpartition("/")[2].upper()
    return Safe(f"{kind}, {max(1, len(photo.content) >> 10)} kB")

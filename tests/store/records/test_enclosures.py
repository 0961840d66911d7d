"""Files to attach are what their names say, or they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import InvalidInput
from store.records import enclosures

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    "a.jpg": (b"\xff\xd8\xff\xe0x", "image/jpeg"),
    "a.JPEG": (b"\xff\xd8\xff\xe0x", "image/jpeg"),
    "a.png": (b"\x89PNG\r\n\x1a\nx", "image/png"),
    "a.gif": (b"GIF89ax", "image/gif"),
    "a.webp": (b"RIFF\x00\x00\x00\x00WEBPx", "image/webp"),
    "a.heic": (b"\x00\x00\x00\x18ftypheicx", "image/heic"),
    "a.pdf": (b"%PDF-1.7", "application/pdf"),
    "a.txt": ("Früh".encode(), "text/plain"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_is_known_by_its_name_and_its_first_bytes(tmp_path: Path, name: str) -> None:
    content, kind = KINDS[name]
    (tmp_path / name).write_bytes(content)
    (file,) = enclosures.read((tmp_path / name,))
    assert (file.name, file.content_type, file.content) == (name, kind, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b"\xff\xfe"), ("a.txt", b"a\0b"), ("a.png", b"GIF89ax"), ("a.svg", b"<svg/>"), ("a", b"text")],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match="attached"):
        enclosures.read((tmp_path / name,))


def test_the_largest_file_is_taken_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * enclosures.MOST_BYTES)
    assert len(enclosures.read((path,))[0].content) == enclosures.MOST_BYTES
    path.write_bytes(b"x" * (enclosures.MOST_BYTES + 1))
    with pytest.raises(InvalidInput, match="too large"):
        enclosures.read((path,))


def test_a_folder_and_what_is_not_there_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    for name in ("folder.txt", "none.txt"):
        with pytest.raises(InvalidInput, match="no file"):
            enclosures.read((tmp_path / name,))


def test_there_are_only_so_many_files(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    assert len(enclosures.read((path,) * enclosures.MOST_FILES)) == enclosures.MOST_FILES
    with pytest.raises(InvalidInput, match="at most"):
        enclosures.read((path,) * (enclosures.MOST_FILES + 1))

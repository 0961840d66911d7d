from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import names
from store.documents.kinds import ENDINGS, Kind
from store.services import placing

if TYPE_CHECKING:
    from pathlib import Path

# What somebody who wants to write elsewhere, over something, or into another's eyes would call a document.
HOSTILE = (
    "../x",
    "../../etc/passwd",
    "..\\x",
    "..\\..\\windows\\system32\\x",
    "/etc/passwd",
    "/",
    "//",
    "C:\\x",
    "c:/x",
    "C:x",
    "\\\\host\\share\\x",
    "//host/share/x",
    "file:///etc/passwd",
    ".",
    "..",
    "...",
    "....//x",
    "~",
    "~root",
    "~/x",
    "-rf",
    "--output=x",
    "-",
    ".bashrc",
    ".ssh/authorized_keys",
    "..pdf",
    ". .",
    " ",
    "",
    "\t",
    "\n",
    "a\nb",
    "a\rb",
    "a\0b",
    "x.pdf\0.exe",
    "\0",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x9b31m",
    "\u202egpj.exe",
    "a\u202eb",
    "\u200b",
    "a\u200bb",
    "\ufeffx",
    "\u2066x\u2069",
    "\u200e",
    "x\u0000\u202e/..",
    "CON",
    "con.pdf",
    "PRN",
    "AUX.txt",
    "NUL",
    "nul.pdf",
    "COM1",
    "com9.pdf",
    "LPT1",
    "lpt9.x",
    "CONIN$",
    "CLOCK$",
    "CON ",
    "COM¹",
    "x.",
    "x ",
    "x. .",
    "x...",
    "a" * 300,
    "é" * 200,
    "日" * 200,
    "👩‍👩‍👧" * 60,
    "e" + "\u0301" * 300,
    "x" * 116 + ".pdf.pdf",
    "cafe\u0301",
    "café",
    "x/../../y",
    "x\\..\\y",
    "a/b/c",
    "a:b",
    "x:stream",
    "x::$DATA",
    "a*b?",
    "<x>",
    'a"b',
    "a|b",
    "a;b",
    "$(x)",
    "`x`",
    "${HOME}",
    "%2e%2e%2fx",
    "..%2fx",
    "..%c0%afx",
    "\uff0e\uff0e\uff0fx",
    "\u2215etc\u2215x",
    "\u2024\u2024/x",
    "x\u2028y",
    "x\u2029y",
    "\ud800",
    "report.pdf.exe",
    "report.exe",
    "report.pdf ",
    "report.PDF",
    "x.lnk",
    "x.desktop",
    "desktop.ini",
    "thumbs.db",
    ".DS_Store",
    "x.pdf/.",
    "x.app/",
    "aux/../b",
    "\ue000",
    "\U000e0041x",
    "=cmd|x",
    "x.tar.gz",
    "a" * 119 + "é",
)


def test_there_are_a_hundred_hostile_names() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_name_becomes_one_file_in_the_folder_and_its_ending_tells_its_kind(
    title: str, tmp_path: Path
) -> None:
    folder = tmp_path / "into"
    (tmp_path / "elsewhere").mkdir()
    for kind in (Kind.PDF, Kind.OTHER, Kind.HTML):
        name = names.for_document(title, kind)
        check(name, kind)
        path = placing.into_folder(folder, name, [b"content"])
        assert path.parent == folder
        assert path.read_bytes() == b"content"
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "into"]
    assert len(list(folder.iterdir())) == 3


def check(name: str, kind: Kind) -> None:
    assert name
    assert len(name.encode()) <= names.MAX_BYTES
    assert name.lower().endswith(ENDINGS[kind])
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.startswith((".", "-", "~", " "))
    assert name.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "LPT9"}
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for sign in name)
    assert unicodedata.normalize("NFC", name) == name or len(name.encode()) > 100


@given(st.text(), st.sampled_from(Kind), st.text(max_size=20))
def test_any_title_makes_a_harmless_name(title: str, kind: Kind, otherwise: str) -> None:
    check(names.for_document(title, kind, otherwise), kind)


def test_a_good_name_stays_and_a_wrong_ending_gives_way() -> None:
    assert names.for_document("Discharge letter.pdf", Kind.PDF) == "Discharge letter.pdf"
    assert names.for_document("photo.JPEG", Kind.JPEG) == "photo.jpeg"
    assert names.for_document("report.pdf", Kind.HTML) == "report.html"
    assert names.for_document("", Kind.PDF, "Visit note 2026-01-01") == "Visit note 2026-01-01.pdf"
    assert names.for_document("\u202e", Kind.PDF) == "document.pdf"
    assert names.numbered("letter.pdf", 2) == "letter (2).pdf"


def test_nothing_is_written_over_a_file_nor_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "other"
    target.write_text("precious")
    folder = tmp_path / "into"
    folder.mkdir()
    (folder / "x.pdf").symlink_to(target)
    (folder / "x (1).pdf").write_text("mine")
    written = placing.into_folder(folder, "x.pdf", [b"new"])
    assert written.name == "x (2).pdf"
    assert target.read_text() == "precious"
    assert (folder / "x (1).pdf").read_text() == "mine"


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def parts() -> object:
        yield b"a"
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours
        placing.into_folder(tmp_path, "x.pdf", parts())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []

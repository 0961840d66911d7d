"""Files that are to be imported: found, told apart, unpacked within bounds, and read resource by resource."""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from store.errors import NotImportable
from store.records import bundles
from store.records.bundles import NoResources
from store.records.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_BYTES = 1 << 30  # of one file, unpacked
_MAX_LINE = 64 << 20
_MOST_FILES = 20_000
_ENDINGS = (".json", ".ndjson", ".jsonl", ".xml", ".ccda", ".cda", ".ccd")
_LINES = (".ndjson", ".jsonl")
_GZIP = b"\x1f\x8b"
_PIECE = 1 << 20
_SHORT = 160
_NOT_FHIR = "it is neither FHIR JSON, nor NDJSON, nor a C-CDA document"


class Form(StrEnum):
    """The forms that a file may have."""

    JSON = "FHIR JSON"
    LINES = "NDJSON"
    CDA = "C-CDA"


@dataclass(frozen=True)
class Found:
    """One file: how it is called, what it is, and the SHA-256 of its content as it lies there."""

    path: Path
    form: Form
    digest: str


@dataclass(frozen=True)
class Source:
    """What is imported as one: a file, or those files of a folder that make sense only together."""

    name: str
    files: tuple[Found, ...]

    @property
    def digest(self) -> str:
        """What tells this source from every other: the digest of its one file, or of all of theirs."""
        if len(self.files) == 1:
            return self.files[0].digest
        lines = sorted(f"{file.path.name} {file.digest}" for file in self.files)
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass
class Looked:
    """What is to be imported, what cannot be and why, and how many files were passed by for their names."""

    sources: list[Source] = field(default_factory=list)
    refused: list[NotImportable] = field(default_factory=list)
    passed_by: int = 0


def look(paths: Sequence[Path]) -> Looked:
    """Find out what some files and folders are. Raises NotImportable for what is not there."""
    looked = Looked()
    loose: dict[Path, list[Found]] = {}
    for path in paths:
        for file in _files(path, looked):
            try:
                found = _look(file)
            except NotImportable as error:
                looked.refused.append(error)
                continue
            if found.form is Form.CDA or _is_bundle(found):
                looked.sources.append(Source(file.name, (found,)))
            else:
                loose.setdefault(file.parent, []).append(found)
    for folder, found_there in loose.items():
        name = found_there[0].path.name if len(found_there) == 1 else folder.resolve().name or "files"
        looked.sources.append(Source(name, tuple(found_there)))
    return looked


def check_unchanged(source: Source) -> None:
    """Make sure that the files of a source are still those that were looked at. Raises NotImportable."""
    for file in source.files:
        if _digest(file.path) != file.digest:
            raise NotImportable(file.path, "it was changed while it was read; run it again")


def content(path: Path) -> bytes:
    """The whole content of a file, unpacked. Raises NotImportable."""
    return b"".join(_pieces(path))


def resources(file: Found) -> Iterator[bytes | NoResources]:
    """The resources in a file of FHIR, each with its own bytes, and why a line of it is none. Raises NotImportable."""
    if file.form is Form.JSON:
        try:
            yield from bundles.read(content(file.path))
        except NoResources as error:
            raise NotImportable(file.path, str(error)) from error
        return
    for number, line in enumerate(_lines(file.path), start=1):
        try:
            yield from bundles.read(line)
        except NoResources as error:
            yield NoResources(f"line {number}: {error}")


def _files(path: Path, looked: Looked) -> Iterator[Path]:
    """A file itself, or those in a folder whose names say that they may be meant."""
    if not path.is_dir():
        if not path.is_file():
            raise NotImportable(path, "it is no file" if os.path.lexists(path) else "it is not there")
        yield path
        return
    count = 0
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = type(path)(folder) / name
            if name.startswith(".") or file.is_symlink() or not name.lower().removesuffix(".gz").endswith(_ENDINGS):
                looked.passed_by += 1
                continue
            count += 1
            if count > _MOST_FILES:
                raise NotImportable(path, f"there are more than {_MOST_FILES} files in it")
            yield file


def _look(path: Path) -> Found:
    """What one file is. Raises NotImportable."""
    begin = next(_pieces(path), b"")
    return Found(path, _form(path, begin), _digest(path))


def _form(path: Path, begin: bytes) -> Form:
    bare = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare[:1] in {b"{", b"["}:
        if path.name.lower().removesuffix(".gz").endswith(_LINES):
            return Form.LINES
        first, ending, rest = bare.partition(b"\n")
        is_line = first.rstrip()[-1:] == b"}" and ending and rest.strip()[:1] == b"{"
        return Form.LINES if is_line else Form.JSON
    is_wide = begin[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if b"ClinicalDocument" in (begin.replace(b"\0", b"") if is_wide else begin) and (is_wide or bare[:1] == b"<"):
        return Form.CDA
    raise NotImportable(path, _why_not(bare))


def _why_not(bare: bytes) -> str:
    if not bare:
        return "it is empty"
    if b"http://hl7.org/fhir" in bare[:4096] and bare[:1] == b"<":
        return "it is FHIR as XML, and only FHIR as JSON can be read"
    if bare.startswith(b"PK\x03\x04"):
        return "it is a ZIP archive: unpack it first, and import the folder"
    if bare.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is written in UTF-16, and FHIR is UTF-8"
    return _NOT_FHIR


def _is_bundle(found: Found) -> bool:
    """Whether a file stands for itself, and not for one resource beside others."""
    if found.form is not Form.JSON:
        return False
    begin = next(_pieces(found.path), b"")[:4096]
    return b'"Bundle"' in begin or begin.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotImportable(path, _refusal(error)) from error


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that are not empty. Raises NotImportable for one that is too long."""
    rest = b""
    for piece in _pieces(path):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _MAX_LINE:
            raise NotImportable(path, "a line in it is too long")
        yield from filter(None, (line.strip() for line in lines))
    if rest.strip():
        yield rest.strip()


def _pieces(path: Path) -> Iterator[bytes]:
    """A file piece by piece, unpacked where it is packed by gzip. Raises NotImportable."""
    size = 0
    try:
        with path.open("rb") as file:
            begin = file.read(2)
            file.seek(0)
            raw = iter(lambda: file.read(_PIECE), b"")
            for piece in _unpacked(path, raw) if begin == _GZIP else raw:
                size += len(piece)
                if size > MAX_BYTES:
                    raise NotImportable(path, f"it is larger than {MAX_BYTES >> 20} MiB")
                yield piece
    except OSError as error:
        raise NotImportable(path, _refusal(error)) from error


def _unpacked(path: Path, packed: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip has packed, in pieces that never grow with what it claims."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        for piece in packed:
            waiting = piece
            while waiting:
                yield inflater.decompress(waiting, _PIECE)
                waiting = inflater.unconsumed_tail
                if inflater.eof:
                    waiting = inflater.unused_data
                    inflater = zlib.decompressobj(wbits=31)
    except zlib.error as error:
        raise NotImportable(path, "what gzip has packed in it is damaged") from error


def _refusal(error: OSError) -> str:
    return one_line(f"it cannot be read ({(error.strerror or str(error)).lower()})")[:_SHORT]

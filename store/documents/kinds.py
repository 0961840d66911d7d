"""What kind of document some bytes are: told by how they begin, and only then by what their sender calls them."""

from __future__ import annotations

import re
from enum import StrEnum

_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"BM", "bmp"),
    (b"PK\x03\x04", "zip"),
    (b"MZ", "other"),
    (b"\x7fELF", "other"),
    (b"#!", "text"),
)
_BEGIN = 4096
_CDA = re.compile(rb"<(?:\w+:)?ClinicalDocument[\s>]")
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|div|p|table|span|h[1-6]|b|br)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(rb"\s*<\?xml\s", re.IGNORECASE)


class Kind(StrEnum):
    """The kinds of document that are told apart."""

    TEXT = "text"
    HTML = "html"
    RTF = "rtf"
    CDA = "c-cda"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    GIF = "gif"
    TIFF = "tiff"
    BMP = "bmp"
    JSON = "json"
    XML = "xml"
    ZIP = "zip"
    OTHER = "other"


ENDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (".txt", ".text", ".md", ".csv", ".log"),
    Kind.HTML: (".html", ".htm"),
    Kind.RTF: (".rtf",),
    Kind.CDA: (".xml", ".ccda", ".cda"),
    Kind.PDF: (".pdf",),
    Kind.PNG: (".png",),
    Kind.JPEG: (".jpg", ".jpeg"),
    Kind.GIF: (".gif",),
    Kind.TIFF: (".tiff", ".tif"),
    Kind.BMP: (".bmp",),
    Kind.JSON: (".json",),
    Kind.XML: (".xml",),
    Kind.ZIP: (".zip", ".docx", ".xlsx", ".pptx", ".odt"),
    Kind.OTHER: (".bin", ".dcm", ".mp3", ".mp4", ".wav"),
}
IMAGES = frozenset({Kind.PNG, Kind.JPEG, Kind.GIF, Kind.TIFF, Kind.BMP})


def tell(content: bytes, declared: str = "") -> Kind:
    """The kind of a document, of which `content` has at least the first 4 KiB."""
    begin = content[:_BEGIN]
    bare = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, name in _SIGNATURES:
        if bare.startswith(signature) and (name != "bmp" or "bmp" in declared.lower()):
            return Kind(name)
    if _CDA.search(begin):
        return Kind.CDA
    return _by_words(begin, bare, declared.partition(";")[0].strip().lower())


def _by_words(begin: bytes, bare: bytes, declared: str) -> Kind:
    """The kind of what has no signature of its own."""
    is_wide = begin[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if b"\0" in begin and not is_wide:
        return Kind.OTHER
    is_page = _HTML.match(bare) and not declared.startswith("text/plain")
    is_xml = _XML.match(bare) is not None
    if declared in {"text/html", "application/xhtml+xml"} or is_page or (is_xml and b"<html" in begin.lower()):
        return Kind.HTML
    if is_xml:
        return Kind.XML
    if declared.endswith(("json", "+json")):
        return Kind.JSON
    if declared.startswith("text/") or not declared or _is_readable(begin):
        return Kind.TEXT
    return Kind.OTHER


def _is_readable(begin: bytes) -> bool:
    """Whether bytes are text for all that can be seen: no control characters but white space."""
    return not any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in begin)  # noqa: PLR2004 - the first that is none


def charset(declared: str) -> str:
    """The character set that a content type names; empty where it names none."""
    found = re.search(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", declared[:200], re.IGNORECASE)
    return found[1] if found else ""

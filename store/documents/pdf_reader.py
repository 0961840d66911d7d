"""The process that reads a PDF: takes it on stdin, gives its text on stdout, and gives up everything else at first.

It is started by its file's name, apart from the rest of the program, and imports nothing of it. Exit codes: 2 locked,
3 no PDF, 4 out of memory, 5 no limits to be had, 6 no library.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib
import io
import logging
import os
import pkgutil
import sys

_CPU_SECONDS = 10
_MEMORY = 512 << 20
_MOST_PAGES = 2_000
_MOST_SIGNS = 4_000_000
_LOCKED, _NO_PDF, _NO_MEMORY, _NO_LIMITS, _NO_LIBRARY = 2, 3, 4, 5, 6
_ENCODINGS = (
    "utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "latin-1", "cp1252", "mac-roman", "ascii", "gbk", "gb18030",
    "big5", "big5hkscs", "shift-jis", "euc-jp", "iso2022-jp", "euc-kr", "cp949", "unicode-escape", "raw-unicode-escape",
)  # fmt: skip
_UNREADABLE = "(The page with the number"
_NEW_NETWORK = 0x40000000  # linux/sched.h
_NEW_USER = 0x10000000
_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "ctypes.", "open", "os.")


def main() -> int:
    """Read what comes on stdin."""
    content = sys.stdin.buffer.read()
    if not _load():
        return _NO_LIBRARY
    if not _give_up():
        return _NO_LIMITS
    try:
        return _read(content)
    except MemoryError:
        return _NO_MEMORY
    except Exception:  # noqa: BLE001 - whatever a hostile document brings about, it is not shown
        return _NO_PDF


def _load() -> bool:
    """Load all that reading may need, before no file can be opened any more; whether the library is there."""
    try:
        import pypdf  # noqa: PLC0415 - this process alone needs it
    except ImportError:
        return False
    for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
        with contextlib.suppress(Exception):  # a part that wants what is not installed is not used either
            importlib.import_module(module.name)
    for name in _ENCODINGS:
        codecs.lookup(name)
    return True


def _give_up() -> bool:
    """Give up network, files, other processes, and more time and memory than reading takes; whether that was done."""
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return False
    _leave_network()
    limits = {
        resource.RLIMIT_CPU: _CPU_SECONDS,
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 3,  # stdin, stdout, stderr: neither a file nor a socket gets a number of its own
    }
    for name, most in limits.items():
        try:
            resource.setrlimit(name, (most, most))
        except (OSError, ValueError):
            if name != resource.RLIMIT_AS:  # some systems have no such limit; the clock of the parent holds there
                return False
    sys.addaudithook(_refuse)
    return True


def _leave_network() -> None:
    """Go where there is no network, on systems that let one; the other limits hold everywhere."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - as in main

    library = ctypes.CDLL(None)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if library.unshare(_NEW_NETWORK) != 0:
        library.unshare(_NEW_USER | _NEW_NETWORK)


def _refuse(event: str, _: object) -> None:
    """Refuse what only a hostile document would have this process do."""
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def _read(content: bytes) -> int:
    import pypdf  # noqa: PLC0415 - it is loaded already
    from pypdf.errors import FileNotDecryptedError  # noqa: PLC0415 - as above

    logging.disable(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return _LOCKED
        pages = _pages(reader)
    except FileNotDecryptedError:
        return _LOCKED
    if pages and all(page.startswith(_UNREADABLE) for page in pages):
        return _NO_PDF
    sys.stdout.buffer.write("\f".join(pages).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    return 0


def _pages(reader: object) -> list[str]:
    """The text of each page, as far as it goes; a page that cannot be read says so."""
    found: list[str] = []
    size = 0
    for number, page in enumerate(reader.pages, start=1):  # type: ignore[attr-defined] # a pypdf.PdfReader
        if number > _MOST_PAGES or size > _MOST_SIGNS:
            found.append("(The document is longer than is shown here.)")
            break
        found.append(_page(page, number))
        size += len(found[-1])
    return found


def _page(page: object, number: int) -> str:
    try:
        text = str(page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False))  # type: ignore[attr-defined]
        return text or str(page.extract_text())  # type: ignore[attr-defined] # a pypdf.PageObject
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as in main
        return f"{_UNREADABLE} {number} cannot be read.)"


if __name__ == "__main__":
    os._exit(main())

"""PDF as text: read in a process of its own, with limits of time and memory, no network and no file to open.

A PDF is a program of others' making. What reads it has no key, no vault and no environment, and cannot harm more than
its own answer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from store.documents.blocks import NotShown, Paragraph
from store.records.text import sanitize

if TYPE_CHECKING:
    from store.documents.blocks import Block

MAX_BYTES = 64 << 20
MAX_ANSWER = 8 << 20
_SECONDS = 30  # by the clock, on a machine that is busy; the processor's own time is limited inside
_READER = Path(__file__).with_name("pdf_reader.py")
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
_REASONS = {
    2: "it is locked with a password",
    3: "it is damaged, or no PDF",
    4: "it needs more memory than is allowed",
    5: "this system cannot limit what reads it",
    6: "what reads it, pypdf, is not installed",
}


def read(content: bytes) -> tuple[Block, ...]:
    """The text of a PDF, page by page. Raises NotShown, with the reason."""
    if len(content) > MAX_BYTES:
        raise NotShown(f"the document is larger than {MAX_BYTES >> 20} MiB")
    answer = _ask(content)
    pages = [page.strip("\n") for page in answer.decode("utf-8", "replace").split("\f")]
    if not any(page.strip() for page in pages):
        raise NotShown("there is no text in it: it may be a scan, a picture of a page")
    return tuple(Paragraph(sanitize(page), is_fixed=True) for page in pages if page.strip())


def command() -> list[str]:
    """The command line of the process that reads."""
    return [sys.executable, "-I", "-B", str(_READER)]


def _ask(content: bytes) -> bytes:
    """What the reader says. Raises NotShown when it fails, or is stopped."""
    if not sys.executable:
        raise NotShown(_REASONS[5])
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command(), input=content, capture_output=True, timeout=_SECONDS, env=kept, check=False, close_fds=True
        )
    except subprocess.TimeoutExpired as error:
        raise NotShown("reading it takes too long") from error
    except OSError as error:
        raise NotShown("the process that reads it could not be started") from error
    if done.returncode < 0:
        raise NotShown("reading it takes too long, or more memory than is allowed")
    if done.returncode:
        raise NotShown(_REASONS.get(done.returncode, _REASONS[3]))
    return done.stdout[:MAX_ANSWER]

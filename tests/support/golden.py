"""Golden files: what a view looks like, kept beside its test, and looked at whenever it changes.

`PORTAL_UPDATE_GOLDEN=1 pytest FILE` writes those of a test file anew; look at each before committing it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UPDATE = "PORTAL_UPDATE_GOLDEN"


def check(file: Path, shown: str) -> None:
    """Compare what is shown with its golden file, to the last character; with PORTAL_UPDATE_GOLDEN, write it."""
    written = shown if shown.endswith("\n") else f"{shown}\n"
    if os.environ.get(UPDATE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written.encode())
    assert file.exists(), f"there is no {file.name}; {UPDATE}=1 makes it"
    assert written == file.read_bytes().decode(), f"{file.name} shows something else; {UPDATE}=1 takes it over"

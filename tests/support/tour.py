"""Makes the README's tour: what commands show on a terminal, run on a stage, as one picture.

`python -m tests.support.tour` writes `.docs/tour.svg` anew.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.support.stage import Scene, Stage

FILE = Path(__file__).resolve().parents[2] / ".docs" / "tour.svg"
_WIDTH = 100
_LINES = (
    (("status",), ()),
    (("labs", "--abnormal", "--limit", "4"), ()),
    (("labs", "trend", "4548-4", "--since", "5y", "--limit", "3"), ()),
    (("refill", "{medicine}"), ("y",)),
)


def picture() -> str:
    """The tour, as SVG without anything that would be fetched."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder)) as stage:
        for arguments, typed in _LINES:
            words = tuple(word.format(**stage.words["synced"]) for word in arguments)
            seen = stage.see(Scene(words, has_terminal=True, typed=typed))
            console.print(Text(f"$ portal {' '.join(words)}", style="bold green"))
            shown = (seen.err + seen.out if typed else seen.out).replace(str(stage.folder / "home"), "~")
            shown = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", shown)
            console.print(Text.from_ansi(shown.rstrip()))
            console.print()
    drawn = console.export_svg(title="portal", unique_id="tour")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


def main() -> int:
    """Write it."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

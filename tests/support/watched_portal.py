"""`portal sandbox` in a process of its own, with a witness: `FILE ARGUMENTS…`; the file gets what is not FHIR."""

from __future__ import annotations

import sys
from pathlib import Path

from portal_cli.main import run
from tests.support.witness import all_watched


def serve(file: Path, arguments: list[str]) -> int:
    """Serve until the process is told to end."""
    with all_watched() as made:
        try:
            return run(["sandbox", *arguments])
        finally:
            flaws = [flaw for witness in made for flaw in witness.take()]
            file.write_text("\n".join(flaws), "utf-8")


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2:]))

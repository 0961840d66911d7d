"""All benchmarks, one after the other: `python -m tests.benchmarks`; it ends with 1 when a bar is missed."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.bars import say


def main() -> int:
    """Run each in a process of its own, with its own defaults."""
    codes = []
    for name in ("vault", "sync", "directory", "views", "startup", "reading", "export"):
        say(f"== {name}")
        codes.append(subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())

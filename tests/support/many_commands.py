"""Runs many command lines one after the other in this process: `python -m tests.support.many_commands JSON`.

Between what they print stands a line with the number of the next, and at the end how each ended.
"""

from __future__ import annotations

import json
import sys

from portal_cli.main import run

MARK = "=== command "


def main() -> None:
    """Run what was asked for."""
    codes = []
    for number, line in enumerate(json.loads(sys.argv[1])):
        sys.stdout.write(f"{MARK}{number}\n")
        sys.stdout.flush()
        codes.append(run(line))
        sys.stdout.flush()
        sys.stderr.flush()
    sys.stdout.write(f"{MARK}{json.dumps(codes)}\n")


if __name__ == "__main__":
    main()

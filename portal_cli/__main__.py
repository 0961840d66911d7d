"""`python -m portal_cli`: the same as `portal`."""

from __future__ import annotations

import sys

from portal_cli.main import run

if __name__ == "__main__":
    sys.exit(run())

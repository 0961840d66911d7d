"""`python -m portal_cli`: the same as `portal`."""

from __future__ import annotations

from portal_cli.entry import main

if __name__ == "__main__":
    main()

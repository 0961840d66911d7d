"""Runs command lines that read, each in a fork with a vault that is open, and tells what packages each has loaded.

`python -m tests.support.reading FOLDER LINE…` prints one JSON object: for each line, the names of the packages.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

_FILL = """
import sys
from pathlib import Path
from tests.benchmarks.startup import fill
fill(Path(sys.argv[1]), 40)
"""


def main() -> None:
    """Fill a vault in a process of its own, then look at each line in a fork of this one, which has loaded nothing."""
    home = Path(sys.argv[1])
    subprocess.run([sys.executable, "-c", _FILL, str(home)], check=True)
    os.environ.update(PORTAL_HOME=str(home), PORTAL_SESSION_FILE=str(home / "session"))
    sys.stdout.write(json.dumps({line: _loaded(shlex.split(line)) for line in sys.argv[2:]}))


def _loaded(arguments: list[str]) -> list[str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _look(arguments, writing)
    os.close(writing)
    with os.fdopen(reading) as stream:
        found = stream.read()
    os.waitpid(child, 0)
    return list(json.loads(found))


def _look(arguments: list[str], writing: int) -> NoReturn:
    from portal_cli import entry  # noqa: PLC0415 - in the fork only

    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    sys.argv = ["portal", *arguments]
    try:
        entry.main()
    except SystemExit:
        os.write(writing, json.dumps(sorted({name.partition(".")[0] for name in sys.modules})).encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()

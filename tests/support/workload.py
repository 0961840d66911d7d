"""What a workload is: work that a power cut can interrupt, and what has to be left of it then."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tests.support.recording import ACKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Acknowledge: TypeAlias = "Callable[[str], None]"


@dataclass(frozen=True)
class Workload:
    """One kind of work.

    `prepare` fills a new folder, undisturbed. `run` works on it and acknowledges each thing that is done, from a
    process of its own. `verify` looks at what a power cut left: it raises when something acknowledged is not there,
    or something else is there in part.
    """

    prepare: Callable[[Path], None]
    run: Callable[[Path, Acknowledge], None]
    verify: Callable[[Path, tuple[str, ...]], None]


def run_one(table: Mapping[str, Workload]) -> None:
    """Run the workload, in the folder, that the command line names, and acknowledge to the file it was given."""
    name, folder = sys.argv[1:]
    descriptor = os.open(os.environ[ACKS], os.O_WRONLY | os.O_APPEND)
    table[name].run(Path(folder), lambda text: _write(descriptor, text))


def _write(descriptor: int, text: str) -> None:
    os.write(descriptor, f"ack {text}\n".encode())

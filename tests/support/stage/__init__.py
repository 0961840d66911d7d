"""A stage on which every command is seen in every surrounding: loaded once, forked for each run, its clock held still.

`stage.Stage` is what a test holds; the process behind it is `stage.house`, which keeps a practice portal and homes in
each state, and gives every run copies of both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Scene:
    """A run to be seen: what is typed on the command line and after, in what home, and what there is around it.

    `home` is one of `synced`, `empty`, `read-only`; `is_open` whether a session keeps its vault open. What is typed at
    a terminal answers what is asked, unless it `is_typed_ahead`.
    """

    arguments: tuple[str, ...]
    home: str = "synced"
    is_open: bool = True
    has_portal: bool = True
    has_terminal: bool = False
    typed: tuple[str, ...] = ()
    is_typed_ahead: bool = False
    stop_after: str = ""


@dataclass(frozen=True)
class Seen:
    """What was seen of it."""

    code: int
    out: str
    err: str


class Stage:
    """The house, as a process; as a context manager it is there inside the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.words: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        self._house = subprocess.Popen(
            [sys.executable, "-m", "tests.support.stage.house", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            start_new_session=True,
        )
        self.words = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._house.stdin is not None
        self._house.stdin.close()
        self._house.wait(timeout=20)
        if self._house.stdout is not None:
            self._house.stdout.close()

    def see(self, scene: Scene) -> Seen:
        """Have a run."""
        assert self._house.stdin is not None
        self._house.stdin.write(json.dumps(asdict(scene)) + "\n")
        self._house.stdin.flush()
        return Seen(**self._answer())

    def _answer(self) -> Any:
        assert self._house.stdout is not None
        line = self._house.stdout.readline()
        assert line, "the house has fallen down"
        return json.loads(line)


def scene(values: dict[str, Any]) -> Scene:
    """A scene as it was sent."""
    lists: dict[str, Sequence[str]] = {name: tuple(values[name]) for name in ("arguments", "typed")}
    return Scene(**{**values, **lists})

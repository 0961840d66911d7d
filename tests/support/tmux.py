"""A program in a real terminal, by way of tmux: what a person sees and types."""

from __future__ import annotations

import shlex
import subprocess
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Home

T = TypeVar("T")
_PATIENCE_SECONDS = 60
_LOOK_SECONDS = 0.05
_REST_SECONDS = 0.15


class Terminal:
    """One tmux session with a program in it; a home may have several."""

    def __init__(self, home: Home, *command: str, size: tuple[int, int] = (130, 36), **environment: str) -> None:
        number = len(list(home.folder.glob("tmux-*")))
        self._socket = home.folder / f"tmux-{number}"
        self._exit = home.folder / f"exit-code-{number}"
        self._environment = {**home.environment, "TERM": "xterm-256color", **environment}
        line = f"cd {shlex.quote(str(home.folder / 'work'))}; {shlex.join(command)}; echo $? > {self._exit}"
        columns, rows = size
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), line)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def _look_for(self, look: Callable[[], T | None], otherwise: str) -> T:
        """Look again and again until there is something, and give it."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            if (found := look()) is not None:
                return found
            time.sleep(_LOOK_SECONDS)
        raise AssertionError(f"{otherwise}:\n{self.screen()}")

    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait_for(self, words: str, *, times: int = 1) -> str:
        """Wait until words are on the screen, and give that."""

        def look() -> str | None:
            shown = self.screen()
            return shown if shown.count(words) >= times else None

        return self._look_for(look, f"{words!r} never came")

    def wait_until_gone(self, words: str) -> str:
        """Wait until there is a screen without these words, and give it."""

        def look() -> str | None:
            shown = self.screen()
            return shown if shown.strip() and words not in shown else None

        return self._look_for(look, f"{words!r} stayed")

    def press(self, *keys: str) -> None:
        """Press keys, by their names of tmux."""
        self._tmux("send-keys", *keys)

    def rest(self) -> str:
        """Wait until nothing moves any more."""
        before, now = None, (self.cursor_line(), self.screen())
        while now != before:
            time.sleep(_REST_SECONDS)
            before, now = now, (self.cursor_line(), self.screen())
        return now[1]

    def enter(self, text: str) -> None:
        """Type into a field that is not the last one, and wait until the cursor has gone to the next."""
        self.press("-l", text)
        self.rest()
        line = self.cursor_line()
        self.press("Enter")
        self._look_for(lambda: True if self.cursor_line() != line else None, "the cursor stayed")

    def cursor_line(self) -> int:
        """The line of the screen that the cursor is on."""
        return int(self._tmux("display-message", "-p", "#{cursor_y}") or -1)

    def exit_code(self) -> int:
        """Wait until the program has ended, and give its exit code."""

        def look() -> int | None:
            text = self._exit.read_text() if self._exit.exists() else ""
            return int(text) if text.strip() else None

        return self._look_for(look, "it never ended")

    def close(self) -> None:
        """Close the terminal, whatever runs in it."""
        self._tmux("kill-server")

"""What a benchmark says of each thing it measured, and which bars were missed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Bars:
    """The bars of one benchmark; `missed` are the names of those that were not kept."""

    missed: list[str] = field(default_factory=list)

    def at_most(self, name: str, measured: float, bar: float | None, detail: str = "") -> None:
        """Tell of something that is to be small."""
        self._tell(name, measured, "at most", bar, detail, is_kept=bar is None or measured <= bar)

    def at_least(self, name: str, measured: float, bar: float | None, detail: str = "") -> None:
        """Tell of something that is to be large."""
        self._tell(name, measured, "at least", bar, detail, is_kept=bar is None or measured >= bar)

    def _tell(self, name: str, measured: float, which: str, bar: float | None, detail: str, *, is_kept: bool) -> None:
        verdict = "" if bar is None else f"  {which} {bar:g}: {'kept' if is_kept else 'MISSED'}"
        say(f"{name:>28}  {measured:10.3f}{verdict}{f'  ({detail})' if detail else ''}")
        if not is_kept:
            self.missed.append(name)


def say(line: str) -> None:
    """Say a line."""
    print(line, flush=True)  # noqa: T201 - a benchmark talks

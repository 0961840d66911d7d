"""Deciding which request meets which fault, and counting."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.faults.kinds import KINDS, MOMENTS, Place
from portal_cli.sandbox.faults.spec import FaultSpec, parse
from portal_cli.sandbox.outcomes import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPARED = "/fhir/.well-known/"


@dataclass(frozen=True)
class Planned:
    """A fault for the next request of a method (any when empty) whose path begins so."""

    kind: str
    method: str
    path: str


class Faults:
    """The faults of one portal: by chance as the specification has it, and those that a test plans.

    Chance spares the sign-in and its configuration; what is planned does not. The same seed and the same order of
    requests give the same faults. `retry_after` is how many seconds a busy portal asks for.
    """

    def __init__(self, text: str | None, seed: int) -> None:
        self.retry_after = 1
        self.spec = parse(text or "")
        self.has_proxy = text == "" or self.spec.needs_proxy
        self._lock = threading.Lock()
        self._chance = random.Random(f"faults {seed}")  # noqa: S311 -- to be repeated, not to be unpredictable
        self._planned: list[Planned] = []
        self._counts: Counter[str] = Counter()

    def set(self, text: str) -> None:
        """Want other faults from now on.

        Raises:
            SandboxError: For what is not understood, or cannot be done without the proxy.
        """
        spec = parse(text)
        self._require_proxy(spec.chances)
        with self._lock:
            self.spec = spec

    def clear(self) -> None:
        """Want no faults any more, planned ones included."""
        with self._lock:
            self.spec = FaultSpec()
            self._planned.clear()

    def once(self, kind: str, method: str = "", path: str = "/fhir/") -> None:
        """Plan a fault for the next request of a method whose path begins so.

        Raises:
            SandboxError: When there is no such fault, or it needs the proxy.
        """
        if kind not in KINDS:
            raise SandboxError(f"there is no fault by the name of {kind!r}")
        self._require_proxy((kind,))
        with self._lock:
            self._planned.append(Planned(kind, method, path))

    def cut_next(self, when: str, method: str = "", path: str = "/fhir/") -> None:
        """Plan to cut the connection of the next request: `before` the portal sees it, `during` or `after`."""
        self.once(f"cut-{when}", method, path)

    def counts(self) -> dict[str, int]:
        """Give how often each fault has been put into effect; those that never were are missing."""
        with self._lock:
            return dict(self._counts)

    def pause(self, path: str) -> float:
        """Give how many seconds a request is to wait."""
        with self._lock:
            if not self.spec.latency or not _is_api(path):
                return 0.0
            self._counts["latency"] += 1
            return max(0.0, self.spec.latency + self._chance.uniform(-self.spec.jitter, self.spec.jitter))

    def may_occur(self, place: Place) -> bool:
        """Say whether a fault of a place is wanted at all at the moment."""
        with self._lock:
            wanted = {*self.spec.chances, *(planned.kind for planned in self._planned)}
        return any(KINDS[kind] is place for kind in wanted)

    def draw(self, possible: Iterable[str], method: str, path: str) -> str | None:
        """Decide which of the possible faults a request meets, if any; counts it."""
        with self._lock:
            kind = self._draw(tuple(possible), method, path)
            if kind in {"cut", "reset"}:
                kind = f"{kind}-{self._chance.choice(MOMENTS)}"
            if kind:
                self._counts[kind] += 1
            return kind

    def choice(self, options: tuple[int, ...]) -> int:
        """Choose one of several, by the same chance."""
        with self._lock:
            return self._chance.choice(options)

    def _draw(self, possible: tuple[str, ...], method: str, path: str) -> str | None:
        for planned in self._planned:
            if planned.kind in possible and planned.method in {"", method} and path.startswith(planned.path):
                self._planned.remove(planned)
                return planned.kind
        if not _is_api(path):
            return None
        for kind, chance in self.spec.chances.items():
            if kind in possible and self._chance.random() < chance:
                return kind
        return None

    def _require_proxy(self, kinds: Iterable[str]) -> None:
        if not self.has_proxy and any(KINDS[kind] is Place.WIRE for kind in kinds):
            raise SandboxError("this portal has no proxy in front that could break connections")


def _is_api(path: str) -> bool:
    return path.startswith("/fhir") and not path.startswith(_SPARED)

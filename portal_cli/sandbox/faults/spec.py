"""Which faults are wanted, and how often: `latency=200ms,429=5%,cut=1%`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from portal_cli.sandbox.faults.kinds import KINDS, Place
from portal_cli.sandbox.outcomes import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LATENCY = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s)(?:~(\d{1,6}(?:\.\d{1,3})?)(ms|s))?\Z", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%\Z", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0}
_ALL = 100.0


@dataclass(frozen=True)
class FaultSpec:
    """How often each fault occurs (0 to 1), and how many seconds each request waits, give or take `jitter`."""

    chances: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    jitter: float = 0.0

    @property
    def needs_proxy(self) -> bool:
        """Say whether connections are to be broken."""
        return any(KINDS[name] is Place.WIRE for name in self.chances)


def parse(text: str) -> FaultSpec:
    """Read a specification; an empty one wants nothing.

    Raises:
        SandboxError: For anything that is not understood.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    chances: dict[str, float] = {}
    latency, jitter = 0.0, 0.0
    for part in parts:
        name, _, value = (side.strip() for side in part.partition("="))
        if name in chances or (name == "latency" and latency):
            raise _bad(f"the fault {name!r} is given twice")
        if name == "latency":
            latency, jitter = _latency(value)
        elif name in KINDS:
            chances[name] = _chance(name, value)
        else:
            raise _bad(f"there is no fault by the name of {name!r}")
    return FaultSpec(MappingProxyType(chances), latency, jitter)


def _latency(value: str) -> tuple[float, float]:
    found = _LATENCY.match(value)
    if not found:
        raise _bad(f"latency={value} is not a time such as 200ms, or 200ms~50ms for more or less")
    latency = float(found[1]) * _SECONDS[found[2]]
    jitter = float(found[3]) * _SECONDS[found[4]] if found[3] else 0.0
    return latency, jitter


def _chance(name: str, value: str) -> float:
    found = _PERCENT.match(value)
    if not found or float(found[1]) > _ALL:
        raise _bad(f"{name}={value} is not a share of the requests such as 5%")
    return float(found[1]) / _ALL


def _bad(sentence: str) -> SandboxError:
    return SandboxError(sentence, f"Faults are latency and {', '.join(KINDS)}.")

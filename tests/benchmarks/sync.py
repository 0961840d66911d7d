"""Syncs against a reference, against others, against the latency of a portal, and against memory.

`python -m tests.benchmarks.sync [--resources N] [--rounds N] [--page N] [--only PART…]` prints medians over interleaved
rounds in one run, each with its bar; it ends with 1 when one is missed. The portal is `tests.benchmarks.server`, and
everybody who fetches from it has a process of its own.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass

from tests.benchmarks import agreement, charts, contenders, server
from tests.benchmarks.bars import Bars, say
from tests.benchmarks.contenders import Asked, Run

_MOST_IN_FLIGHT = 8
_LATENCY = 0.2
_FEW, _MANY = 10_000, 200_000
_CHANGED = 100


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    resources: int
    rounds: int
    page: int
    many: int


def full(plan: Plan, bars: Bars) -> None:
    """Everything from nothing: the client beside the reference and the others, then with a slow portal."""
    names = contenders.present()
    bars.at_most("rows and words that differ", agreement.differences(_FEW // 2, plan.page), 0, "client ^ reference")
    for name in contenders.OTHERS:
        if name not in names:
            say(f"{name:>28}  is not installed: pip install -e '.[bench]'")
    found: dict[str, list[Run]] = {name: [] for name in names}
    slow: list[float] = []
    with server.serving(plan.resources, page=plan.page) as url:
        streams = server.ask(url, "requests")["pages"].values()
        for number in range(plan.rounds):
            for name in names if number % 2 else reversed(names):
                found[name] += contenders.run(name, Asked(url, charts.STREAMS))
            server.ask(url, f"latency?ms={1000 * _LATENCY:g}")
            slow += [contenders.run("client", Asked(url, charts.STREAMS, _MOST_IN_FLIGHT))[0].seconds]
            server.ask(url, "latency?ms=0")
    rates = {name: statistics.median(run.resources / run.seconds for run in runs) for name, runs in found.items()}
    say(f"full sync of {plan.resources} resources, {plan.page} a page, medians of {plan.rounds} rounds")
    for name, bar in (("reference", 0.7), ("fhirpy", 3.0), ("fhirclient", 3.0)):
        if name in rates:
            ratio = statistics.median(
                (mine.resources / mine.seconds) / (other.resources / other.seconds)
                for mine, other in zip(found["client"], found[name], strict=True)
            )
            bars.at_least(f"client / {name}", ratio, bar, f"{rates['client']:.0f}/s, {rates[name]:.0f}/s")
    floors = max(*streams, sum(streams) / _MOST_IN_FLIGHT) * _LATENCY, plan.resources / rates["client"]
    wall = statistics.median(slow)
    detail = f"{wall:.2f} s; latency floor {floors[0]:.2f} s, CPU floor {floors[1]:.2f} s"
    bars.at_most(f"{1000 * _LATENCY:g} ms a page / floor", wall / max(floors), 1.3, detail)


def unchanged(plan: Plan, bars: Bars) -> None:
    """A second sync when nothing has changed, where a portal can be asked what has, and where it serves all again."""
    again = Asked("", charts.MANY_STREAMS, again=2, change=_CHANGED)
    with server.serving(2_000, page=plan.page, streams=len(charts.MANY_STREAMS)) as url:
        _, quiet, changed = contenders.run("client", Asked(url, again.types, again=2, change=_CHANGED))
    say(f"no-change sync of {quiet.planned} queries")
    own = 1  # the patient
    bars.at_most("searches / query", (quiet.asked - own - _asides()) / quiet.planned, 1.0, f"{quiet.asked} requests")
    bars.at_most("pages of records written", sum(quiet.written.values()), 0, _trees(quiet))
    bars.at_least("pages, 100 changed", sum(changed.written.values()), 1, f"{changed.changed}: {_trees(changed)}")
    seconds = []
    with server.serving(plan.resources, page=plan.page, declared=False) as url:
        for _ in range(plan.rounds):
            _, served = contenders.run("client", Asked(url, charts.STREAMS, again=1))
            seconds.append(served.seconds / plan.resources)
            assert served.changed == 0
    say(f"{plan.resources} unchanged resources, served again")
    bars.at_most("µs a resource", statistics.median(seconds) * 1e6, 20.0, f"{served.asked} requests")
    bars.at_most("pages of records written", sum(served.written.values()), 0, _trees(served))


def _asides() -> int:
    return 1  # the CapabilityStatement


def _trees(run: Run) -> str:
    return ", ".join(f"{name} {count}" for name, count in run.written.items())


def memory(plan: Plan, bars: Bars) -> None:
    """The most memory that a sync takes above what the process took before it, of a small and a large chart."""
    taken = []
    for count in (_FEW, plan.many):
        with server.serving(count, page=plan.page) as url:
            (run,) = contenders.run("client", Asked(url, charts.STREAMS, _MOST_IN_FLIGHT, is_weighed=True))
        taken.append(run.peak - run.idle)
        bars.at_most(f"MB above idle, {count}", taken[-1], 150.0, f"{run.idle:.0f} MB idle, {run.peak:.0f} MB peak")
    bars.at_most("MB more for the large one", taken[1] - taken[0], 25.0)


PARTS = {"full": full, "unchanged": unchanged, "memory": memory}


def measure(plan: Plan, parts: list[str]) -> list[str]:
    """Run parts of it; returns the bars that were missed."""
    bars = Bars()
    for name in parts:
        PARTS[name](plan, bars)
    return bars.missed


def main() -> int:
    """Run what was asked for; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sync")
    parser.add_argument("--resources", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--page", type=int, default=500)
    parser.add_argument("--many", type=int, default=_MANY)
    parser.add_argument("--only", choices=tuple(PARTS), nargs="+", default=list(PARTS))
    given = parser.parse_args()
    return int(bool(measure(Plan(given.resources, given.rounds, given.page, given.many), given.only)))


if __name__ == "__main__":
    sys.exit(main())

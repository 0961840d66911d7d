"""Jobs killed with SIGKILL: at random moments, and at each of their steps in turn.

    python -m tests.support.killing --kills 10000 --seed 7      # at random moments, spread over every job
    python -m tests.support.killing --steps rotate sync         # two jobs, stopped at each of their steps

After each kill the vault has to be as the job left it or found it, with all that was acknowledged; the job, run again,
has to end as one that nobody disturbed; and run once more, it has to change nothing.

Each job runs in a fork of this process, which has imported everything, has a single thread, and has already stretched
the passphrases of the prepared vaults: a kill takes milliseconds. A failure names the job, the seed and the number of
the kill, and `--only NUMBER` repeats that one.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from store.vault import keys
from tests.support import jobs
from tests.support.scripted import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from tests.support.jobs import Job

    Work: TypeAlias = "Callable[[Callable[[str], None]], None]"

SEED = 20261124
_JOB_SECONDS = 60  # a job that takes longer hangs
_OVERRUN = 1.1  # kills come up to so many times the duration of the job, so that its end is met, too
_MOST_STEPS = 500
_TIMINGS = 3
_MOST_SHOWN = 10


class Stopped(Exception):
    """A job failed by itself, which no kill explains."""


@dataclass(frozen=True)
class Ended:
    """How a forked process ended: what it had acknowledged, whether it was killed, and how long it took."""

    acks: tuple[str, ...]
    is_killed: bool
    seconds: float


@dataclass
class Tally:
    """What was done to one job, and what was wrong after it. `slowest` is the longest recovery, in seconds."""

    job: str
    kills: int = 0
    early: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = f"{len(self.problems)} problems" if self.problems else "all well"
        return (
            f"{self.job}: {self.kills} kills ({self.early} before its end), {self.seconds:.1f} s, "
            f"slowest recovery {self.slowest:.2f} s: {found}"
        )


@dataclass(frozen=True)
class Prepared:
    """A job with the folder that each run begins with, and what an undisturbed run leaves."""

    name: str
    job: Job
    folder: Path
    seconds: float
    wanted: object


def fork(work: Work, *, after: float | None = None, failpoint: str = "") -> Ended:
    """Do some work in a fork, which is killed `after` so many seconds, or at a failpoint. Raises Stopped."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_child(work, writing, failpoint)
    os.close(writing)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, encoding="utf-8") as stream:
        acks, _, trouble = stream.read().partition("\0")
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if trouble or code not in {0, -signal.SIGKILL}:
        raise Stopped(trouble.strip() or f"it ended with {code}")
    return Ended(tuple(acks.splitlines()), code != 0, time.monotonic() - began)


def _be_child(work: Work, writing: int, failpoint: str) -> None:
    """Do the work and leave, past everything that the parent would do when it ends."""
    code = 1
    try:
        signal.alarm(_JOB_SECONDS)
        os.environ["PORTAL_FAILPOINT"] = failpoint
        work(lambda text: _write(writing, f"{text}\n"))
        code = 0
    except BaseException:  # noqa: BLE001 - told by the parent
        _write(writing, f"\0{traceback.format_exc()}")
    finally:
        os._exit(code)


def _write(descriptor: int, text: str) -> None:
    os.write(descriptor, text.encode())


def prepare(name: str, job: Job, folder: Path) -> Prepared:
    """Prepare a job, run it undisturbed, and see what that leaves."""
    start = folder / "start"
    start.mkdir(mode=0o700)
    job.reset()
    job.prepare(start)
    seconds = []
    for number in range(_TIMINGS):
        copy = _copied(job, start, folder / f"undisturbed-{number}")
        seconds.append(fork(functools.partial(job.run, copy)).seconds)
    wanted = job.state(copy)
    return Prepared(name, job, start, sorted(seconds)[_TIMINGS // 2], wanted)


def _copied(job: Job, start: Path, target: Path) -> Path:
    shutil.copytree(start, target)
    job.reset()
    return target


def check_after(prepared: Prepared, copy: Path, ended: Ended, tally: Tally) -> None:
    """Make sure that a killed job left what it may leave, and that it goes on. Raises AssertionError, Stopped."""
    job = prepared.job

    def look(_: object) -> None:
        job.verify(copy, ended.acks)

    def resume(_: object) -> None:
        job.resume(copy)
        found = job.state(copy)
        assert found == prepared.wanted, f"resumed, it is\n{found}\ninstead of\n{prepared.wanted}"
        job.resume(copy)
        found = job.state(copy)
        assert found == prepared.wanted, f"resumed twice, it is\n{found}\ninstead of\n{prepared.wanted}"

    tally.slowest = max(tally.slowest, fork(look).seconds)
    fork(resume)


def kill_at_random(prepared: Prepared, folder: Path, seed: int, numbers: range) -> Tally:
    """Kill a job once for each number, at the moment that the seed and the number make."""
    tally, began = Tally(prepared.name), time.monotonic()
    for number in numbers:
        chance = random.Random(f"{seed} {prepared.name} {number}")
        after = chance.uniform(0, prepared.seconds * _OVERRUN)
        story = (
            f"{prepared.name}, seed {seed}, kill {number}, after {after * 1000:.1f} of {prepared.seconds * 1000:.0f} ms"
        )
        _kill(prepared, folder / f"kill-{number}", tally, story, functools.partial(fork, after=after))
    tally.seconds = time.monotonic() - began
    return tally


def kill_at_steps(prepared: Prepared, folder: Path) -> Tally:
    """Stop a job at each of its steps in turn, until it ends by itself."""
    tally, began = Tally(prepared.name), time.monotonic()
    for number in range(1, _MOST_STEPS):
        story = f"{prepared.name}, step {number}"
        stop = functools.partial(fork, failpoint=f"*:{number}")
        if not _kill(prepared, folder / f"step-{number}", tally, story, stop):
            break
    tally.seconds = time.monotonic() - began
    return tally


def _kill(prepared: Prepared, copy: Path, tally: Tally, story: str, stop: Callable[[Work], Ended]) -> bool:
    """Kill a job, look at what that left, and write it down; returns whether the kill came before its end."""
    ended = None
    try:
        _copied(prepared.job, prepared.folder, copy)
        ended = stop(functools.partial(prepared.job.run, copy))
        check_after(prepared, copy, ended, tally)
    except (AssertionError, Stopped) as error:
        acks = ", ".join(ended.acks) if ended else "unknown"
        tally.problems.append(f"{story}; acknowledged: {acks or 'nothing'}\n{error}")
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    tally.kills += 1
    is_killed = ended is not None and ended.is_killed
    tally.early += is_killed
    return is_killed or ended is None


def each_job(names: list[str], url: str, folder: Path) -> Iterator[Prepared]:
    """The jobs of those names, or all of them, prepared one after the other."""
    table = jobs.jobs(url)
    for name in names or list(table):
        (folder / name).mkdir()
        yield prepare(name, table[name], folder / name)


def main(arguments: list[str] | None = None) -> int:
    """Kill jobs as the command line says; returns 1 when something was wrong after any kill."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.killing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(jobs.jobs(''))}; all unless given")
    parser.add_argument("--kills", type=int, default=300, help="how many in all, at random moments (300)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", type=int, help="only the kill of this number, of each job")
    parser.add_argument("--steps", action="store_true", help="at each step in turn instead")
    wanted = parser.parse_args(arguments)
    keys.derive = functools.cache(keys.derive)  # kills are to meet what is written, not the stretching before it
    share = -(-wanted.kills // len(wanted.jobs or jobs.jobs("")))
    numbers = range(share) if wanted.only is None else range(wanted.only, wanted.only + 1)
    tallies = []
    with tempfile.TemporaryDirectory(prefix="portal-kills-") as place, serve() as url:
        folder = Path(place)
        for prepared in each_job(wanted.jobs, url, folder):
            inside = folder / prepared.name
            tally = (
                kill_at_steps(prepared, inside)
                if wanted.steps
                else kill_at_random(prepared, inside, wanted.seed, numbers)
            )
            tallies.append(tally)
            _say(str(tally), *tally.problems[:_MOST_SHOWN])
    problems = sum(len(tally.problems) for tally in tallies)
    _say(f"{sum(tally.kills for tally in tallies)} kills, {problems} problems")
    return 1 if problems else 0


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

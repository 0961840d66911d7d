"""A place where a test can stop a long job: `PORTAL_FAILPOINT=name:n` kills the process at the n-th arrival.

With `*:n` it is killed at the n-th arrival at any step.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_arrivals: Counter[str] = Counter()


def reach(name: str) -> None:
    """Note that a job has come to the step `name`; inert unless `PORTAL_FAILPOINT` names it.

    The process is killed with SIGKILL, as a power cut or the kernel would, so that nothing can tidy up.
    """
    wanted = os.environ.get("PORTAL_FAILPOINT")
    if not wanted:
        return
    target, _, count = wanted.partition(":")
    if target not in {name, "*"}:
        return
    _arrivals[target] += 1
    if _arrivals[target] == int(count or "1"):
        os.kill(os.getpid(), signal.SIGKILL)

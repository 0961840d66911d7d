"""The memory of a process: kept from other programs and from files, and not more of it than work needs."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h
_M_ARENA_MAX = -8  # glibc's malloc.h
_ARENAS = 2


def forbid_core_files() -> None:
    """Keep the memory of this process, passphrases in it, out of core files and from other programs of the user."""
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - as above

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def share_arenas() -> None:
    """Let threads that come take their memory from few places, each of which keeps what was let go of for the next.

    With one for each thread, glibc's rule, a sync of many pages keeps twice as much as it needs; nothing is slower.
    """
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not every run needs it

        if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:  # a libc that has no such rule
            mallopt(_M_ARENA_MAX, _ARENAS)

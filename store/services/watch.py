"""Syncing again and again, at times that differ from those of everybody else."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from store import events
from store.errors import RemoteError, SessionEnded, SignInNeeded, VaultBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.client import Client
    from store.errors import PortalError
    from store.events import OnEvent
    from store.services.sync import How, SyncReport

SHORTEST = 60.0  # seconds between two syncs; a portal is somebody else's computer
_JITTER = 0.2  # of the pause, either way
_LOOK_SECONDS = 1.0


def pause(every: float, chance: Callable[[], float] = random.random) -> float:
    """How long to wait before the next sync: `every` seconds, give or take a fifth, so that many clients spread."""
    return every * (1 + _JITTER * (2 * chance() - 1))


def watch(  # noqa: PLR0913 - the last two are for whoever cannot wait
    client: Client,
    portal: str | None,
    how: How,
    every: float,
    on_event: OnEvent = events.ignore,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[SyncReport | PortalError]:
    """Sync now, and again after each pause; gives the report of each, or the error for which there is none.

    Raises SessionEnded once `portal lock` was said, SignInNeeded when nobody is signed in any more, and whatever the
    vault itself fails with.
    """
    while True:
        try:
            yield client.sync.run(portal, how=how, on_event=on_event)
        except SignInNeeded:
            raise
        except (RemoteError, VaultBusy) as error:  # the next one may do better
            yield error
        end = clock() + pause(every)
        while (left := end - clock()) > 0:
            if client.is_ended_elsewhere:
                client.close()
                raise SessionEnded
            sleep(min(_LOOK_SECONDS, left))

"""The database connections of an open vault: one for each thread, and none is closed while its thread uses it.

SQLite may be used from many threads, but a connection that one thread closes while another runs a statement on it
takes the process with it. So whoever closes the vault stops those statements first, and waits for them to end.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.errors import VaultLocked
from store.vault.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.vault.engine import DbConnection

_WAIT_SECONDS = 10.0
_LOOK_SECONDS = 0.005


@dataclass(eq=False)
class Lease:
    """A thread's connection, how many views and transactions are under way on it, and what its views remember."""

    connection: DbConnection
    is_read_only: bool
    uses: int = 0
    remembered: Remembered = field(default_factory=Remembered)
    thread: int = field(default_factory=threading.get_ident)


class Pool:
    """Makes connections with `connect`, which also says whether one can only be read from."""

    def __init__(self, connect: Callable[[], tuple[DbConnection, bool]]) -> None:
        self._connect = connect
        self._local = threading.local()
        self._leases: list[Lease] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def lease(self) -> Lease:
        """This thread's connection, made when there is none. Raises as `connect` does, VaultLocked once closed."""
        lease: Lease | None = getattr(self._local, "lease", None)
        if lease is not None and lease.is_read_only and not lease.connection.in_transaction:
            self.let_go()  # there may be room again, and others may have written meanwhile
            lease = None
        if lease is None:
            lease = Lease(*self._connect())
            with self._lock:
                if self._is_closed:
                    lease.connection.close()
                    raise VaultLocked
                self._leases.append(lease)
            self._local.lease = lease
        return lease

    @contextmanager
    def using(self) -> Iterator[Lease]:
        """This thread's connection, which nobody closes inside the block. Raises as `lease` does."""
        lease = self.lease()
        with self._lock:
            if self._is_closed:
                raise VaultLocked
            lease.uses += 1
        try:
            yield lease
        finally:
            with self._lock:
                lease.uses -= 1

    def let_go(self) -> None:
        """Close this thread's connection; for a thread that will not use the vault again."""
        lease: Lease | None = getattr(self._local, "lease", None)
        self._local.lease = None
        with self._lock:
            if lease not in self._leases:  # there was none, or the vault was closed meanwhile
                return
            self._leases.remove(lease)
        lease.connection.close()

    def close(self) -> None:
        """Close every connection: of other threads, once what they are doing has been stopped."""
        with self._lock:
            self._is_closed = True
            leases, self._leases = self._leases, []
        for lease in leases:  # before any is closed; a view that is still under way forgets what it has read
            lease.remembered.forget()
        for lease in leases:
            if _is_idle(lease):
                lease.connection.close()


def _is_idle(lease: Lease) -> bool:
    """Stop what another thread does with its connection; False when it goes on, and must keep it."""
    until = time.monotonic() + _WAIT_SECONDS
    while lease.uses and lease.thread != threading.get_ident():
        if time.monotonic() > until:
            return False
        lease.connection.interrupt()
        time.sleep(_LOOK_SECONDS)
    return True

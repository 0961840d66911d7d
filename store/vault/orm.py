"""An SQLModel session inside a transaction that is already begun on a connection of our own."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine, event
from sqlcipher3 import dbapi2 as sqlcipher
from sqlmodel import Session

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine, ExceptionContext

    from store.vault.engine import DbConnection


class _Held:
    """The connection as SQLAlchemy sees it: it may use it, and neither end its transaction nor close it."""

    def __init__(self, connection: DbConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """Leave the commit to the transaction's owner."""

    rollback = close = commit


_lent = threading.local()


def session_on(connection: DbConnection) -> Session:
    """Open a session that speaks on `connection` and leaves begin and commit to its owner."""
    _lent.connection = connection
    try:
        return Session(_engine().connect(), expire_on_commit=False)
    finally:
        _lent.connection = None


@cache
def _engine() -> Engine:
    """One for all connections: it remembers each statement that it has put together, which takes long."""
    bound = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: _Held(_lent.connection),
        poolclass=NullPool,
        hide_parameters=True,
    )
    event.listen(bound, "handle_error", _as_the_engine_said_it, retval=True)
    return bound


def _as_the_engine_said_it(context: ExceptionContext) -> BaseException:
    """The driver's own error in place of SQLAlchemy's, so that `engine.translated` knows it."""
    return context.original_exception

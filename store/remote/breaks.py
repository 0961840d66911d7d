"""Requests that got no answer: what their failures mean, and after which of them asking again may help."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from store.errors import InsecureAddress, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def translated(url: str, origin: str) -> Iterator[None]:
    """Turn the errors of a request to an address of an origin into this package's."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        why = "it does not answer in time" if isinstance(error, httpx.TimeoutException) else "no connection"
        raise Unreachable(origin, why, sent=False) from error
    except httpx.TimeoutException as error:
        raise Unreachable(origin, "it does not answer in time") from error
    except httpx.TransportError as error:
        raise Unreachable(origin, "the connection broke off") from error
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise InsecureAddress(url, "it is not a web address") from error


def is_break(error: Unreachable) -> bool:
    """Whether a connection that there was broke off or fell silent; without one, asking at once again helps nobody."""
    return error.sent and isinstance(error.__cause__, httpx.TransportError)

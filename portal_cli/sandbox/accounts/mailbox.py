"""What the portal sends: e-mails and texts, kept in memory to be read, never in the portal's file.

The codes and links in them are secrets; that they end with the process is the point.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_KEPT = 1000


@dataclass(frozen=True)
class Letter:
    """What is to be sent; `link` is an address that the body names too."""

    kind: Literal["email", "text"]
    to: str
    subject: str
    body: str
    link: str = ""


@dataclass(frozen=True)
class Message:
    """A letter that was sent."""

    id: str
    letter: Letter
    sent: datetime


class Mailbox:
    """The newest thousand messages; `deliver` is told of each, and must not wait."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.deliver: Callable[[Message], None] = _nowhere
        self._now = now
        self._lock = threading.Lock()
        self._kept: deque[Message] = deque(maxlen=MAX_KEPT)

    def send(self, letter: Letter) -> None:
        """Send a letter; one to nobody is dropped, such as to a patient without an e-mail address."""
        if not letter.to:
            return
        message = Message(secrets.token_hex(8), letter, self._now())
        with self._lock:
            self._kept.append(message)
        self.deliver(message)

    def messages(self) -> list[Message]:
        """Give what was sent, the newest first."""
        with self._lock:
            return list(reversed(self._kept))


def _nowhere(_message: Message) -> None:
    """Deliver nothing further."""

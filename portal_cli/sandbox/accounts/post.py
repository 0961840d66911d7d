"""E-mails over real SMTP (RFC 5321), beside the mailbox: in a thread of its own, so that nobody waits for a server."""

from __future__ import annotations

import queue
import smtplib
import threading
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from portal_cli.sandbox.outcomes import SandboxError

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.mailbox import Message

SENDER = "portal@practice.example"
TIMEOUT_SECONDS = 10.0
MAX_WAITING = 200


class Post:
    """Delivers e-mails; one that cannot be delivered is in the mailbox all the same. Texts go nowhere.

    `failed` counts what a server did not take, and what did not fit when too much waited for it.
    """

    def __init__(self, host: str, port: int, timeout: float = TIMEOUT_SECONDS) -> None:
        self.failed = 0
        self._server = (host, port)
        self._timeout = timeout
        self._waiting: queue.Queue[Message | None] = queue.Queue(MAX_WAITING)
        self._is_ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="practice post", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing further; what is being sent at the moment is left to its timeout."""
        self._is_ended.set()
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return  # the thread looks at `_is_ended` before each of those that wait

    def deliver(self, message: Message) -> None:
        """Take a message, at once; drop it when too many wait already."""
        if message.letter.kind != "email":
            return
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.failed += 1

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None and not self._is_ended.is_set():
            try:
                self._send(message)
            except (OSError, smtplib.SMTPException, ValueError):  # ValueError: an address that no header can hold
                self.failed += 1

    def _send(self, message: Message) -> None:
        host, port = self._server
        with smtplib.SMTP(host, port, local_hostname="practice.example", timeout=self._timeout) as server:
            server.send_message(written(message))


def written(message: Message) -> EmailMessage:
    """Write a message as an e-mail (RFC 5322)."""
    mail = EmailMessage()
    mail["From"] = f"Practice portal <{SENDER}>"
    mail["To"] = message.letter.to
    mail["Subject"] = message.letter.subject
    mail["Date"] = format_datetime(message.sent)
    mail["Message-ID"] = f"<{message.id}@practice.example>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.letter.body)
    return mail


def read_server(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`.

    Raises:
        SandboxError: When it is something else.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.netloc != text or "@" in text:
        raise SandboxError(f"{text!r} is no SMTP server", "Write it as HOST:PORT, such as 127.0.0.1:1025.")
    return host, port

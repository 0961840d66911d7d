"""E-mails over real SMTP: to a server that takes them, and to servers that do not."""

from __future__ import annotations

import queue
import socket
import time
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from portal_cli.sandbox.accounts.post import Post, read_server
from portal_cli.sandbox.outcomes import SandboxError
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.accounts.conftest import new_person

if TYPE_CHECKING:
    from collections.abc import Iterator


class Taker:
    """Takes what an SMTP client hands over."""

    def __init__(self) -> None:
        self.taken: queue.Queue[tuple[list[str], bytes]] = queue.Queue()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        self.taken.put((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def taker() -> Iterator[tuple[Taker, int]]:
    handler = Taker()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def test_an_e_mail_reaches_a_real_server_and_a_text_does_not(taker: tuple[Taker, int]) -> None:
    handler, port = taker
    with Sandbox(SandboxOptions(smtp=f"127.0.0.1:{port}")) as portal:
        grace = new_person(portal)
        grace.register()
        to, content = handler.taken.get(timeout=20)
        mail = message_from_bytes(content, policy=policy.default)
        assert to == ["grace@example.org"]
        assert grace.code("grace@example.org") in mail.get_content()
        assert mail["Subject"] == "Your code"
        grace.sign_up()
        welcomed = [handler.taken.get(timeout=20)[0] for _ in range(2)]
        assert welcomed == [["grace@example.org"]] * 2


def test_a_server_that_is_dead_or_silent_neither_slows_nor_breaks_anything() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        for address in (f"127.0.0.1:{silent.getsockname()[1]}", "127.0.0.1:1"):
            with Sandbox(SandboxOptions(smtp=address)) as portal:
                before = time.monotonic()
                new_person(portal).sign_up()
                assert time.monotonic() - before < 10  # the silent server would be waited for that long, each time


def test_what_no_server_takes_is_counted_and_kept_in_the_mailbox() -> None:
    with Sandbox(SandboxOptions(smtp="127.0.0.1:1")) as portal:
        grace = new_person(portal)
        grace.register()
        assert portal.post
        deadline = time.monotonic() + 20
        while not portal.post.failed and time.monotonic() < deadline:
            time.sleep(0.01)
        assert portal.post.failed == 1
        assert grace.mail("grace@example.org")


def test_more_than_may_wait_is_dropped_at_once() -> None:
    with Sandbox(SandboxOptions()) as portal:
        new_person(portal).register()
        (message,) = [one for one in portal.portal.account_service.mailbox.messages() if one.letter.kind == "email"]
    post = Post("127.0.0.1", 1)
    for _ in range(250):
        post.deliver(message)
    assert post.failed == 50
    post.stop()


@pytest.mark.parametrize(
    "text", ["", "localhost", "localhost:", ":25", "a:99999", "user@host:25", "host:25/path", "a b:1x"]
)
def test_an_address_that_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(SandboxError, match="is no SMTP server"):
        read_server(text)
    with pytest.raises(SandboxError):
        Sandbox(SandboxOptions(smtp=text))


def test_a_server_may_have_a_name_or_a_numeric_address() -> None:
    assert read_server("mail.example:587") == ("mail.example", 587)
    assert read_server("[::1]:25") == ("::1", 25)

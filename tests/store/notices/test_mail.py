"""E-mail over SMTP: only to a server that proves who it is, and with a plain word on what became of it."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from store.config import SmtpSetting
from store.errors import NoticeDoubtful, NoticeFailed
from store.notices import mail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIL = mail.Mail(
    "An appointment tomorrow", "An appointment tomorrow at 10:30\n.\nÜber", "abc", datetime(2026, 1, 1, tzinfo=UTC)
)


class Box:
    """Takes e-mails, or answers as it is told to."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.got: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.got.append(envelope)
        return self.answer

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - as above
        if address.startswith("nobody"):
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@contextmanager
def served(box: Box, **options: Any) -> Iterator[SmtpSetting]:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield SmtpSetting("localhost", "me@example.org", "me@example.net", port, "none")
    finally:
        server.stop()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setattr("certifi.where", lambda: str(tmp_path / "trusted.pem"))
    return made


def proof(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def signing_in(_server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"me", b"geheim"), handled=False)


def test_an_email_arrives_as_it_was_written() -> None:
    box = Box()
    with served(box) as setting:
        mail.send(setting, MAIL)
    (envelope,) = box.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("me@example.org", ["me@example.net"])
    found = message_from_bytes(envelope.content, policy=policy.default)
    assert found["Subject"] == MAIL.subject
    assert found["Message-ID"] == "<abc@portal.invalid>"
    assert found.get_content().replace("\r\n", "\n").rstrip("\n") == MAIL.text


@pytest.mark.parametrize("source", ["file", "command"])
def test_over_starttls_the_account_is_signed_in_to(trusted: trustme.CA, tmp_path: Path, source: str) -> None:
    (tmp_path / "password").write_text("geheim\n")
    box = Box()
    with served(
        box, tls_context=proof(trusted), require_starttls=True, auth_required=True, authenticator=signing_in
    ) as found:
        secure = replace(found, security="starttls", user="me")
        if source == "file":
            secure = replace(secure, password_file=tmp_path / "password")
        else:
            secure = replace(secure, password_command=f"cat '{tmp_path}/password'")
        mail.send(secure, MAIL)
        assert len(box.got) == 1
        (tmp_path / "password").write_text("falsch\n")
        with pytest.raises(NoticeFailed, match="did not accept user and password"):
            mail.send(secure, MAIL)
    assert len(box.got) == 1


def test_over_tls_an_email_arrives(trusted: trustme.CA) -> None:
    box = Box()
    with served(box, ssl_context=proof(trusted)) as found:
        mail.send(replace(found, security="tls"), MAIL)
    assert len(box.got) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("name", ["another authority", "another name"])
def test_a_server_that_does_not_prove_who_it_is_gets_nothing(trusted: trustme.CA, security: str, name: str) -> None:
    context = proof(trustme.CA()) if name == "another authority" else proof(trusted, "mail.example.org")
    box = Box()
    way = "tls_context" if security == "starttls" else "ssl_context"
    refused = pytest.raises(NoticeFailed, match="certificate that cannot be trusted")
    with served(box, **{way: context}) as found, refused:
        mail.send(replace(found, security=security), MAIL)
    assert box.got == []


def test_without_the_starttls_that_was_asked_for_nothing_is_sent() -> None:
    box = Box()
    with (
        served(box) as found,
        pytest.raises(NoticeFailed, match="does not offer what the settings ask of it: starttls"),
    ):
        mail.send(replace(found, security="starttls"), MAIL)
    assert box.got == []


@pytest.mark.parametrize("answer", ["451 later", "554 no"])
def test_a_server_that_refuses_has_not_taken_it(answer: str) -> None:
    with served(Box(answer)) as setting, pytest.raises(NoticeFailed) as caught:
        mail.send(setting, MAIL)
    assert type(caught.value) is NoticeFailed
    assert answer[:3] in str(caught.value)


def test_a_reader_that_there_is_not_is_a_refusal() -> None:
    with served(Box()) as setting, pytest.raises(NoticeFailed, match=r"refused it \(550\)"):
        mail.send(replace(setting, to="nobody@example.net"), MAIL)


def test_an_answer_that_is_lost_after_all_was_handed_over_leaves_doubt() -> None:
    class Gone(Box):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            server.transport.abort()
            return await super().handle_DATA(server, session, envelope)

    box = Gone()
    with served(box) as setting, pytest.raises(NoticeDoubtful):
        mail.send(setting, MAIL)
    assert len(box.got) == 1


def test_where_nobody_listens_nothing_arrived() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoticeFailed, match="cannot be reached"):
        mail.send(SmtpSetting("127.0.0.1", "a@b.c", "a@b.c", port, "none"), MAIL)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"password_command": "false"},
        {"password_command": "true"},
        {"password_command": "'"},
        {"password_command": ""},
    ],
)
def test_a_password_that_cannot_be_had_is_said_so_before_anything_is_sent(parts: dict[str, str]) -> None:
    with pytest.raises(NoticeFailed, match="password"):
        mail.send(SmtpSetting("127.0.0.1", "a@b.c", "a@b.c", 1, "none", "me", **parts), MAIL)  # type: ignore[arg-type] # texts

"""Notices by e-mail, over SMTP with the patient's own settings; the server's certificate is always checked."""

from __future__ import annotations

import shlex
import smtplib
import ssl
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

import certifi

from store.errors import NoticeDoubtful, NoticeFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from store.config import SmtpSetting

_SECONDS = 30
_MAX_BYTES = 64 * 1024
_REFUSED = 400  # and above: a server says that it did not take it


@dataclass(frozen=True)
class Mail:
    """One e-mail; `name` is the same whenever the same one is sent again, so that servers may know it."""

    subject: str
    text: str
    name: str
    at: datetime


def send(setting: SmtpSetting, mail: Mail) -> None:
    """Send an e-mail. Raises NoticeFailed when no server took it, NoticeDoubtful when its last answer was lost."""
    content = _message(setting, mail).as_bytes(policy=SMTP)
    with _session(setting) as session:
        with _told(setting):
            _accepted(*session.mail(setting.sender))
            _accepted(*session.rcpt(setting.to))
        try:
            code, _ = session.data(content)
        except smtplib.SMTPDataError as error:  # an answer to the command itself: nothing was handed over
            raise NoticeFailed(f"the mail server refused it ({error.smtp_code})") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NoticeDoubtful("the mail server's answer was lost, so it may have arrived") from error
        if code >= _REFUSED:
            raise NoticeFailed(f"the mail server refused it ({code})")


def certificates() -> ssl.SSLContext:
    """What is trusted: the authorities of this system, or those that SSL_CERT_FILE names, and those of certifi."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    return context


def _message(setting: SmtpSetting, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = setting.sender, setting.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.name}@portal.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text + "\n")
    return message


@contextmanager
def _session(setting: SmtpSetting) -> Iterator[smtplib.SMTP]:
    """A connection to the server, secured and signed in. Raises NoticeFailed."""
    password = _password(setting) if setting.user else ""
    with _told(setting):
        session = _connected(setting)
    try:
        with _told(setting):
            if setting.security == "starttls":
                session.starttls(context=certificates())
            session.ehlo_or_helo_if_needed()
            if setting.user:
                session.login(setting.user, password)
        yield session
    finally:
        with suppress(OSError, smtplib.SMTPException):
            session.quit()
        session.close()


def _connected(setting: SmtpSetting) -> smtplib.SMTP:
    if setting.security == "tls":
        return smtplib.SMTP_SSL(setting.host, setting.port, timeout=_SECONDS, context=certificates())
    return smtplib.SMTP(setting.host, setting.port, timeout=_SECONDS)


@contextmanager
def _told(setting: SmtpSetting) -> Iterator[None]:
    """What goes wrong before anything was handed over, in words that hold nothing of the server's own."""
    where = f"the mail server {setting.host}:{setting.port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NoticeFailed(f"{where} has a certificate that cannot be trusted") from error
    except smtplib.SMTPAuthenticationError as error:
        raise NoticeFailed(f"{where} did not accept user and password") from error
    except smtplib.SMTPNotSupportedError as error:
        raise NoticeFailed(f"{where} does not offer what the settings ask of it: {setting.security}") from error
    except smtplib.SMTPResponseException as error:
        raise NoticeFailed(f"{where} refused it ({error.smtp_code})") from error
    except UnicodeError as error:
        raise NoticeFailed("user or password of the mail account has letters that SMTP cannot say") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NoticeFailed(f"{where} cannot be reached") from error


def _accepted(code: int, answer: bytes) -> None:
    if code >= _REFUSED:
        raise smtplib.SMTPResponseException(code, answer)


def _password(setting: SmtpSetting) -> str:
    """The password of the mail account, from its file or command. Raises NoticeFailed."""
    try:
        if setting.password_file is not None:
            with setting.password_file.open("rb") as file:
                found = file.read(_MAX_BYTES)
        elif setting.password_command is not None:
            command = shlex.split(setting.password_command)
            done = subprocess.run(command, stdout=subprocess.PIPE, timeout=_SECONDS, check=True)  # noqa: S603 - the user's own command, split without a shell
            found = done.stdout
        else:
            raise NoticeFailed("smtp has a user, and neither password_file nor password_command")
        password = found.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        source = "password_file" if setting.password_file is not None else "password_command"
        raise NoticeFailed(f"the mail account's password cannot be had from {source}") from error
    if not password:
        raise NoticeFailed("the mail account's password is empty")
    return password

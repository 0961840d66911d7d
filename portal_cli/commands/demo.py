"""`portal demo`: everything with made-up patients, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from portal_cli import cards, everywhere, full_screen, output, progress
from store import signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.server import Sandbox
    from store.client import Client

app = typer.Typer()

_CLINIC_DELAY_SECONDS = 8
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder made by mkdtemp inside it is private
_NEEDED = frozenset({"flask", "authlib", "waitress", "joserfc", "werkzeug"})


@app.command()
def demo() -> None:
    """Try everything with made-up patients: a practice portal, a sign-in, a sync and the dashboard in one.

    In a pipe, or where TERM is dumb, the same is printed as text. Everything it makes is removed at the end.
    """
    with ExitStack() as stack:
        stack.enter_context(
            signals.handling(signals.ENDING, signals.end)
        )  # unwinding, so that what was made is removed
        client = practice(stack)
        with progress.shown() as on_event:
            client.sync.run(on_event=on_event)
        if full_screen.can_draw() and not everywhere.now().no_input:
            full_screen.open_on(client)
        else:
            output.text(cards.home(client.overview.home(), client.medications.list().items))


def practice(stack: ExitStack) -> Client:
    """A client that is signed in to a practice portal of its own; all of it goes when the stack unwinds."""
    from store.services.sign_in import SignInRequest

    portal = stack.enter_context(_practice_portal())
    client = stack.enter_context(_client(stack.enter_context(_private_folder())))
    account = portal.sign_ins[0]
    with client.sign_ins.begin(SignInRequest(portal.base_url, name="demo")) as sign_in:
        sign_in.with_password(account.username, account.password)
    return client


def _practice_portal() -> Sandbox:
    try:
        from portal_cli.sandbox.server import Sandbox, SandboxOptions
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        from store.errors import ExtraMissing

        raise ExtraMissing("the practice portal", "sandbox") from error
    return Sandbox(SandboxOptions(port=0, clinic_delay=_CLINIC_DELAY_SECONDS))


@contextmanager
def _client(folder: Path) -> Iterator[Client]:
    import secrets

    from store.client import Client
    from store.config import Settings

    passphrase = secrets.token_urlsafe(32)
    settings = Settings(vault_dir=folder / "vault", config_file=folder / "config.toml")
    with Client(settings, lambda: passphrase, lambda: passphrase) as client:
        yield client


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder that only this user may enter, gone afterwards.

    It is where TMPDIR says, else in memory where the system has such a place.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="portal-demo-", dir=os.environ.get("TMPDIR") or _IN_MEMORY))
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="portal-demo-"))
    try:
        yield folder
    finally:
        # an impatient second Ctrl-C must not stop the cleaning
        with signals.handling(("SIGINT", *signals.ENDING), signal.SIG_IGN):
            shutil.rmtree(folder, ignore_errors=True)

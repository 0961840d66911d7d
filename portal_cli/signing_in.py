"""Signing in at a terminal: with a browser, a pasted address, another device, or a password."""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli import diagnostics, everywhere, output, prompts

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portals import PortalSummary
    from store.services.sign_in import Chart, SignIn, SignInRequest


@dataclass(frozen=True)
class Way:
    """How to sign in: without the browser, on another device, or as `username` with a password."""

    no_browser: bool = False
    device: bool = False
    username: str | None = None
    password_stdin: bool = False
    second_step: str | None = None

    @property
    def clash(self) -> str:
        """What cannot be had together, or nothing."""
        if self.password_stdin and self.username is None:
            return "--password-stdin needs --username"
        if self.second_step is not None and self.username is None:
            return "--second-step needs --username"
        if [self.no_browser, self.device, self.username is not None].count(True) > 1:
            return "of --no-browser, --device and --username only one can be had"
        return ""

    @property
    def needs_somebody(self) -> bool:
        """Whether a person has to finish it, with a browser or at this terminal."""
        return self.username is None and (not self.no_browser or sys.stdin.isatty())


def sign_in(client: Client, request: SignInRequest, way: Way) -> PortalSummary:
    """Sign in, and say what the person who does should know. Raises NoTerminal where one is needed and not wanted."""
    _check_somebody(way)
    with _begun(client, request) as attempt:
        if way.username is not None:
            found = _with_password(attempt, way.username, way.second_step, from_stdin=way.password_stdin)
        elif way.device:
            found = _with_device(attempt)
        else:
            if attempt.caution:
                diagnostics.note(attempt.caution)
            found = attempt.finish(_pasted(attempt) if way.no_browser else _caught(attempt))
        for sentence in attempt.notes:
            diagnostics.note(sentence)
    return found


def tell(client: Client, found: PortalSummary, *, as_json: bool) -> None:
    """Say what came of it."""
    if as_json:
        output.document(found)
    shown = client.people.of(found.name)
    acting = f", acting as {shown.acts_as} ({shown.relationship})" if shown.relationship != "self" else ""
    diagnostics.note(f"Signed in to {found.name} as {found.patient_name or found.patient}{acting}.")
    diagnostics.note(f"The portal has granted: {found.scope or 'what it does not say'}")
    diagnostics.note(f"The vault is in {client.settings.vault_dir}.")


def _check_somebody(way: Way) -> None:
    from portal_cli.problems import NoTerminal  # noqa: PLC0415 - rarely raised

    if everywhere.now().no_input and way.needs_somebody:
        raise NoTerminal(
            "a person has to finish this sign-in, and with --no-input nobody is asked",
            "Leave `--no-input` out; or add `--username NAME --password-stdin` where the portal takes a password here, "
            "or `--no-browser` with the address that the browser ended up at as a line of stdin.",
        )


def _choice(charts: tuple[Chart, ...]) -> Chart | None:
    """Ask whose chart is meant; None where nobody can be asked, or something else was typed."""
    by_words = {str(chart): chart for chart in charts}
    if len(by_words) < len(charts):
        by_words = {f"{chart} {chart.patient}": chart for chart in charts}
    found = prompts.choose("This account may see several charts. Whose do you want to see?", list(by_words))
    return by_words.get(found or "")


def _with_password(attempt: SignIn, username: str, second_step: str | None, *, from_stdin: bool) -> PortalSummary:
    # Deferred: most sign-ins are done in a browser.
    from portal_cli.second_step import SecondStepAsker  # noqa: PLC0415

    typed = prompts.password_on_stdin() if from_stdin else _password(attempt, username)
    asks = second_step is not None if from_stdin else prompts.can_answer()
    asker = SecondStepAsker(second_step, from_stdin=from_stdin) if asks else None
    return attempt.with_password(username, typed, asker, _choice)


def _with_device(attempt: SignIn) -> PortalSummary:
    from store.records.text import one_line  # noqa: PLC0415 - what only helps needs no store

    code = attempt.begin_device()
    diagnostics.note("Open this address on any device with a browser, and sign in there:")
    diagnostics.note(one_line(code.address))
    diagnostics.note(f"Type this code there: {code.user_code}")
    if code.whole_address:
        diagnostics.note("Or open this address, which has the code in it:")
        diagnostics.note(one_line(code.whole_address))
    diagnostics.note("This waits until that is done; Ctrl-C gives it up.")
    return attempt.wait_for_device()


def _begun(client: Client, request: SignInRequest) -> SignIn:
    from portal_cli.problems import Misused  # noqa: PLC0415 - as above

    if request.portal is None and not client.has_vault and not client.settings.portals:
        raise Misused("no portal was named", "Give its FHIR base URL: `portal login https://ADDRESS/fhir`.")
    client.prepare()
    return client.sign_ins.begin(request)


def _password(attempt: SignIn, username: str) -> str:
    from store.records.text import one_line  # noqa: PLC0415 - what only helps needs no store

    if not attempt.offers_password:
        return ""  # the sign-in says so itself, and nothing need be typed before that
    return prompts.password(one_line(username))


def _pasted(attempt: SignIn) -> str:
    diagnostics.note("Open this address in a browser and sign in:")
    diagnostics.note(attempt.url())
    diagnostics.note("Then paste the address the browser was sent to, and press Enter.")
    return prompts.line("the address the browser was sent to is missing on stdin")


def _caught(attempt: SignIn) -> str:
    if os.environ.get("SSH_CONNECTION"):
        diagnostics.note("Over SSH the browser cannot come back to this computer: use `--no-browser`.")
    with attempt.listen() as listener:
        url = attempt.url(listener.redirect_uri)
        diagnostics.note("Sign in with the browser. If none opens, open this address on this computer:")
        diagnostics.note(url)
        webbrowser.open(url)
        return listener.wait(attempt.is_answer)

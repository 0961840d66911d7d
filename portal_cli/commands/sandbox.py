"""`portal sandbox`: run the practice portal on this computer, and act as its staff."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_cli import listings
from portal_cli.choices import Format
from portal_cli.options import FormatOption, JsonOption, duration, examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from portal_cli.problems import PracticeFailed
    from portal_cli.sandbox.outcomes import SandboxError
    from portal_cli.sandbox.server import Sandbox

app = typer.Typer()
_EXTRA = frozenset({"flask", "authlib", "waitress", "joserfc", "werkzeug", "pyotp"})  # what the extra brings


@app.callback(
    invoke_without_command=True,
    epilog=examples("portal sandbox --port 8080", "portal sandbox clinic", "portal sandbox clinic Task/1 advance"),
)
def sandbox(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    load: Annotated[
        Path | None, typer.Option(help="Serve the FHIR JSON in this folder instead of made-up patients.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Remember everything in this file, to go on with it later.")] = None,
    clinic_delay: Annotated[
        str, typer.Option(help="Time between two steps of the clinic, such as 500ms, 2s or 5m.")
    ] = "20s",
    seed: Annotated[int, typer.Option(help="Makes other patients.")] = 1,
    quirks: Annotated[
        str | None, typer.Option(help="Behave like epic, oracle, athena, healow, medplum or hapi.")
    ] = None,
    fault: Annotated[str | None, typer.Option(help="Let things go wrong, such as latency=200ms,429=5%,cut=1%.")] = None,
    patients: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Make up this many patients, all of one size.")
    ] = None,
    resources: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Resources of each of these patients; 1000 if not said.")
    ] = None,
    smtp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Give the portal's e-mails to this SMTP server as well.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run a practice portal with made-up patients on this computer, until Ctrl-C; `clinic` acts as its staff."""
    if context.invoked_subcommand is not None:
        return
    delay = duration(clinic_delay)
    server = _server()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        options = server.SandboxOptions(
            port,
            load,
            file,
            delay,
            seed,
            quirks=quirks,
            faults=fault,
            patients=patients,
            resources=resources,
            smtp=smtp,
        )
        with server.Sandbox(options) as running, _door(running):
            _tell(running, as_json=as_json)
            running.wait()
    except server.SandboxError as error:
        raise _failed(error) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command(
    epilog=examples(
        "portal sandbox clinic",
        "portal sandbox clinic Appointment/1 confirm",
        'portal sandbox clinic Task/1 decline "Please make an appointment."',
        'portal sandbox clinic Communication/1 reply "Come in tomorrow."',
    )
)
def clinic(
    request: Annotated[
        str | None, typer.Argument(metavar="REQUEST", help="Id of what waits; without it, all that waits is listed.")
    ] = None,
    way: Annotated[
        str | None,
        typer.Argument(metavar="WAY", help="confirm, propose, decline, reply, advance or accept; the list says which."),
    ] = None,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="The reason, the answer, or the time to propose.")] = "",
    url: Annotated[str | None, typer.Option(help="Address of the practice portal, when several run.")] = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """See what waits at a running practice portal, and act as its staff."""
    if request and not way:
        raise typer.BadParameter("say what to do with it: the list has the ways")
    how = listings.how(format_, as_json=as_json, limit=None)
    if request:
        listings.refuse_rows(how)
    server = _server()
    from portal_cli.sandbox.staff_door import Visitor

    try:
        visitor = Visitor(url)
        found = visitor.act(request, way, words) if request and way else visitor.waiting()
    except server.SandboxError as error:
        raise _failed(error) from error
    if isinstance(found, list) and listings.wants_rows(how):
        from portal_cli.staff_views import WAITING, Waiting

        listings.rows([Waiting(**{**one, "ways": tuple(one["ways"])}) for one in found], WAITING, how)
    elif how.format is Format.JSON:
        typer.echo(json.dumps(found))
    elif isinstance(found, dict):
        typer.echo(_printable(" ".join(filter(None, (found["id"], "is", found["status"], found["made"])))))
    else:
        _tell_waiting(found)


def _tell_waiting(found: list[dict[str, Any]]) -> None:
    for one in found:
        typer.echo(_printable(f"{one['id']}  {one['kind']}, {one['status']}, of {one['patient_name']}"))
        typer.echo(_printable(f"  {one['what']}"))
        typer.echo(f"  {', '.join(one['ways'])}")
    if not found:
        typer.echo("Nothing waits.", err=True)


@contextmanager
def _door(running: Sandbox) -> Iterator[None]:
    """Keep the staff's door known to this user while a portal runs."""
    from portal_cli.sandbox import staff_door

    path = staff_door.keep(running.base_url, running.portal.staff_secret)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _server() -> ModuleType:
    """The module that serves. Raises ExtraMissing."""
    try:
        from portal_cli.sandbox import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        from store.errors import ExtraMissing

        raise ExtraMissing("the practice portal", "sandbox") from error
    return server


def _tell(running: Sandbox, *, as_json: bool) -> None:
    for line in running.skipped:
        typer.echo(_printable(line), err=True)
    sign_ins: list[dict[str, Any]] = [
        {
            "username": one.username,
            "password": one.password,
            "patient": one.patient,
            "name": one.name,
            "cares_for": [{"patient": other.patient, "name": other.name} for other in running.cared_for(one)],
        }
        for one in running.sign_ins
    ]
    has_pages = running.mode is None
    text = _document(running.base_url, sign_ins) if as_json else _text(running.base_url, sign_ins, has_pages=has_pages)
    typer.echo(text)
    sys.stdout.flush()


def _document(url: str, sign_ins: list[dict[str, Any]]) -> str:
    return json.dumps({"url": url, "sign_ins": sign_ins})


def _text(url: str, sign_ins: list[dict[str, Any]], *, has_pages: bool) -> str:
    origin = url.removesuffix("/fhir")
    lines = [f"The practice portal is at {url}", "", "Sign in with"]
    for one in sign_ins:
        others = ", ".join(_printable(other["name"]) for other in one["cares_for"])
        row = f"  {one['username']}  {one['password']}  {_printable(one['name'])}"
        lines.append(f"{row}, who cares for {others}" if others else row)
    if has_pages:
        lines += ["", f"Accounts are at {origin}/account", f"E-mails and texts are at {origin}/mailbox"]
    return "\n".join([*lines, "", "Stop it with Ctrl-C."])


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _failed(error: SandboxError) -> PracticeFailed:
    """An error of the practice portal as one of the command line."""
    from portal_cli import problems

    kinds = {
        "USAGE": problems.PracticeMisused,
        "MISSING": problems.PracticeMissing,
        "UNREACHABLE": problems.PracticeUnreachable,
        "REFUSED": problems.PracticeRefused,
        "FAILED": problems.PracticeFailed,
    }
    return kinds[error.why.name](_printable(str(error)), _printable(error.hint))


def _terminated(_signal: int, _frame: object) -> None:
    raise typer.Exit(0)

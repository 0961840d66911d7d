"""What `portal help TOPIC` shows: the exit codes and variables as the program has them, privacy, and scripting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.diagnostics import ExitCode
from portal_cli.registry import COMMANDS
from portal_cli.tables import aligned
from store.config import VARIABLES
from store.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PRIVACY = """What stays, and what leaves

Records, messages, requests, tokens and the audit trail rest in one vault on this computer, encrypted with
SQLCipher (AES-256, HMAC-SHA-512) under a key that your passphrase, a recovery code, the keychain or a session
opens. Without one of them nobody reads it, and nobody can help you if you lose them all.

The program speaks with the portals that you sign in to, over TLS, and with nobody else, unless you ask it to:
`portal learn` sends one code to whom it names, after a yes; `portal portals import URL` fetches a directory;
reminders by e-mail go by your own mail server. There is no telemetry and no account with us.

What leaves the vault is no longer protected by it: exports, downloads, what is copied, and what a terminal keeps
of its screen. `portal audit` shows who read, wrote and exported what, and when."""

_SCRIPTING = """Using portal in scripts

stdout carries data, stderr talk; exit codes say what happened (`portal help exit-codes`). `--json` prints one
document, `--format ndjson` one line a row, `--format csv` a table; numbers keep the digits that were served, and
dates are as the portal wrote them. A pipe gets no colour, no progress, no questions and no cut-off lists.

Nobody is asked anything where stdin is no terminal: what needs a yes ends with 16, unless `--yes` is there. The
passphrase comes from PORTAL_PASSPHRASE_FILE or PORTAL_PASSPHRASE_COMMAND, or `portal unlock` keeps the vault open
for a while.

  portal sync && portal labs --abnormal --json
  portal records list --format ndjson | head
  portal status --json"""


def names() -> tuple[str, ...]:
    """Every topic."""
    return tuple(_TOPICS)


def text(words: Sequence[str]) -> str:
    """The help that is meant by what was typed: a topic, a command, or, for nothing, what there is.

    Raises NotFound.
    """
    if not words:
        return f"Topics: {', '.join(names())}\n\n`portal help COMMAND` shows the help of a command, as `--help` does."
    if words[0] == _SCHEMAS and len(words) > 1:
        return _schema(words[1:])
    if len(words) == 1 and words[0] in _TOPICS:
        return _TOPICS[words[0]]()
    if words[0] in COMMANDS:
        return _command(words)
    raise NotFound("topic or command", " ".join(words), names())


def _command(words: Sequence[str]) -> str:
    # Deferred: the topics need no commands.
    import typer.main  # noqa: PLC0415

    from portal_cli.main import app  # noqa: PLC0415

    command = typer.main.get_command(app)
    here = command.make_context("portal", [], resilient_parsing=True)
    for place, word in enumerate(words):
        _, found, _ = command.resolve_command(here, [word])  # type: ignore[attr-defined]  # a group, as below
        if found is None or not (place == len(words) - 1 or hasattr(found, "resolve_command")):
            raise NotFound("command", " ".join(words))
        here = found.make_context(word, [], parent=here, resilient_parsing=True)
        command = found
    return here.get_help()


def _exit_codes() -> str:
    rows = [(str(code.value), code.meaning) for code in ExitCode]
    return f"Exit codes; a number never changes its meaning\n\n{aligned(rows)}"


def _environment() -> str:
    return f"Variables of the environment\n\n{aligned(list(VARIABLES.items()))}"


def _schemas() -> str:
    # Deferred: only who asks for schemas reads them.
    from portal_cli import schemas  # noqa: PLC0415

    listed = "\n".join(f"  {name}" for name in schemas.names())
    return (
        "What `--json` prints, as JSON Schema (2020-12)\n\n"
        "`portal help schemas labs list` prints the schema of `portal labs list --json`; with `--format ndjson` each\n"
        "line is an item of the same list. Members are added without notice. When one is removed or gets another\n"
        "type, the `version` of the schema goes up.\n\n"
        f"{listed}"
    )


def _schema(words: Sequence[str]) -> str:
    from portal_cli import schemas  # noqa: PLC0415 - as in _schemas

    found = schemas.text(words)
    if found is None:
        raise NotFound("schema", " ".join(words), schemas.near(words))
    return found


def _man() -> str:
    # Deferred: as in _schemas.
    from portal_cli import man_page  # noqa: PLC0415

    return man_page.text()


_SCHEMAS = "schemas"
_TOPICS: dict[str, Callable[[], str]] = {
    "exit-codes": _exit_codes,
    "environment": _environment,
    "privacy": lambda: _PRIVACY,
    "scripting": lambda: _SCRIPTING,
    _SCHEMAS: _schemas,
    "man": _man,
}

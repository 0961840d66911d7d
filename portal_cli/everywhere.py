"""Options that work anywhere on a command line, with the variables that stand for them."""

from __future__ import annotations

import os
from typing import NamedTuple

from portal_cli.choices import options_of

_FLAGS = {
    "--debug": "debug",
    "--accessible": "accessible",
    "--quiet": "quiet",
    "--verbose": "verbose",
    "--no-input": "no_input",
    "--no-pager": "no_pager",
}
_LOG_FILE = "--log-file"
_NOTHING_SAID = {"", "0", "no", "false"}


class Everywhere(NamedTuple):
    """What holds for a whole run.

    With `debug`, what happens inside is told, and with `verbose` in words what is done; with `quiet` nothing but data,
    errors and questions. With `no_input` nobody is asked, with `no_pager` long texts are printed as they are. What
    happens goes into `log_file` too, where there is one.
    """

    debug: bool = False
    accessible: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    no_pager: bool = False
    log_file: str = ""


_RUN = {"now": Everywhere()}


def now() -> Everywhere:
    """What holds for this run."""
    return _RUN["now"]


def is_dumb() -> bool:
    """Whether the terminal calls itself dumb: nothing can be coloured or drawn on it."""
    return os.environ.get("TERM") == "dumb"


def begin(arguments: list[str]) -> None:
    """Settle it from a command line and the environment."""
    found, _ = read(arguments)
    _RUN["now"] = found._replace(
        accessible=found.accessible or _is_said("PORTAL_ACCESSIBLE"),
        no_input=found.no_input or _is_said("PORTAL_NO_INPUT"),
        log_file=found.log_file or os.environ.get("PORTAL_LOG_FILE", ""),
    )


def read(arguments: list[str]) -> tuple[Everywhere, list[str]]:
    """What a command line says of it, and the command line without that."""
    own = options_of(arguments)
    found, rest = Everywhere(), list[str]()
    left = iter(own)
    for word in left:
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            found = Everywhere(**{**found._asdict(), _FLAGS[word]: True})
        elif name == _LOG_FILE:
            found = found._replace(log_file=value if equals else next(left, ""))
        else:
            rest.append(word)
    return found, rest + arguments[len(own) :]


def check(arguments: list[str]) -> None:
    """Make sure that what takes a file has one. Raises Misused."""
    words = iter(options_of(arguments))
    for word in words:
        name, equals, value = word.partition("=")
        if name == _LOG_FILE and not (value if equals else next(words, "")):
            # Deferred: hardly any command line lacks it.
            from portal_cli.problems import Misused  # noqa: PLC0415

            raise Misused(f"{_LOG_FILE} needs a file", f"Name one: `{_LOG_FILE} FILE`.")


def _is_said(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in _NOTHING_SAID

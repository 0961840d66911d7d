"""Questions to whoever sits at the terminal. Where nobody does, none is asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from portal_cli import diagnostics, everywhere, output, undecoded
from portal_cli.diagnostics import note
from portal_cli.problems import Misused, NoTerminal
from store.errors import ConfirmationNeeded, InvalidInput, PassphraseWeak, VaultLocked

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIES = 3
_TERMINAL = "/dev/tty"


def has_terminal() -> bool:
    """Whether a secret can be asked for: not by way of stdin, which may be a pipe, but of the terminal itself."""
    if everywhere.now().no_input:
        return False
    if os.name != "posix":
        return sys.stdin.isatty()
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def passphrase() -> str:
    """Ask for the passphrase of the vault. Raises VaultLocked when none is typed."""
    typed = _secret("Passphrase of the vault: ")
    if not typed:
        raise VaultLocked
    return typed


def new_passphrase() -> str:
    """Ask twice for a new passphrase, and again while it could be guessed. Raises InvalidInput after some tries."""
    # Deferred: most runs choose no passphrase.
    from store.opening import check_new_passphrase  # noqa: PLC0415

    note("Your records are kept in an encrypted vault on this computer.")
    note("Choose a passphrase for it; several words that do not belong together make a good one.")
    for _ in range(_TRIES):
        typed = _secret("New passphrase: ")
        try:
            check_new_passphrase(typed)
        except PassphraseWeak as error:
            note(" ".join(("That could be guessed.", *error.advice)))
            continue
        if typed == _secret("The same again: "):
            return typed
        note("The two are not the same.")
    raise InvalidInput("no passphrase was chosen")


def export_passphrase() -> str:
    """Ask twice for the passphrase of an encrypted export. Raises InvalidInput where the two are not the same."""
    note("The export is encrypted with a passphrase, which whoever is to read it has to know.")
    typed = _secret("Passphrase of the export: ")
    if typed != _secret("The same again: "):
        raise InvalidInput("the two are not the same, and nothing was written")
    return typed


def password(username: str) -> str:
    """Ask for the password of an account. Raises NoTerminal where nobody can be asked."""
    if not has_terminal():
        raise NoTerminal("there is no terminal to type a password at", "Pass it on stdin with `--password-stdin`.")
    return undecoded.read(lambda: _secret(f"Password of {username}: "))


def secret(question: str) -> str:
    """Ask for a secret of an account. Raises NoTerminal where nobody can be asked."""
    if not has_terminal():
        raise NoTerminal("there is no terminal to type a secret at", "Pass it on stdin with `--password-stdin`.")
    return undecoded.read(lambda: _secret(question))


def password_on_stdin() -> str:
    """Read a password as one line of stdin."""
    typed = undecoded.read(sys.stdin.readline).rstrip("\r\n")
    if not typed:
        raise Misused("there is no password on stdin", "Write it there as one line, or leave `--password-stdin` out.")
    return typed


def piped_text() -> str:
    """Read all of stdin as text that a person wrote."""
    return undecoded.read(sys.stdin.read).strip()


def line(sentence: str) -> str:
    """Read one line of stdin; `sentence` says what is missing when there is none."""
    typed = undecoded.read(sys.stdin.readline).strip()
    if not typed:
        raise Misused(sentence, "Run it again; a sign-in that was begun cannot be gone on with.")
    return typed


def confirm(question: str, action: str, *, has_dry_run: bool = False) -> bool:
    """Ask for a yes. Raises ConfirmationNeeded, with what would be done, where nobody can be asked.

    `has_dry_run` is whether the command can show what it would send to a portal.
    """
    if not can_answer():
        raise ConfirmationNeeded(action, can_be_shown=has_dry_run)
    return _answer(f"{question} [y/N] ").lower() in {"y", "yes"}


def visible(question: str) -> str:
    """Ask for something that may be seen while it is typed. Raises NoTerminal where nobody can be asked."""
    if not can_answer():
        raise NoTerminal("there is nobody to ask", "Run it in a terminal.")
    return _answer(question)


def choose(question: str, choices: Sequence[str]) -> str | None:
    """Ask which of several is meant; None where nobody can be asked, or for any other answer."""
    if not can_answer():
        return None
    note(question)
    for number, choice in enumerate(choices, start=1):
        note(f"  {number}  {choice}")
    answer = _answer("Number: ")
    is_one = answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices)
    return choices[int(answer) - 1] if is_one else None


def can_answer() -> bool:
    """Whether a person types at stdin and reads stderr."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not everywhere.now().no_input


def _make_ready() -> None:
    """Show what was held back so far: who is asked has to know about what."""
    output.release()
    diagnostics.tell_held()


def _secret(question: str) -> str:
    """Ask for something that is not to be seen; bytes that the terminal's encoding has no letter for are surrogates."""
    # Deferred: most runs ask for nothing.
    from getpass import getpass  # noqa: PLC0415

    _make_ready()
    try:
        return getpass(question)
    except EOFError as error:  # Ctrl-D: whoever is asked has nothing to say, and wants it to end
        raise KeyboardInterrupt from error
    except UnicodeDecodeError as error:  # getpass takes no other way of decoding; what it has read is a whole line
        print(file=sys.stderr, flush=True)  # noqa: T201 - the end of the line, which was not echoed
        return error.object.decode(error.encoding, "surrogateescape").partition("\n")[0]


def _answer(question: str) -> str:
    _make_ready()
    print(question, end="", file=sys.stderr, flush=True)  # noqa: T201 - a question is talk
    return undecoded.read(sys.stdin.readline).strip()

"""Where a passphrase comes from: a file, a command, or whoever sits at the terminal; never argv or a variable."""

from __future__ import annotations

import shlex
import unicodedata
from typing import TYPE_CHECKING

from store.errors import PassphraseUnreadable, VaultLocked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.config import Settings

_COMMAND_SECONDS = 60
_MAX_BYTES = 64 * 1024


def obtain(settings: Settings, ask: Callable[[], str] | None, without: str = "the vault is locked") -> bytes:
    """Read the passphrase from PORTAL_PASSPHRASE_FILE, PORTAL_PASSPHRASE_COMMAND or `ask`, the first that is there.

    One line end at the end is not part of it. Raises PassphraseUnreadable when the source fails, VaultLocked
    when there is none, which says what it is to be `without` one.
    """
    if settings.passphrase_file:
        return _from_file(settings.passphrase_file, "PORTAL_PASSPHRASE_FILE")
    if settings.passphrase_command:
        return _from_command(settings.passphrase_command)
    if ask is None:
        raise VaultLocked(without)
    return from_text(ask())


def obtain_new(settings: Settings, ask: Callable[[], str] | None) -> bytes:
    """Read a passphrase that is to take the place of another, from PORTAL_NEW_PASSPHRASE_FILE or `ask`.

    Raises as `obtain` does.
    """
    return _chosen(settings.new_passphrase_file, "PORTAL_NEW_PASSPHRASE_FILE", ask, "a new passphrase")


def obtain_for_export(settings: Settings, ask: Callable[[], str] | None) -> bytes:
    """Read the passphrase that an export is encrypted with, from PORTAL_EXPORT_PASSPHRASE_FILE or `ask`.

    Raises as `obtain` does.
    """
    what = "a passphrase for the export"
    return _chosen(settings.export_passphrase_file, "PORTAL_EXPORT_PASSPHRASE_FILE", ask, what)


def _chosen(file: Path | None, variable: str, ask: Callable[[], str] | None, what: str) -> bytes:
    """A passphrase that is chosen now, from the file that a variable names or from `ask`."""
    if file:
        return _from_file(file, variable)
    if ask is None:
        raise VaultLocked(f"{what} is needed, and none was given", is_new=True)
    return from_text(ask())


def from_text(typed: str) -> bytes:
    """A passphrase as it was typed, as bytes."""
    return normalise(typed.encode("utf-8", "surrogateescape"))  # bytes that the terminal's encoding has no letter for


def normalise(passphrase: bytes) -> bytes:
    """The same bytes for the same typed text, whichever way a keyboard composes its letters (Unicode NFC)."""
    try:
        return unicodedata.normalize("NFC", passphrase.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return passphrase


def _from_file(path: Path, source: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a pipe such as /dev/fd/3 is welcome
            content = file.read(_MAX_BYTES)
    except OSError as error:
        raise PassphraseUnreadable(source, (error.strerror or str(error)).lower()) from error
    return _one_line(content, source)


def _from_command(command: str) -> bytes:
    # Deferred: most vaults open without a command.
    import subprocess  # noqa: PLC0415

    source = "PORTAL_PASSPHRASE_COMMAND"
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, split without a shell
            shlex.split(command), stdout=subprocess.PIPE, timeout=_COMMAND_SECONDS, check=True
        )
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        why = f"it ended with {error.returncode}" if isinstance(error, subprocess.CalledProcessError) else "it failed"
        raise PassphraseUnreadable(source, why) from error
    return _one_line(done.stdout, source)


def _one_line(content: bytes, source: str) -> bytes:
    passphrase = content.removesuffix(b"\n").removesuffix(b"\r")
    if not passphrase:
        raise PassphraseUnreadable(source, "it is empty")
    return normalise(passphrase)

"""What goes to stderr: errors in words with their exit codes, and talk that is not data."""

from __future__ import annotations

import re
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Self

from portal_cli import everywhere
from store import errors, people_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer


class ExitCode(IntEnum):
    """Every exit code of `portal`, with its `meaning` in words; a number never changes its meaning."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> Self:
        """Make the code of a number."""
        code = int.__new__(cls, number)
        code._value_, code.meaning = number, meaning
        return code

    OK = 0, "done"
    FAILED = 1, "not done, for a reason without a code of its own"
    USAGE = 2, "the command line, or what was typed, cannot be understood"
    PARTLY_DONE = 3, "partly done: some of it failed, the rest is done"
    SIGN_IN = 4, "sign in again"
    NETWORK = 5, "the portal cannot be reached, or gives answers that cannot be used"
    NOT_FOUND = 6, "not found"
    NOT_OFFERED = 7, "not offered by this portal, or not allowed by this sign-in"
    REJECTED = 8, "rejected by the portal"
    DAMAGED = 9, "the vault or its audit trail is damaged or was tampered with, or the file is no vault"
    LOCKED = 10, "the vault is locked and no passphrase was given, or its session has ended"
    NO_VAULT = 11, "there is no vault yet"
    WRONG_PASSPHRASE = 12, "wrong passphrase, or wrong recovery code"
    CONFLICTS = 13, "conflicts wait for a decision"
    BUSY = 14, "another `portal` is at work"
    NEWER = 15, "the vault was written by a newer program"
    CONFIRMATION = 16, "a confirmation is needed, and there is nobody to ask"
    INTERRUPTED = 130, "interrupted"
    PIPE_CLOSED = 141, "whoever read the output has gone"


EXIT_CODES: dict[type[errors.PortalError], ExitCode] = {
    errors.PortalError: ExitCode.FAILED,
    errors.InvalidInput: ExitCode.USAGE,
    errors.PortTaken: ExitCode.USAGE,
    errors.RedirectElsewhere: ExitCode.USAGE,
    errors.NotImportable: ExitCode.USAGE,
    errors.ConfigurationBroken: ExitCode.USAGE,
    errors.FileInTheWay: ExitCode.USAGE,
    errors.NotFound: ExitCode.NOT_FOUND,
    people_errors.ChartUnknown: ExitCode.NOT_FOUND,
    errors.Ambiguous: ExitCode.USAGE,
    people_errors.ChartNeeded: ExitCode.USAGE,
    errors.AlreadyRequested: ExitCode.FAILED,
    errors.ConfirmationNeeded: ExitCode.CONFIRMATION,
    people_errors.OtherPatient: ExitCode.CONFIRMATION,
    errors.PartlyDone: ExitCode.PARTLY_DONE,
    errors.NoticeFailed: ExitCode.FAILED,
    errors.NoticeDoubtful: ExitCode.FAILED,
    errors.WrongState: ExitCode.FAILED,
    errors.ConflictsWaiting: ExitCode.CONFLICTS,
    errors.DirectoryDamaged: ExitCode.FAILED,
    errors.ExtraMissing: ExitCode.FAILED,
    errors.VaultError: ExitCode.FAILED,
    errors.NoVault: ExitCode.NO_VAULT,
    errors.VaultErased: ExitCode.NO_VAULT,
    errors.VaultExists: ExitCode.FAILED,
    errors.VaultLocked: ExitCode.LOCKED,
    errors.SessionEnded: ExitCode.LOCKED,
    errors.PassphraseUnreadable: ExitCode.LOCKED,
    errors.PassphraseWeak: ExitCode.USAGE,
    errors.WrongPassphrase: ExitCode.WRONG_PASSPHRASE,
    errors.WrongRecoveryCode: ExitCode.WRONG_PASSPHRASE,
    errors.KeychainFailed: ExitCode.FAILED,
    errors.VaultDamaged: ExitCode.DAMAGED,
    errors.VaultNewer: ExitCode.NEWER,
    errors.VaultBusy: ExitCode.BUSY,
    errors.VaultUnsafe: ExitCode.FAILED,
    errors.VaultUnsound: ExitCode.DAMAGED,
    errors.AuditBroken: ExitCode.DAMAGED,
    errors.StorageFailed: ExitCode.FAILED,
    errors.IdentityClash: ExitCode.DAMAGED,
    errors.EngineUnsafe: ExitCode.FAILED,
    errors.RemoteError: ExitCode.FAILED,
    errors.Unreachable: ExitCode.NETWORK,
    errors.BadAnswer: ExitCode.NETWORK,
    errors.InsecureAddress: ExitCode.USAGE,
    errors.SignInNeeded: ExitCode.SIGN_IN,
    people_errors.RightEnded: ExitCode.SIGN_IN,
    errors.SignInRefused: ExitCode.SIGN_IN,
    errors.NotOffered: ExitCode.NOT_OFFERED,
    people_errors.NotGranted: ExitCode.NOT_OFFERED,
    errors.AccountRefused: ExitCode.REJECTED,
    errors.Rejected: ExitCode.REJECTED,
}

_HELD: list[str] = []
_THEIR_WORDS = (
    (re.compile("Value error, "), ""),
    (re.compile("Input should be a valid integer.*", re.DOTALL), "it has to be a whole number"),
    (re.compile("Input should be a valid number.*", re.DOTALL), "it has to be a number"),
    (re.compile("Input should be greater than or equal to "), "it has to be at least "),
    (re.compile("Input should be less than or equal to "), "it has to be at most "),
    (re.compile("^Invalid value: "), ""),
)
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_debugging() -> bool:
    """Whether this run was asked to tell what happens inside."""
    return everywhere.now().debug


def note(sentence: str) -> None:
    """Say something that is not data; with --quiet it is held back until something is asked, and else never said."""
    if everywhere.now().quiet:
        _HELD.append(sentence)
    else:
        say(sentence)


def detail(sentence: str) -> None:
    """Say what is of use only to who has asked for more, with --verbose."""
    if everywhere.now().verbose:
        say(sentence)


def tell_held() -> None:
    """Say what was held back: who is asked has to know about what."""
    while _HELD:
        say(_HELD.pop(0))


def say(sentence: str) -> None:
    """Say something on stderr; nothing in it can steer the terminal."""
    # Deferred: most runs have nothing to tell.
    from store.records.text import sanitize  # noqa: PLC0415

    print(sanitize(sentence), file=sys.stderr, flush=True)  # noqa: T201 - this module is what prints to stderr


def exit_code(error: errors.PortalError) -> ExitCode:
    """The exit code of an error: that of its class, or of the nearest one above it."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)


def report(error: errors.PortalError, command: str, *, as_json: bool) -> ExitCode:
    """Tell an error of a command in words and return its exit code."""
    from portal_cli.hints import hint_for  # noqa: PLC0415 - most runs have no error to tell

    code = exit_code(error)
    name = _WORD_START.sub("-", type(error).__name__).lower()
    _tell(name, _sentence(error), hint_for(error, command), code, as_json=as_json)
    if not as_json:
        for part in _parts(error):
            say(f"  - {_shown(part)}")
    return code


def _parts(error: errors.PortalError) -> tuple[str, ...]:
    """What an error is made of, where it is more than its sentence says."""
    if isinstance(error, errors.PartlyDone):
        return error.failures
    if isinstance(error, errors.VaultUnsound | errors.AuditBroken) and len(error.findings) > 1:
        return error.findings
    if isinstance(error, errors.AccountRefused):
        return error.findings
    return error.advice if isinstance(error, errors.PassphraseWeak) else ()


def report_usage(error: typer.TyperException, *, as_json: bool) -> ExitCode:
    """Tell what cannot be understood of a command line."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "portal"
    sentence = _in_our_words(error.format_message()).removesuffix(".").replace(": Value error, ", ": ")
    _tell("usage", sentence[:1].lower() + sentence[1:], f"See `{command} --help`.", ExitCode.USAGE, as_json=as_json)
    return ExitCode.USAGE


def _in_our_words(sentence: str) -> str:
    """What Typer says of an argument, without the words of what it is made of."""
    for theirs, ours in _THEIR_WORDS:
        sentence = theirs.sub(ours, sentence)
    return sentence


def report_unexpected(error: Exception, *, as_json: bool) -> ExitCode:
    """Tell of a mistake in the program. Its message is not shown, since it could quote a record."""
    hint = "Run it again with `--debug` for the place in the program; that holds no health data."
    sentence = f"this is a mistake in portal ({type(error).__name__})"
    _tell("internal", sentence, hint, ExitCode.FAILED, as_json=as_json)
    return ExitCode.FAILED


def report_interrupted(*, as_json: bool) -> ExitCode:
    """Tell that the user stopped it."""
    if not as_json:
        say("")
    _tell("interrupted", "stopped", "", ExitCode.INTERRUPTED, as_json=as_json)
    return ExitCode.INTERRUPTED


def show_traceback(error: BaseException) -> None:
    """Print where an error came from: places in the program and names of errors, and no value of any variable."""
    # Deferred: few runs are asked where an error came from.
    import traceback  # noqa: PLC0415

    for link in reversed(list(_causes(error))):
        say("".join(traceback.format_tb(link.__traceback__)) + _named(link))


def _named(error: BaseException) -> str:
    known = f": {_sentence(error)}" if isinstance(error, errors.PortalError) else ""
    return f"{type(error).__name__}{known}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _sentence(error: errors.PortalError) -> str:
    if isinstance(error, errors.Ambiguous) and not error.name:
        return f"there are {len(error.choices)} {error.kind}s and none was named"
    return str(error)


def _tell(name: str, sentence: str, hint: str, code: ExitCode, *, as_json: bool) -> None:
    message, advice = _shown(sentence), _shown(hint)
    if as_json:
        import json  # noqa: PLC0415 - as in report

        document = {"error": {"code": name, "message": message, "hint": advice, "exit": int(code)}}
        say(json.dumps(document, ensure_ascii=True))
        return
    say(f"portal: {message}")
    if advice:
        say(f"  → {advice}")


def _shown(text: str) -> str:
    from store.records.text import one_line  # noqa: PLC0415 - as in note

    return one_line(text)

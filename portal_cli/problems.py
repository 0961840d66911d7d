"""Errors that only a command line has, in the family of the store's; each carries its own hint."""

from __future__ import annotations

from store.errors import ConfirmationNeeded, InvalidInput, NotFound, PortalError, Rejected, Unreachable

OUTPUT = "the output"
"""What a command prints, where a disk that refuses it is named."""


class Ended(Exception):
    """The run has ended early, and all that there is to say is said. Attribute: `code`, its exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Misused(InvalidInput):
    """A command cannot do what was asked in the way it was asked. Attribute: `hint`, what to do instead."""

    def __init__(self, sentence: str, hint: str) -> None:
        self.hint = hint
        super().__init__(sentence)


class NoTerminal(Misused):
    """There is nobody to ask and no screen to draw on."""


class WhoseUnconfirmed(ConfirmationNeeded):
    """Somebody else's records would be imported, and nobody can be asked. Attribute: `hint`, what to do instead."""

    def __init__(self, person: str) -> None:
        self.hint = "`--patient NAME` says whose records you mean, `--all` that everybody's are meant."
        super().__init__(f"importing the records of {person}")


class EditorFailed(PortalError):
    """Nothing came of editing. Attribute: `hint`, what to do instead."""

    def __init__(self, sentence: str) -> None:
        self.hint = "Set VISUAL or EDITOR to an editor of yours, or give the text with `--file FILE`."
        super().__init__(sentence)


class EditorUndecoded(EditorFailed, InvalidInput):
    """What an editor saved is no text in UTF-8, and nobody knows what was meant. Attribute: `hint`."""

    def __init__(self) -> None:
        super().__init__("what the editor saved is no text in UTF-8")
        self.hint = "Have the editor save in UTF-8, and go on with `portal messages draft edit ID`."


class ViewerFailed(PortalError):
    """A file could not be shown. Attribute: `hint`, what to do instead."""

    def __init__(self, sentence: str) -> None:
        self.hint = "Name one with PORTAL_VIEWER, or keep the file with `portal records download`."
        super().__init__(sentence)


class PracticeFailed(PortalError):
    """The practice portal cannot start, or not do something. Attribute: `hint`, what to do instead."""

    def __init__(self, sentence: str, hint: str) -> None:
        self.hint = hint
        PortalError.__init__(self, sentence)


class PracticeMisused(PracticeFailed, InvalidInput):
    """It was asked for wrongly."""


class PracticeMissing(PracticeFailed, NotFound):
    """What was named is not there."""


class PracticeUnreachable(PracticeFailed, Unreachable):
    """None runs here, or it does not answer."""


class PracticeRefused(PracticeFailed, Rejected):
    """It refuses what its staff was to do."""

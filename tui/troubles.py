"""Errors in words for the dashboard: one sentence, and one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import errors, people_errors
from store.light import dataclass
from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from store.errors import PortalError


@dataclass(frozen=True)
class Trouble:
    """What went wrong and what to do next; `is_offline` when a portal could not be reached."""

    sentence: Safe
    hint: Safe
    is_offline: bool = False

    @property
    def words(self) -> Safe:
        """Both, on lines of their own."""
        return Safe(f"{self.sentence}\n{self.hint}" if self.hint else self.sentence)


# The first class that an error belongs to gives the hint; a class stands before its bases.
_HINTS: tuple[tuple[type[PortalError], str], ...] = (
    (errors.VaultErased, "`portal vault erase` removes them; `portal login URL` makes a new vault."),
    (errors.NoVault, "Begin with `portal login URL`, or look around with `portal demo`."),
    (errors.WrongPassphrase, "Try again; capital letters count."),
    (errors.VaultLocked, "Start the dashboard again and type the passphrase."),
    (errors.PassphraseWeak, "Several words that do not belong together make a good one."),
    (errors.WrongRecoveryCode, "Compare it with the paper, group by group. 0 and O, 1, I and L are the same."),
    (errors.VaultExists, "Leave and start the dashboard again to use it."),
    (errors.KeychainFailed, "The passphrase opens the vault as before."),
    (errors.PassphraseUnreadable, "Check that setting, or unset it to be asked here."),
    (errors.VaultNewer, "Install the newest `portal` to open it."),
    (errors.VaultBusy, "Wait until the other one is done, then try again."),
    (errors.VaultUnsafe, "Make the folder and its files yours alone: `chmod -R go= FOLDER`."),
    (errors.VaultDamaged, "Leave its files as they are and bring back a backup of the vault."),
    (errors.StorageFailed, "Free some space on the disk, then try again."),
    (errors.EngineUnsafe, "Update `portal` and the packages it came with."),
    (people_errors.OtherPatient, "Press Esc, then p, and choose whose chart is shown."),
    (people_errors.RightEnded, "Ask the practice to renew it, then `portal login`. What you see is your own copy."),
    (errors.SignInNeeded, "Sign in under Portals (g, then w), then press s here."),
    (people_errors.ChartNeeded, "Choose whose chart is meant."),
    (errors.InsecureAddress, "Use the portal's https:// address; http:// is for portals on this computer."),
    (errors.PortTaken, "Open the address yourself, and paste the one that the browser ends up at."),
    (errors.RedirectElsewhere, "Open the address yourself, and paste the one that the browser ends up at."),
    (errors.SignInRefused, "Check what you typed, and try again. Esc goes back."),
    (errors.AuditBroken, "Keep a copy of the vault as it is, and look at the lines around those."),
    (errors.Unreachable, "What you see is your own copy; press s to try again."),
    (errors.AlreadyRequested, "It is among the refill requests (g, then f), where it can be cancelled."),
    (errors.ConflictsWaiting, "Decide it under Conflicts: press g, then k."),
    (errors.NotOffered, "The practice takes it by telephone, or on the pages of its portal."),
    (errors.RemoteError, "What you see is your own copy; press s to try again later."),
)

_ELSEWHERE = "It was changed in another window meanwhile."
_NOT_FOUND = {
    "conflict": _ELSEWHERE,
    "directory": "Type the portal's address, or get a directory of portals first with `portal portals import`.",
    "draft": _ELSEWHERE,
    "portal": _ELSEWHERE,
    "reminder": _ELSEWHERE,
    "request": _ELSEWHERE,
}


def describe(error: PortalError) -> Trouble:
    """Put an error of the store into words."""
    hint = next((words for kind, words in _HINTS if isinstance(error, kind)), "")
    if isinstance(error, errors.PassphraseWeak):
        hint = " ".join((*error.advice, hint))
    if isinstance(error, errors.NotFound):
        hint = _NOT_FOUND.get(error.kind, "Press s to fetch what is new.")
    own, extra = getattr(error, "hint", None), getattr(error, "extra", None)
    said = own if isinstance(own, str) else f"`pip install 'portal-terminal[{extra}]'`" if extra else hint
    shown = one_line(_choices(error) or said)
    return Trouble(_sentence(str(error)), shown, is_offline=isinstance(error, errors.Unreachable))


def _choices(error: PortalError) -> str:
    """What could be meant, where that is known."""
    if isinstance(error, errors.Ambiguous):
        return f"There are: {'; '.join(error.choices)}."
    if isinstance(error, errors.NotFound) and error.close:
        return f"Close to it: {'; '.join(error.close)}."
    return ""


def unexpected(error: Exception) -> Trouble:
    """Put a mistake of this program into words that hold nothing of what it was working on."""
    return Trouble(
        Safe(f"Something went wrong inside this program ({type(error).__name__})."),
        Safe("Your records are safe in the vault; start the dashboard again."),
    )


def _sentence(words: str) -> Safe:
    plain = one_line(words)
    if plain.partition(" ")[0].isalpha():  # an address or a file's name keeps its own letters
        plain = Safe(plain[:1].upper() + plain[1:])
    return Safe(plain + ("" if plain.endswith((".", "!", "?")) else "."))

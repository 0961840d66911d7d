"""What calls.py reports back to the app: results and troubles of service calls, as Textual messages; what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from store.events import Event
    from store.services.status import Status
    from store.services.sync import SyncReport
    from tui.troubles import Trouble


class Opened(Message):
    """The vault is open."""


class OpenFailed(Message):
    """The vault did not open."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__()


class PassphraseNeeded(Message):
    """The vault does not open by itself; `trouble` is what kept it from that, where something did."""

    def __init__(self, trouble: Trouble | None) -> None:
        self.trouble = trouble
        super().__init__()


class PassphraseTyped(Message):
    """Somebody has typed a passphrase, which is to open the vault."""

    def __init__(self, passphrase: str) -> None:
        self.passphrase = passphrase
        super().__init__()


class Closed(Message):
    """The vault is closed and its key forgotten."""


class CloseFailed(Message):
    """The vault may still be open behind the unlock screen."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__()


class LockedElsewhere(Message):
    """Every session was ended with `portal lock`, which is to lock this dashboard too."""


class StandingRead(Message):
    """How things stand has been read, because it has changed: every screen reads what it shows anew."""

    def __init__(self, status: Status, unnoted: int) -> None:
        self.status, self.unnoted = status, unnoted
        super().__init__()


class SyncProgressed(Message):
    """A running sync got on by one step."""

    def __init__(self, event: Event) -> None:
        self.event = event
        super().__init__()


class SyncEnded(Message):
    """A sync ended: with a report, or with a trouble; `is_stopped` when the user had asked it to stop."""

    def __init__(self, report: SyncReport | None, trouble: Trouble | None, *, is_stopped: bool) -> None:
        self.report, self.trouble, self.is_stopped = report, trouble, is_stopped
        super().__init__()


class CallFailed(Message):
    """Something could not be read."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__()

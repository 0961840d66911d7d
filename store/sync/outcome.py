"""What became of one query of a pull."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.errors import Rejected
from store.sync.streams import FORBIDDEN, MISUNDERSTOOD
from store.vault.progress import End

if TYPE_CHECKING:
    from store.errors import PortalError


@dataclass
class Outcome:
    """What became of one query: records received and changed, and all that was wrong with it.

    `error` ended it; `problems` are sentences on parts of it that could not be used. `is_ended` is True when it was
    not stopped, `is_whole` when it brought everything there is, from its first page to its last, and `is_part` when
    other queries bring the rest of its type.
    """

    type: str
    received: int = 0
    changed: int = 0
    error: PortalError | None = None
    problems: list[str] = field(default_factory=list)
    is_ended: bool = False
    is_whole: bool = False
    is_part: bool = False

    @property
    def refused(self) -> bool:
        """Whether the portal said at once that this is not for this patient or not there; no failure, but a gap."""
        refusals = FORBIDDEN | MISUNDERSTOOD if self.is_part else FORBIDDEN
        return isinstance(self.error, Rejected) and self.error.status in refusals and not self.received

    @property
    def is_misunderstood(self) -> bool:
        """Whether the portal said at once that it does not take the search as it was made."""
        return isinstance(self.error, Rejected) and self.error.status in MISUNDERSTOOD and not self.received

    @property
    def words(self) -> tuple[str, ...]:
        """The portal's own reasons for a refusal."""
        return self.error.issues if isinstance(self.error, Rejected) else ()

    @property
    def end(self) -> End:
        """How the query ended, for the vault."""
        if self.error:
            return End.REFUSED if self.refused else End.FAILED
        return End.FLAWED if self.problems else End.COMPLETE

"""What an action is: one thing that a key does, and where."""

from __future__ import annotations

from enum import Enum, auto

from store.light import dataclass


class Where(Enum):
    """Where an action can be called: one row for the parts that every screen has, one for each screen of its own."""

    ANYWHERE = auto()
    SECTION = auto()
    LIST = auto()
    FILTER = auto()
    PANEL = auto()
    PAGE = auto()
    DIALOG = auto()
    FORM = auto()
    CONFIRM = auto()
    HOME = auto()
    LONG = auto()
    RECORDS = auto()
    LABS = auto()
    TREND = auto()
    TIMELINE = auto()
    LEARN = auto()
    ACTING = auto()
    APPOINTMENTS = auto()
    MONTH = auto()
    FREE_TIMES = auto()
    MEDICATIONS = auto()
    REFILLS = auto()
    MARKING = auto()
    REMINDERS = auto()
    WRITING = auto()
    MESSAGES = auto()
    PROFILE = auto()
    INSURANCE = auto()
    ALLERGIES = auto()
    OUTBOX = auto()
    CONFLICTS = auto()
    MERGE = auto()
    SIDES = auto()
    TOPIC = auto()
    STEP = auto()
    CHOICES = auto()
    UNLOCK = auto()
    PORTALS = auto()
    SYNCING = auto()
    AUDIT = auto()
    SETTINGS = auto()


@dataclass(frozen=True)
class Action:
    """One thing that a key does.

    `call` is Textual's action; `label` stands in the footer (empty: not shown there); `words` stand in help and
    palette; `command` is what does the same at the command line, empty where only a screen has such a thing. `turned`
    is the label of what shows one of two views while the other one is shown. `called` are other words by which people
    look for it in the palette.
    """

    id: str
    where: Where
    keys: tuple[str, ...]
    shown_keys: str
    call: str
    label: str
    words: str
    command: str = ""
    is_in_palette: bool = False
    turned: str = ""
    called: str = ""

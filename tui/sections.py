"""SECTIONS: every screen one can go to, the one table that says its name, its key, and where it is written."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from store.light import dataclass

if TYPE_CHECKING:
    from tui.screens.section import SectionScreen


@dataclass(frozen=True)
class Section:
    """One screen: the word it goes by, the letter behind `g` that goes there, and its class, loaded when it is shown.

    `words` say what it is for; `command` is what shows the same at the command line. `called` are other words by which
    people look for it in the palette.
    """

    name: str
    title: str
    key: str
    screen: str
    words: str
    command: str
    called: str = ""

    def make(self, *about: str) -> SectionScreen:
        """A new screen of it, for those that can be opened `about` something, about that."""
        module, _, name = self.screen.partition(":")
        return cast("SectionScreen", getattr(import_module(module), name)(*about))


SECTIONS: tuple[Section, ...] = (
    Section("home", "Home", "h", "tui.screens.home:HomeScreen", "What comes, what is new, what waits", "portal status"),
    Section(
        "records",
        "Records",
        "r",
        "tui.screens.records:RecordsScreen",
        "Every record, newest first",
        "portal records list",
    ),
    Section(
        "labs",
        "Results",
        "l",
        "tui.screens.labs:LabsScreen",
        "Laboratory results and vital signs",
        "portal labs",
        called="tests blood",
    ),
    Section(
        "timeline",
        "Timeline",
        "t",
        "tui.screens.timeline:TimelineScreen",
        "Everything by month",
        "portal records timeline",
    ),
    Section("summary", "Summary", "y", "tui.screens.summary:SummaryScreen", "One page for a visit", "portal summary"),
    Section("learn", "Education", "e", "tui.screens.learn:LearnScreen", "Read up on what you have", "portal learn"),
    Section(
        "appointments",
        "Appointments",
        "a",
        "tui.screens.appointments:AppointmentsScreen",
        "What comes; request, book, move, cancel",
        "portal appointments",
    ),
    Section(
        "medications",
        "Medications",
        "d",
        "tui.screens.medications:MedicationsScreen",
        "What you take; add, change, stop",
        "portal medications",
        called="medicines drugs pills",
    ),
    Section(
        "refills",
        "Refills",
        "f",
        "tui.screens.refills:RefillsScreen",
        "Requests, and what runs out",
        "portal refills",
        called="prescriptions",
    ),
    Section(
        "reminders",
        "Reminders",
        "n",
        "tui.screens.reminders:RemindersScreen",
        "Rules, and what is due now",
        "portal reminders",
    ),
    Section(
        "messages",
        "Messages",
        "m",
        "tui.screens.messages:MessagesScreen",
        "Read and write to your care team",
        "portal messages",
        called="inbox mail letters",
    ),
    Section("profile", "Profile", "o", "tui.screens.profile:ProfileScreen", "Your own details", "portal profile show"),
    Section(
        "insurance",
        "Insurance",
        "i",
        "tui.screens.insurance:InsuranceScreen",
        "Your insurance and its cards",
        "portal insurance",
    ),
    Section(
        "allergies",
        "Allergies",
        "x",
        "tui.screens.allergies:AllergiesScreen",
        "What you react to",
        "portal allergies",
    ),
    Section(
        "outbox",
        "Outbox",
        "b",
        "tui.screens.outbox:OutboxScreen",
        "What you asked for, where it stands",
        "portal outbox",
    ),
    Section(
        "conflicts",
        "Conflicts",
        "k",
        "tui.screens.conflicts:ConflictsScreen",
        "What waits for your decision",
        "portal conflicts",
    ),
    Section(
        "portals",
        "Portals and people",
        "w",
        "tui.screens.portals:PortalsScreen",
        "Sign in and out, and whose charts these are",
        "portal portals list",
        called="login logout account",
    ),
    Section(
        "sync",
        "Sync",
        "s",
        "tui.screens.syncing:SyncingScreen",
        "What was fetched, and what is missing",
        "portal sync report",
    ),
    Section(
        "audit",
        "Audit trail",
        "u",
        "tui.screens.audit:AuditScreen",
        "Who did what, and when",
        "portal audit",
        called="log history",
    ),
    Section(
        "settings",
        "Settings",
        "c",
        "tui.screens.settings:SettingsScreen",
        "Colours, idle time and more",
        "portal config",
        called="preferences options configuration theme",
    ),
)

BY_NAME = {section.name: section for section in SECTIONS}

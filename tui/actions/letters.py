"""Actions of the screens for writing and keeping details right: messages, profile, insurance, the outbox."""

from __future__ import annotations

from tui.actions.action import Action, Where

_MAIL, _OUT = Where.MESSAGES, Where.OUTBOX

LETTERS: tuple[Action, ...] = (
    Action("narrow", Where.WRITING, ("slash",), "/", "filter", "Find", "Narrow the list", "portal messages search"),
    Action("write", _MAIL, ("n",), "n", "write", "New", "Write a message", "portal messages send"),
    Action("reply", _MAIL, ("r",), "r", "reply", "Reply", "Answer a conversation", "portal messages reply"),
    Action("archive", _MAIL, ("a",), "a", "archive", "Put away", "Put it away, or back", "portal messages archive"),
    Action("mail-view", _MAIL, ("f",), "f", "view", "Which", "List unread, drafts, put away", "portal messages list"),
    Action("attached", _MAIL, ("d",), "d", "documents", "", "Read what is attached", "portal records fetch"),
    Action("delete-draft", _MAIL, ("x",), "x", "delete", "Delete", "Delete a draft", "portal messages draft delete"),
    Action("undelete", _MAIL, ("u",), "u", "undo", "", "Bring back the draft deleted last", "portal messages draft"),
    Action("edit-profile", Where.PROFILE, ("e",), "e", "edit", "Change", "Change details", "portal profile edit"),
    Action("new-insurance", Where.INSURANCE, ("n",), "n", "add", "Add", "Tell of an insurance", "portal insurance add"),
    Action("end-insurance", Where.INSURANCE, ("x",), "x", "end", "End", "End an insurance", "portal insurance end"),
    Action(
        "past-insurance",
        Where.INSURANCE,
        ("f",),
        "f",
        "view",
        "Past too",
        "List past ones too",
        "portal insurance",
        turned="Current",
    ),
    Action("new-allergy", Where.ALLERGIES, ("n",), "n", "add", "Add", "Tell of an allergy", "portal allergies add"),
    Action("end-allergy", Where.ALLERGIES, ("x",), "x", "end", "End", "End an allergy", "portal allergies end"),
    Action(
        "past-allergies",
        Where.ALLERGIES,
        ("f",),
        "f",
        "view",
        "Past too",
        "List past ones too",
        "portal allergies",
        turned="Current",
    ),
    Action("retry", _OUT, ("r",), "r", "retry", "Send now", "Send a request now", "portal outbox retry"),
    Action("change-request", _OUT, ("e",), "e", "edit", "Change", "Change its text", "portal outbox edit"),
    Action("give-up", _OUT, ("x",), "x", "cancel", "Give up", "Give a request up", "portal outbox cancel"),
    Action("to-conflict", _OUT, ("d",), "d", "decide", "Decide", "Decide its conflict", "portal conflicts show"),
    Action(
        "waiting", _OUT, ("f",), "f", "view", "Waiting", "List what waits alone", "portal outbox list", turned="All"
    ),
    Action("decide", Where.CONFLICTS, ("d",), "d", "decide", "Decide", "Look at both sides", "portal conflicts show"),
    Action("take-other", Where.SIDES, ("enter",), "enter", "open", "Other side", "Take the other side of a line"),
    Action("take-mine", Where.MERGE, ("m",), "m", "take('mine')", "Yours", "Take yours", "portal conflicts resolve"),
    Action(
        "take-theirs",
        Where.MERGE,
        ("t",),
        "t",
        "take('theirs')",
        "The portal's",
        "Take the portal's",
        "portal conflicts resolve",
    ),
    Action("write-value", Where.MERGE, ("e",), "e", "write", "Write", "Write another", "portal conflicts resolve"),
    Action("review-merge", Where.MERGE, ("f2", "ctrl+r"), "F2 ctrl+r", "review", "Review", "Look at all of it"),
    Action("leave-merge", Where.MERGE, ("escape", "q"), "esc q", "leave", "Close", "Decide nothing yet"),
)

"""Actions of the parts that every screen is made of: sections, lists, pages, forms and questions."""

from __future__ import annotations

from tui.actions.action import Action, Where

EVERYWHERE: tuple[Action, ...] = (
    Action("quit-anywhere", Where.ANYWHERE, ("ctrl+q",), "ctrl+q", "app.quit", "Quit", "Leave, also while typing"),
    Action(
        "lock",
        Where.ANYWHERE,
        ("ctrl+l",),
        "ctrl+l",
        "app.lock",
        "Lock",
        "Hide everything, close the vault, also while typing",
        "portal lock",
        is_in_palette=True,
        called="logout log out hide close",
    ),
    Action("open", Where.LIST, ("enter",), "enter", "open", "Open", "Read the chosen line", "portal records show"),
    Action("keep-words", Where.FILTER, ("enter",), "enter", "submit", "To the list", "Go to what was found"),
    Action("clear-words", Where.FILTER, ("escape",), "esc", "screen.leave", "Clear", "Clear the words, list all again"),
    Action("down", Where.LIST, ("down", "j"), "↓ j", "move(1)", "", "Next line"),
    Action("up", Where.LIST, ("up", "k"), "↑ k", "move(-1)", "", "Previous line"),
    Action("page-down", Where.LIST, ("pagedown", "space"), "pgdn space", "leaf(1)", "", "A screenful down"),
    Action("page-up", Where.LIST, ("pageup", "b"), "pgup b", "leaf(-1)", "", "A screenful up"),
    Action("first", Where.LIST, ("home",), "home", "move_to(0)", "", "First line"),
    Action("last", Where.LIST, ("end", "G"), "end G", "move_to(-1)", "", "Last line"),
    Action("scroll-down", Where.PAGE, ("down", "j"), "↓ j", "scroll(1)", "Scroll", "Scroll down while reading"),
    Action("scroll-up", Where.PAGE, ("up", "k"), "↑ k", "scroll(-1)", "", "Scroll up while reading"),
    Action("copy", Where.PAGE, ("c",), "c", "copy", "Copy", "Copy what is read; it leaves the vault then"),
    Action("back", Where.DIALOG, ("escape", "q"), "esc q", "app.back", "Back", "Close what is open"),
    Action("send", Where.FORM, ("f2", "ctrl+r"), "F2 ctrl+r", "review", "Review", "Look at what will be sent"),
    Action("start-over", Where.FORM, ("f4",), "F4", "start_over", "", "Take out what was typed, or put it back"),
    Action("leave-form", Where.FORM, ("escape",), "esc", "leave", "Close", "Close the form; what was typed is kept"),
    Action("confirm", Where.CONFIRM, ("y",), "y", "confirm", "Yes", "Do what is shown"),
    Action("decline", Where.CONFIRM, ("escape", "n"), "esc n", "decline", "No", "Go back; nothing is sent"),
    Action("stop", Where.SECTION, ("escape",), "esc", "leave", "Back", "Back to the list, stop a sync, or go home"),
    Action("go", Where.SECTION, ("g",), "g", "app.go", "Go to", "Go to another screen"),
    Action(
        "sync",
        Where.SECTION,
        ("s",),
        "s",
        "app.sync",
        "Sync",
        "Fetch what is new, send what waits",
        "portal sync",
        is_in_palette=True,
        called="refresh update fetch reload download",
    ),
    Action(
        "people", Where.SECTION, ("p",), "p", "app.people", "", "Choose whose chart is shown", "portal people switch"
    ),
    Action(
        "help",
        Where.SECTION,
        ("question_mark", "f1"),
        "? F1",
        "app.help",
        "Help",
        "Show every key",
        "portal --help",
        is_in_palette=True,
        called="keys shortcuts manual",
    ),
    Action("stay", Where.SECTION, ("ctrl+z",), "ctrl+z", "app.stay", "", "Why it does not go to the background"),
    Action(
        "quit",
        Where.SECTION,
        ("q",),
        "q",
        "app.quit",
        "Quit",
        "Leave the dashboard",
        is_in_palette=True,
        called="exit close end",
    ),
    Action("next-panel", Where.HOME, ("tab", "right"), "tab →", "app.focus_next", "", "Next panel"),
    Action(
        "panel-before", Where.HOME, ("shift+tab", "left"), "shift+tab ←", "app.focus_previous", "", "Previous panel"
    ),
)

"""Actions of the screens for looking: records, results, the timeline, education."""

from __future__ import annotations

from tui.actions.action import Action, Where

READING: tuple[Action, ...] = (
    Action("filter", Where.LONG, ("slash",), "/", "filter", "Find", "Look for words", "portal records search"),
    Action("order", Where.LONG, ("o",), "o", "order", "", "What is found: newest first, or best first"),
    Action("documents", Where.LONG, ("d",), "d", "documents", "", "Read its documents", "portal records show"),
    Action("changes", Where.LONG, ("v",), "v", "changes", "", "What changed in it", "portal records diff"),
    Action("learn-record", Where.LONG, ("e",), "e", "learn", "Learn", "Read up on it", "portal learn"),
    Action("kind", Where.RECORDS, ("f",), "f", "kind", "Kind", "Show one kind of record", "portal records list"),
    Action(
        "abnormal", Where.LONG, ("a",), "a", "abnormal", "Out of range", "Show what is flagged alone", "portal labs"
    ),
    Action("new", Where.RECORDS, ("n",), "n", "new", "", "Show what is new alone", "portal records list"),
    Action(
        "vitals",
        Where.LABS,
        ("f",),
        "f",
        "vitals",
        "Vitals",
        "Show vital signs, or results",
        "portal vitals",
        turned="Labs",
    ),
    Action("trend", Where.LABS, ("t",), "t", "trend", "Trend", "How it went over time", "portal labs trend"),
    Action("trend-down", Where.TREND, ("down", "j"), "↓ j", "scroll(1)", "Scroll", "Scroll down in the trend"),
    Action("trend-up", Where.TREND, ("up", "k"), "↑ k", "scroll(-1)", "", "Scroll up in the trend"),
    Action("year-before", Where.TIMELINE, ("left_square_bracket",), "[", "year(1)", "Older", "Go to the year before"),
    Action("year-after", Where.TIMELINE, ("right_square_bracket",), "]", "year(-1)", "Newer", "Go to the year after"),
    Action("topic", Where.LEARN, ("slash",), "/", "topic", "Topic", "Type another topic", "portal learn"),
    Action("look-up", Where.TOPIC, ("enter",), "enter", "submit", "Look up", "Look up what was typed", "portal learn"),
    Action("leave-topic", Where.TOPIC, ("escape",), "esc", "screen.leave", "Done", "Leave the field"),
    Action("search", Where.HOME, ("slash",), "/", "search", "Find", "Look for words in everything"),
)

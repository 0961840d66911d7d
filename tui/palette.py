"""The command palette's search: commands by their names, and by the words that people call the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.command import Hit
from textual.system_commands import SystemCommandsProvider

from tui.actions import ACTIONS
from tui.sections import SECTIONS

if TYPE_CHECKING:
    from textual.command import Hits

_LOWEST = 0.1  # below whatever matches a name
_CALLED = {
    **{action.label: action.called for action in ACTIONS if action.called},
    **{f"Go to {section.title}": section.called for section in SECTIONS if section.called},
}


class Palette(SystemCommandsProvider):
    """Finds commands whose name matches first, then those that are described by what was typed."""

    async def search(self, query: str) -> Hits:
        """What matches."""
        async for hit in super().search(query):
            yield hit
        matcher = self.matcher(query)
        for title, words, callback, *_ in self.app.get_system_commands(self.screen):
            if matcher.match(title) <= 0 and _is_meant(query, f"{words} {_CALLED.get(title, '')}"):
                yield Hit(_LOWEST, title, callback, help=words)


def _is_meant(typed: str, words: str) -> bool:
    """Whether each word that was typed begins one of these."""
    known = words.casefold().split()
    asked = typed.casefold().split()
    return all(any(word.startswith(one) for word in known) for one in asked)

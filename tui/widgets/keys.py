"""The keys at the bottom: those of the screen itself first, and as many as there is room for; help lists them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Footer, Input, TextArea
from textual.widgets._footer import FooterKey

from tui.actions import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

_SHARED = ("open", "sync", "lock", "quit", "quit-anywhere", "stop")
_KEPT, _GO = "help", "go"
_OWN = 2
_HELP, _HELP_WHILE_TYPING = "?", "F1"
_AROUND = 3  # cells beside key and word
_TURNED = {action.id: action.turned for action in ACTIONS if action.turned}


class Keys(Footer):
    """A footer that cuts no word: what has no room is left out, but for help."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)

    def on_resize(self) -> None:
        """Have as many keys as there is room for now."""
        if self.is_attached:
            self.call_after_refresh(self.recompose)

    def compose(self) -> ComposeResult:
        """The keys that have room."""
        yield from self._fitting([key for key in super().compose() if isinstance(key, FooterKey)])

    def _fitting(self, keys: list[FooterKey]) -> Iterator[FooterKey]:
        if isinstance(self.screen.focused, Input | TextArea):
            keys = list(map(_while_typing, filter(_is_free, keys)))
        ids = {binding.action: binding.id or "" for _, binding, _, _ in self.screen.active_bindings.values()}
        if getattr(self.screen, "is_turned", False):
            for key in keys:
                key.description = _TURNED.get(ids.get(key.action, ""), key.description)
        ranked = sorted(keys, key=lambda key: _rank(ids.get(key.action, "")))
        room = self.app.size.width
        chosen = []
        for key in ranked:
            width = cell_len(key.key_display) + cell_len(key.description) + _AROUND
            if width <= room:
                room -= width
                chosen.append(key)
        yield from sorted(chosen, key=lambda key: (_rank(ids.get(key.action, "")) != _OWN, keys.index(key)))


def _is_free(key: FooterKey) -> bool:
    """Whether a key is not written where something is being typed."""
    return len(key.key_display) > 1 or key.key_display == _HELP


def _while_typing(key: FooterKey) -> FooterKey:
    """A key as it is called while something is typed."""
    key.key_display = _HELP_WHILE_TYPING if key.key_display == _HELP else key.key_display
    return key


def _rank(action: str) -> int:
    if action == _GO:
        return 1
    return 0 if action == _KEPT else 3 + _SHARED.index(action) if action in _SHARED else 2

"""The keys of a section, at its foot: its own first, and as many of all as there is room for without cutting a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Footer
from textual.widgets._footer import FooterKey  # of which there is no public name

from tui.actions import ACTIONS, Where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import Binding

_GENERAL = {action.id for action in ACTIONS if action.where in {Where.SECTION, Where.ANYWHERE}}
_ALWAYS = "help"  # which lists the keys that there is no room for
_AROUND = 3  # cells around a key and its words


class Keys(Footer):
    """A footer that leaves keys out rather than cutting their words."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys that there is room for."""
        if not self._bindings_ready:
            return
        shown = {
            id(binding): enabled for _, binding, enabled, _ in self.screen.active_bindings.values() if binding.show
        }
        every = [binding for _, binding, _, _ in self.screen.active_bindings.values() if id(binding) in shown]
        first = {each.action: each for each in reversed(every)}
        fitting = self._fitting(sorted((each for each in every if first[each.action] is each), key=_is_general))
        self.styles.grid_size_columns = len(fitting)
        for binding in fitting:
            yield FooterKey(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                binding.action,
                disabled=not shown[id(binding)],
                tooltip=binding.tooltip or binding.description,
            ).data_bind(compact=Footer.compact)

    def on_resize(self) -> None:
        """Lay the keys out anew."""
        self.call_after_refresh(self.recompose)

    def _fitting(self, every: Iterable[Binding]) -> list[Binding]:
        wanted = list(every)
        left = self.app.size.width - sum(self._width(each) for each in wanted if each.id == _ALWAYS)
        kept = []
        for each in wanted:
            width = 0 if each.id == _ALWAYS else self._width(each)
            if width <= left:
                kept.append(each)
                left -= width
        return kept

    def _width(self, binding: Binding) -> int:
        return cell_len(self.app.get_key_display(binding)) + cell_len(binding.description) + _AROUND


def _is_general(binding: Binding) -> bool:
    return binding.id in _GENERAL

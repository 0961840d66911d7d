"""The keys at the bottom: those of the screen itself first, and as many as there is room for; help lists them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.actions import ACTIONS
from tui.typed_ahead import is_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.screen import Screen

_SHARED = ("open", "sync", "lock", "quit", "quit-anywhere", "stop")
_KEPT, _GO = "help", "go"
_OWN = 2
_HELP, _HELP_WHILE_TYPING = "?", "F1"
_AROUND = 3  # cells beside key and word
_TURNED = {action.id: action.turned for action in ACTIONS if action.turned}
_NOTHING = -1


@dataclass(frozen=True)
class Key:
    """A key of the line: what it is to Textual, how it is written, which action it is for, and whether it acts now."""

    key: str
    written: str
    label: str
    id: str
    is_enabled: bool = True

    @property
    def width(self) -> int:
        """The cells that it takes."""
        return cell_len(self.written) + cell_len(self.label) + _AROUND


class Keys(Widget):
    """A line of keys that cuts no word: what has no room is left out, but for help. A click on one presses it.

    It is one widget. A widget for each key, as Textual's footer has them, took nearly half of what it takes to open a
    screen.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {  # noqa: RUF012 - Textual declares it so
        "keys--key",
        "keys--label",
        "keys--over",
    }
    DEFAULT_CSS = """
    Keys {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;
    }
    Keys > .keys--key {
        color: $footer-key-foreground;
        background: $footer-key-background;
        text-style: bold;
    }
    Keys > .keys--label {
        color: $footer-description-foreground;
        background: $footer-description-background;
    }
    Keys > .keys--over {
        color: $footer-key-foreground;
        background: $block-hover-background;
    }
    """

    over = reactive(_NOTHING)
    """Which key the mouse is over."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        """Follow what can be done on this screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)

    def on_unmount(self) -> None:
        """Follow it no longer."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self) -> None:
        """Have as many keys as there is room for now."""
        self._choose()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which key a click would press."""
        self.over = self._at(event.x)

    def on_leave(self) -> None:
        """The mouse is over none."""
        self.over = _NOTHING

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key that was clicked."""
        place = self._at(event.x)
        if place == _NOTHING:
            return
        if self.shown[place].is_enabled:
            self.app.simulate_key(self.shown[place].key)
        else:
            self.app.bell()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width, blank = self.size.width, self.get_component_rich_style("keys--label")
        if y:
            return Strip.blank(width, blank)
        segments = [segment for place, key in enumerate(self.shown) for segment in self._drawn(place, key)]
        return Strip(segments).adjust_cell_length(width, blank)

    def _drawn(self, place: int, key: Key) -> Iterator[Segment]:
        if place == self.over:
            name = label = self.get_component_rich_style("keys--over")
        else:
            name, label = map(self.get_component_rich_style, ("keys--key", "keys--label"))
        dimmed = None if key.is_enabled else Style(dim=True)
        yield Segment(f" {key.written} ", name + dimmed)
        yield Segment(f"{key.label} ", label + dimmed)

    def _at(self, x: int) -> int:
        """Which key is drawn there."""
        ends = accumulate(key.width for key in self.shown)
        return next((place for place, end in enumerate(ends) if x < end), _NOTHING)

    def _follow(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._choose)

    def _choose(self) -> None:
        if not self.is_attached:
            return
        shown = tuple(self._fitting(list(self._all())))
        if shown != self.shown:
            self.shown = shown
            self.refresh()

    def _all(self) -> Iterator[Key]:
        """What can be pressed on this screen, an action once."""
        done = set()
        for _, binding, is_enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in done:
                done.add(binding.action)
                written = self.app.get_key_display(binding)
                yield Key(binding.key, written, binding.description, binding.id or "", is_enabled)

    def _fitting(self, keys: list[Key]) -> Iterator[Key]:
        if is_field(self.screen.focused):
            keys = list(map(_while_typing, filter(_is_free, keys)))
        if getattr(self.screen, "is_turned", False):
            keys = [replace(key, label=_TURNED.get(key.id, key.label)) for key in keys]
        room = self.app.size.width
        chosen: list[Key] = []
        for key in sorted(keys, key=lambda key: _rank(key.id)):
            if key.width <= room:
                room -= key.width
                chosen.append(key)
        yield from sorted(chosen, key=lambda key: (_rank(key.id) != _OWN, keys.index(key)))


def _is_free(key: Key) -> bool:
    """Whether a key is not written where something is being typed."""
    return len(key.written) > 1 or key.written == _HELP


def _while_typing(key: Key) -> Key:
    """A key as it is called while something is typed."""
    return replace(key, written=_HELP_WHILE_TYPING) if key.written == _HELP else key


def _rank(action: str) -> int:
    if action == _GO:
        return 1
    return 0 if action == _KEPT else 3 + _SHARED.index(action) if action in _SHARED else 2

"""Asking: how a screen has a service called, with the answer handed back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from textual.screen import Screen

from tui.calls import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from tui.app import PortalApp
    from tui.calls import Calls
    from tui.troubles import Trouble

T = TypeVar("T")
Result = TypeVar("Result")


class AskingScreen(Screen[Result]):
    """A screen that reads and writes through the app's one door to the services."""

    @property
    def portal(self) -> PortalApp:
        """The dashboard that this is a screen of."""
        return cast("PortalApp", self.app)

    @property
    def calls(self) -> Calls:
        """The door to the services."""
        return self.portal.calls

    def ask(
        self,
        call: Callable[[Client], T],
        then: Callable[[T], object],
        failed: Callable[[Trouble], object] | None = None,
        asked: Asked = Asked(),  # noqa: B008 - a frozen value
    ) -> None:
        """Read something, quickly; see `Calls.ask`."""
        self.calls.ask(self, call, then, failed, asked)

    def do(
        self,
        call: Callable[[Client], T],
        then: Callable[[T], object],
        failed: Callable[[Trouble], object] | None = None,
        asked: Asked = Asked(),  # noqa: B008 - a frozen value
    ) -> None:
        """Write something, or speak to a portal; see `Calls.do`."""
        self.calls.do(self, call, then, failed, asked)

    def talk(
        self,
        call: Callable[[Client], T],
        then: Callable[[T], object],
        failed: Callable[[Trouble], object] | None = None,
    ) -> None:
        """Do what may wait long for a person or a portal; see `Calls.talk`."""
        self.calls.talk(self, call, then, failed)

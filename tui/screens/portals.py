"""Portals and people: every sign-in, whose chart it leads to, and signing in and out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.errors import InvalidInput
from tui import readings_of_keeping as readings
from tui import rows_of_keeping as rows
from tui import words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.forms import Field, Form
from tui.reading import Reading, facts, sections
from tui.rows_of_keeping import Connection
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.split import SplitScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.client import Client
    from store.services.portal_checks import Looked
    from store.services.sign_in import SignedOut, SignIn, SignInRequest


_REMOVES = (
    "Signs out, and removes every record of this portal from the vault, with requests to it that wait to be sent. "
    "What the portal holds stays there."
)


class PortalsScreen(SplitScreen):
    """The sign-ins of the vault."""

    NAME = "portals"
    NEEDS_PORTAL = False
    BINDINGS = bindings(Where.PORTALS)
    COLUMNS = (
        Column(most=28, least=12, title="Portal"),
        Column(most=30, least=12, title="Chart of"),
        Column(most=20, from_width=90, title="You are"),
        Column(most=18, title="Sign-in"),
        Column(most=12, title="Updated"),
        Column(most=7, title="Shown"),
    )
    EMPTY = "No portal yet. Press n to sign in to one."
    HINT = "Enter tells more of a portal; p chooses whose chart is shown."

    def reload(self) -> None:
        """Read the sign-ins."""
        self.ask(read, self._show)

    def _show(self, found: tuple[Connection, ...]) -> None:
        self._connections: dict[str, Connection] = {each.portal.name: each for each in found}
        several = self.portal.standing.has_several_people
        self.table.show([rows.connection(each, self.portal.clock(), several=several) for each in found])
        people = len({each.person.patient for each in found})
        told = f"{words.count(len(found), 'sign-in')}, {words.count(people, 'chart')}"
        self.say(f"{told}  ·  p chooses whose chart is shown" if several else told)

    @on(Table.Chosen)
    async def read_portal(self, message: Table.Chosen) -> None:
        """Tell more of a portal."""
        await self.show_reading(readings.connection(self._connections[message.row.key], self.portal.clock()))

    def action_new(self) -> None:
        """Sign in to another portal."""
        self.portal.add_portal()

    def action_sign_in(self) -> None:
        """Sign in again, for the same chart."""
        if (chosen := self._current()) is not None:
            name = chosen.portal.name
            self.say(f"Asking {name} how one signs in …")
            self.talk(partial(_begin, name=name), self._begun)

    def _begun(self, attempt: SignIn) -> None:
        from tui.screens.sign_in import WayScreen  # noqa: PLC0415 - loaded when it is first shown

        self.reload()
        self.portal.push_screen(WayScreen(attempt))

    def action_test(self) -> None:
        """Look a portal over."""
        if (chosen := self._current()) is not None:
            name, url = chosen.portal.name, chosen.portal.url
            self.say(f"Looking {name} over …")

            async def show(found: Looked) -> None:
                self.reload()
                await self.show_reading(readings.looked(name, found))

            self.talk(partial(_look, name=name, url=url), show)

    def action_sign_out(self) -> None:
        """Sign out, after a question."""
        if (chosen := self._current()) is None:
            return
        name = chosen.portal.name
        reading = Reading(
            "Sign out",
            name,
            facts(("Chart of", chosen.person.patient), ("Address", chosen.portal.url)),
            sections(("What this does", "The portal is asked to end the sign-in. Its records stay in the vault.")),
        )

        def answer(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if yes:
                self.do(lambda client: client.sign_ins.end(name), self._signed_out)

        self.portal.push_screen(ConfirmScreen(reading, "Sign out"), answer)

    def _signed_out(self, ended: SignedOut) -> None:
        more = "" if ended.is_confirmed else " The portal has not confirmed it; the sign-in is gone here all the same."
        self.notify(f"Signed out of {ended.name}.{more}", markup=False)
        self.portal.calls.read_standing()

    def action_remove(self) -> None:
        """Remove a portal with its records, after its name was typed and a question."""
        if (chosen := self._current()) is not None:
            self.portal.push_screen(FormScreen(_removal(chosen)), self._removed)

    def _removed(self, is_done: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
        if is_done:
            self.portal.calls.read_standing()

    def _current(self) -> Connection | None:
        row = self.table.current
        return self._connections.get(row.key) if row is not None else None


def read(client: Client) -> tuple[Connection, ...]:
    """Every sign-in, oldest first."""
    people = {person.portal: person for person in client.people.list()}
    return tuple(Connection(each, people[each.name]) for each in client.portals.sources())


def _begin(client: Client, name: str) -> SignIn:
    return client.sign_ins.begin(_request(name))


def _request(name: str) -> SignInRequest:
    from store.services.sign_in import SignInRequest as Wanted  # noqa: PLC0415 - it loads the network

    return Wanted(name)


def _look(client: Client, name: str, url: str) -> Looked:
    saved = next((item for item in client.desk.saved.list() if item.url == url or item.name == name), None)
    known = (saved.client_id, saved.redirect_uri) if saved else (None, None)
    return client.desk.checks.look(url, *known)


def _removal(chosen: Connection) -> Form[Connection]:
    name = chosen.portal.name

    def plan(client: Client, values: Mapping[str, str]) -> Connection:
        del client
        if values["name"].strip() != name:
            raise InvalidInput(f"that is not the name of the portal, which is {name}")
        return chosen

    def preview(found: Connection) -> Reading:
        return Reading(
            "Remove",
            name,
            facts(("Chart of", found.person.patient), ("Address", found.portal.url)),
            sections(("What this does", _REMOVES)),
        )

    def submit(client: Client, found: Connection) -> str:
        ended = client.sign_ins.end(name, erase=True)
        saved = client.desk.saved
        for item in saved.list():
            if item.url == found.portal.url and not any(each.url == item.url for each in client.portals.list()):
                saved.remove(item.name)
        return f"{ended.name} and its records are gone from the vault."

    return Form(
        f"Remove {name}",
        (
            Field(
                "name",
                f"Type {name} to remove it",
                hint="Its records go from this vault; the practice keeps its own.",
            ),
        ),
        plan,
        preview,
        submit,
        yes="Remove it",
    )

"""What lists have in common in which something can be done: finding words, for whom, forms, and questions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from store.errors import InvalidInput, SignInNeeded
from tui.calls import Asked
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.naming import NamingScreen
from tui.screens.pick import PickScreen
from tui.screens.split import SplitScreen
from tui.troubles import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.client import Client
    from store.services.portals import PortalSummary
    from store.services.writes import Doubt
    from tui.columns import Row
    from tui.forms import Form
    from tui.reading import Reading
    from tui.troubles import Trouble

Plan = TypeVar("Plan")


@dataclass(frozen=True)
class Deed(Generic[Plan]):
    """Something that needs nothing typed: `plan` makes it ready, `preview` shows it, and after a yes it is done."""

    plan: Callable[[Client], Plan]
    preview: Callable[[Plan], Reading]
    submit: Callable[[Client, Plan], str]
    yes: str
    portal: str = ""


class DoingScreen(SplitScreen):
    """A list of what something can be done with."""

    def narrowed(self, rows: Iterable[Row]) -> list[Row]:
        """Those of these lines that have all the words that were typed."""
        typed = self.typed
        return [row for row in rows if row.has_words(typed)]

    def chosen(self, otherwise: str = "choose a line first") -> Row | None:
        """The line under the cursor; where there is none, `otherwise` is said."""
        row = self.table.current
        if row is None:
            self.refuse(otherwise)
        return row

    def refuse(self, words: str) -> None:
        """Say why something is not done."""
        self.tell_trouble(describe(InvalidInput(words)))

    def tell_trouble(self, trouble: Trouble) -> None:
        """Say what went wrong, or is not to be had."""
        self.notify(trouble.words, severity="error", markup=False)

    def told(self, words: str) -> None:
        """Say what came of something."""
        self.notify(words, markup=False)

    def for_whom(self, then: Callable[[str], object]) -> None:
        """Go on with the name of the connection that something is for; where there are several, that is asked."""

        def choose(found: tuple[PortalSummary, ...]) -> None:
            if len(found) == 1:
                then(str(found[0].name))
                return
            lines = tuple((str(each.name), f"{each.patient_name or each.patient} at {each.name}") for each in found)
            if self.is_current:
                self.app.push_screen(PickScreen("For whom, and where?", lines), go_on)

        def go_on(name: str | None) -> None:
            if name is not None:
                then(name)

        self.ask(_sign_ins, choose, self.tell_trouble, Asked(group="whom"))

    def for_them(self, portal: str, then: Callable[[], object]) -> None:
        """Go on with what is for the patient of a connection; if it is not who is shown, their name is asked for."""

        def decide(doubt: Doubt | None) -> None:
            if doubt is None:
                then()
            elif self.is_current:
                self.app.push_screen(NamingScreen(doubt), go_on)

        def go_on(is_confirmed: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if is_confirmed:
                then()

        if portal:
            self.ask(partial(_doubt, portal=portal), decide, self.tell_trouble, Asked(group="whom"))
        else:
            then()

    def fill_in(self, prepare: Callable[[Client], Form[Plan]], portal: str = "") -> None:
        """Open a form for the patient of a connection, or for nobody in particular.

        `prepare` makes it, and raises PortalError where it would be of no use, before anything is asked.
        """

        def show(form: Form[Plan]) -> None:
            self.for_them(portal, lambda: self.show_form(form))

        self.ask(prepare, show, self.tell_trouble, Asked(portal, "form"))

    def show_form(self, form: Form[Plan]) -> None:
        """Open a form that is ready."""
        if self.is_current:
            self.app.push_screen(FormScreen(form), self.close)

    def close(self, done: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
        """A form, or what is like one, was closed: what was confirmed for it holds for nothing else."""
        self.do(_forget, _nothing)
        self.left(done)

    def left(self, done: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
        """A form was carried out, or left: read the list anew."""
        del done
        self.reload()

    def settle(self, deed: Deed[Plan]) -> None:
        """Make something ready, show it, and do it after a yes."""

        def ready(plan: Plan) -> None:
            self.for_them(deed.portal, lambda: ask(plan))

        def ask(plan: Plan) -> None:
            if self.is_current:
                self.app.push_screen(ConfirmScreen(deed.preview(plan), deed.yes), lambda yes: answer(plan, yes=yes))

        def answer(plan: Plan, *, yes: bool | None) -> None:
            if yes:
                self.do(lambda client: deed.submit(client, plan), done, self.tell_trouble, Asked(deed.portal))
            self.do(_forget, _nothing)

        def done(words: str) -> None:
            self.told(words)
            self.reload()

        self.make_ready(deed, ready)

    def make_ready(self, deed: Deed[Plan], then: Callable[[Plan], object]) -> None:
        """Make something ready, for which a portal may have to be asked."""
        self.do(deed.plan, then, self.tell_trouble, Asked(deed.portal))


def _doubt(client: Client, portal: str) -> Doubt | None:
    """What has to be confirmed; a confirmation that was not made use of does not count for what comes now."""
    client.writes.forget()
    return client.writes.doubt(portal)


def _forget(client: Client) -> None:
    client.writes.forget()


def _nothing(_: None) -> None:
    """Nothing is to be done after that."""


def _sign_ins(client: Client) -> tuple[PortalSummary, ...]:
    found = tuple(each for each in client.portals.meant() if not each.is_imported)
    if not found:
        raise SignInNeeded
    return found

"""What the screens for acting have in common: finding words, choosing for whom, forms, questions, a menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from store.errors import InvalidInput, SignInNeeded
from tui.actions import ACTIONS, Where, bindings
from tui.calls import Asked
from tui.rows_of_care import Places, places
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.pick import PickScreen
from tui.screens.split import SplitScreen
from tui.troubles import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.client import Client
    from store.services.pending_changes import Unsent
    from store.services.portals import PortalSummary
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


class ActingScreen(SplitScreen):
    """A list of what something can be done with.

    `OWN` is its place in the table of actions, `NAMED_BY` the cell that names a line.
    """

    BINDINGS = bindings(Where.ACTING)
    OWN: ClassVar[Where]
    NAMED_BY: ClassVar[int] = 0

    def narrowed(self, rows: Iterable[Row]) -> list[Row]:
        """Those of these lines that have all the words that were typed."""
        typed = self.typed.casefold().split()
        return [row for row in rows if all(word in _text(row) for word in typed)]

    def beside(self, unsent: Iterable[Unsent]) -> Places:
        """What lines are told of beside their records."""
        return places(unsent, self.portal.standing.status)

    def chosen(self) -> Row | None:
        """The line under the cursor; where there is none, that is said."""
        row = self.table.current
        if row is None:
            self.refuse("choose a line first")
        return row

    def refuse(self, words: str) -> None:
        """Say why something is not done."""
        self.tell_trouble(describe(InvalidInput(words)))

    def tell_trouble(self, trouble: Trouble) -> None:
        """Say what went wrong, or is not to be had."""
        self.notify(trouble.words, severity="error", markup=False)

    def for_whom(self, then: Callable[[str], object]) -> None:
        """Go on with the name of the connection that something is for; where there are several, that is asked."""

        def choose(found: tuple[PortalSummary, ...]) -> None:
            if len(found) == 1:
                then(str(found[0].name))
                return
            lines = tuple((str(each.name), f"{each.patient_name or each.patient} at {each.name}") for each in found)
            self.app.push_screen(PickScreen("For whom, and where?", lines), go_on)

        def go_on(name: str | None) -> None:
            if name is not None:
                then(name)

        self.ask(_sign_ins, choose, asked=Asked(group="whom"))

    def fill_in(self, prepare: Callable[[Client], Form[Plan]], portal: str) -> None:
        """Open a form; `prepare` makes it, and raises PortalError where it would be of no use."""
        self.ask(prepare, self.show_form, self.tell_trouble, Asked(portal, "form"))

    def show_form(self, form: Form[Plan]) -> None:
        """Open a form that is ready."""
        if self.is_current:
            self.app.push_screen(FormScreen(form), lambda done: self.carried_out() if done else None)

    def carried_out(self) -> None:
        """Show what became of what a form was about."""
        self.reload()

    def settle(self, deed: Deed[Plan]) -> None:
        """Make something ready, show it, and do it after a yes."""

        def ask(plan: Plan) -> None:
            if not self.is_current:
                return

            def answer(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
                if yes:
                    self.do(lambda client: deed.submit(client, plan), self.told, self.tell_trouble, Asked(deed.portal))

            self.app.push_screen(ConfirmScreen(deed.preview(plan), deed.yes), answer)

        self.do(deed.plan, ask, self.tell_trouble, Asked(deed.portal))

    def told(self, words: str) -> None:
        """Say what came of something, and show it."""
        self.notify(words, markup=False)
        self.reload()

    def action_menu(self) -> None:
        """Let everything be chosen that can be done here."""
        found = [action for action in ACTIONS if action.where in {self.OWN, Where.ACTING} and action.call != "menu"]
        lines = tuple((action.call, f"{action.shown_keys.split()[0]}  {action.words}") for action in found)

        async def run(call: str | None) -> None:
            if call is not None:
                await self.run_action(call)

        row = self.table.current
        about = f"{row.cells[self.NAMED_BY].text}: what" if row else "What"
        self.app.push_screen(PickScreen(f"{about} shall be done?", lines), run)


def _sign_ins(client: Client) -> tuple[PortalSummary, ...]:
    found = tuple(each for each in client.portals.meant() if not each.is_imported)
    if not found:
        raise SignInNeeded
    return found


def _text(row: Row) -> str:
    return " ".join(cell.text for cell in row.cells).casefold()

"""Settings: what each means, setting it and letting its default hold again; recovery code and a look over it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import Static

from store.services.configuration import CHOICES, KEYS, MEANINGS
from tui import readings_of_keeping as readings
from tui import rows_of_keeping as rows
from tui import words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.forms import Field, Form, Kind
from tui.reading import Reading, facts
from tui.screens.form import FormScreen
from tui.screens.split import SplitScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from store.client import Client
    from store.services.configuration import Setting
    from store.services.portal_checks import Step
    from tui.columns import Row

_AT_ONCE = frozenset({"theme", "lock_after"})
_PORTAL = "What the configuration says of a portal; `portal portals add` and `remove` change it."


class SettingsScreen(SplitScreen):
    """The settings of the configuration file."""

    NAME = "settings"
    NEEDS_PORTAL = False
    BINDINGS = bindings(Where.SETTINGS)
    COLUMNS = (
        Column(most=28, least=12, title="Setting"),
        Column(most=30, least=8, title="Value"),
        Column(most=8, title="From"),
        Column(most=90, least=40, from_width=110, title="What it means"),
    )
    EMPTY = "No settings."
    HINT = (
        "Enter changes a setting, x lets its default hold again, t chooses colours, d checks this installation, "
        "r makes a recovery code.\n\nBackups, the keychain and a new passphrase: `portal vault`. Taking records out: "
        "`portal export`."
    )

    def below(self) -> ComposeResult:
        """All that is to be known of the setting under the cursor."""
        yield Static(id="meaning", markup=False)

    @on(Table.Moved)
    def tell_meaning(self, message: Table.Moved) -> None:
        """Say what the setting under the cursor means, and what the file calls it."""
        self._tell_meaning(message.row)

    def _tell_meaning(self, row: Row | None) -> None:
        if row:
            meaning = f"{MEANINGS.get(row.key, _PORTAL)}\nIn the file and for `portal config`: {row.key}"
            self.query_one("#meaning", Static).update(Content(meaning))

    def reload(self) -> None:
        """Read the settings."""
        self.ask(lambda client: (client.configuration.list(), client.configuration.places()), self._show_all)

    def _show_all(self, found: tuple[tuple[Setting, ...], object]) -> None:
        settings, places = found
        self._settings: dict[str, Setting] = {setting.key: setting for setting in settings}
        self.table.show([rows.setting(setting, MEANINGS.get(setting.key, _PORTAL)) for setting in settings])
        self._tell_meaning(self.table.current)
        self.say(f"{words.count(len(settings), 'setting')}  ·  in {getattr(places, 'configuration', '')}")

    @on(Table.Chosen)
    def change(self, message: Table.Chosen) -> None:
        """Let a value be typed or chosen."""
        setting = self._settings[message.row.key]
        if setting.key in KEYS:
            self.portal.push_screen(FormScreen(_form(setting)), self._changed)
        else:
            self.notify(_PORTAL, markup=False)

    def action_unset(self) -> None:
        """Let the default of a setting hold again."""
        row = self.table.current
        if row is None or row.key not in KEYS:
            return
        if not self._settings[row.key].is_set:
            self.notify("The default holds already.", markup=False)
            return
        self.do(lambda client: client.configuration.unset((row.key,)), self.portal.heed)

    def action_doctor(self) -> None:
        """Look over this installation."""
        self.say("Looking over this installation …")
        self.do(lambda client: client.doctor.examine(), self._examined)

    async def _examined(self, steps: tuple[Step, ...]) -> None:
        self.reload()
        await self.show_reading(readings.doctor(steps))

    def action_recovery_code(self) -> None:
        """Make a recovery code."""
        from tui.screens.first_run import CodeAnewScreen  # noqa: PLC0415 - loaded when it is first shown

        self.portal.push_screen(CodeAnewScreen())

    def _changed(self, is_done: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
        if is_done:
            self.portal.heed()


def _form(setting: Setting) -> Form[dict[str, str]]:
    choices = tuple((choice, choice) for choice in CHOICES.get(setting.key, ()))
    kind = Kind.CHOICE if choices else Kind.LINE
    named = rows.SETTINGS[setting.key]
    when = "It holds at once." if setting.key in _AT_ONCE else "It holds from the next start on."

    def plan(client: Client, values: Mapping[str, str]) -> dict[str, str]:
        client.configuration.check({setting.key: values["value"].strip()})
        return {setting.key: values["value"].strip()}

    def preview(values: dict[str, str]) -> Reading:
        return Reading("Setting", named, facts(("Now", setting.value), ("Then", values[setting.key]), ("", when)))

    def submit(client: Client, values: dict[str, str]) -> str:
        client.configuration.set(values)
        return f"{named}: {values[setting.key]}. {when}"

    return Form(
        named,
        (Field("value", MEANINGS[setting.key], kind, setting.value, choices=choices),),
        plan,
        preview,
        submit,
        yes="Set it",
    )

"""Sync: what was asked of each portal, what came, what is missing, and how far a sync has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from store.services.gaps import Standing as Gap
from tui import readings_of_keeping as readings
from tui import rows_of_keeping as rows
from tui import words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.pick import PickScreen
from tui.screens.split import SplitScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.services.gaps import PortalGaps

_EVERY = (("0", "Not by itself"), ("900", "About every 15 minutes"), ("3600", "About every hour"), ("14400", "4 hours"))


class SyncingScreen(SplitScreen):
    """The gap report; a sync that runs shows in it type by type."""

    NAME = "sync"
    BINDINGS = bindings(Where.SYNCING)
    COLUMNS = (
        Column(most=24, least=14, title="What"),
        Column(most=18, title="State"),
        Column(most=8, is_right=True, title="Here"),
        Column(most=12, title="Asked"),
        Column(most=24, from_width=60, title="Portal"),
        Column(most=60, least=10, from_width=100, title="Reason"),
    )
    EMPTY = "Nothing has been fetched yet. Press s to sync."
    HINT = "Enter tells what is missing of a sort of record, and what to do."

    def __init__(self) -> None:
        super().__init__()
        self._gaps: tuple[PortalGaps, ...] = ()

    def reload(self) -> None:
        """Read the report."""
        self.ask(read, self._take)

    def tell(self) -> None:
        """Show how things stand, and how far each type has come."""
        super().tell()
        if self.portal.standing.is_syncing:
            self._draw()

    def _take(self, found: tuple[PortalGaps, ...]) -> None:
        self._gaps = found
        self._draw()

    def _draw(self) -> None:
        standing, now = self.portal.standing, self.portal.clock()
        progress = standing.progress if standing.is_syncing else None
        told = [(owner, found) for owner in self._gaps for found in rows.in_order(owner)]
        lines = [rows.gap(owner, found, now, progress) for owner, found in told if found.standing != Gap.NOT_OFFERED]
        lines += [rows.gap(owner, found, now, progress) for owner, found in told if found.standing == Gap.NOT_OFFERED]
        self.table.show(lines)
        self.say(self._summary())

    def _summary(self) -> str:
        standing = self.portal.standing
        if standing.is_syncing:
            come = standing.progress
            return (
                f"Syncing: {come.done} of {come.planned} searches, {words.count(come.received, 'record')}. Esc stops it"
            )
        failed = sum(len(owner.failed) for owner in self._gaps)
        kinds = sum(found.records > 0 for owner in self._gaps for found in owner.types)
        every = self.portal.sync_every
        itself = f"by itself every {every / 60:.0f} min" if every else "s syncs now"
        missing = f"! of {words.count(failed, 'sort')} something is missing" if failed else "nothing failed"
        return f"{words.count(kinds, 'sort')} of record here  ·  {missing}  ·  {itself}"

    @on(Table.Chosen)
    async def read_gap(self, message: Table.Chosen) -> None:
        """Tell what is missing of a type."""
        for owner in self._gaps:
            for found in owner.types:
                if f"{owner.portal} {found.type}" == message.row.key:
                    await self.show_reading(readings.gap(owner, found))
                    return

    def action_everything(self) -> None:
        """Ask for everything again."""
        self.portal.action_sync(full=True)

    def action_watch(self) -> None:
        """Let it be chosen how often a sync begins by itself."""
        now = f"{self.portal.sync_every:.0f}"
        self.portal.push_screen(
            PickScreen("Sync by itself, while the dashboard is open?", _EVERY, now), self._take_every
        )

    def _take_every(self, seconds: str | None) -> None:
        if seconds is not None:
            self.portal.sync_by_itself(float(seconds))
            self.say(self._summary())


def read(client: Client) -> tuple[PortalGaps, ...]:
    """The gap report of every portal; nothing where there is none yet."""
    return client.gaps.report() if client.portals.list() else ()

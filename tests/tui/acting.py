"""What the tests of acting share: a dashboard that is walked, and what then waits in the vault."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from store.records.lossless import decode
from tests.tui.charts import PASSPHRASE
from tests.tui.conftest import drive, make_app, make_client, unlock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from textual.pilot import Pilot

    from store.client import Client
    from store.config import Settings
    from tui.app import PortalApp


def go(
    settings: Settings,
    steps: Callable[[Pilot[None], PortalApp], Awaitable[None]],
    size: tuple[int, int] = (140, 45),
) -> None:
    """Walk a dashboard that shows its home."""
    app = make_app(settings)

    async def run(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await steps(pilot, app)

    drive(app, run, size)


async def type_into(pilot: Pilot[None], field: str, text: str) -> None:
    """Have a field hold a text, with nothing done after it."""
    pilot.app.screen.query_one(f"#{field}", Input).value = text
    await pilot.pause()


@contextmanager
def opened(settings: Settings) -> Iterator[Client]:
    """A client with the vault open."""
    with make_client(settings) as client:
        client.unlock(PASSPHRASE)
        yield client


def waiting(settings: Settings, kind: str) -> list[dict[str, Any]]:
    """The bodies of what waits to be sent of a kind, oldest first."""
    with opened(settings) as client:
        rows = [row for row in client.outbox.list(waiting=True).items if row.kind == kind]
        return [decode(client.outbox.show(str(row.id)).fhir) for row in reversed(rows)]

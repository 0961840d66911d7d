"""What tests do about appointments at the command line, and what the practice portal has of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.conftest import Home


def act(home: Home, *arguments: str) -> Any:
    """Do something about appointments for certain; what the appointment is afterwards."""
    said = home.run("appointments", *arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json["appointment"]


def slots(home: Home, *arguments: str) -> list[dict[str, Any]]:
    said = home.run("appointments", "slots", "--json", *arguments)
    assert said.code == 0, said.err
    found: list[dict[str, Any]] = said.json
    return found


def status_of(practice: Sandbox, reference: str) -> str:
    return str(stored(practice, reference)["status"])


def stored(practice: Sandbox, reference: str) -> dict[str, Any]:
    version = practice.portal.repository.current(*reference.split("/"))
    assert version is not None
    return version.resource()


def made_here(practice: Sandbox) -> list[dict[str, Any]]:
    """The appointments that patients made."""
    return [each.resource() for each in practice.portal.repository.everything("Appointment") if each.creator]


def refused(home: Home, *arguments: str, code: int = 8) -> str:
    """Something the portal refuses; gives what is said about it, and makes sure that the text is kept."""
    said = home.run("appointments", *arguments, "--yes")
    assert said.code == code, said.err
    waiting = home.run("outbox", "list", "--waiting", "--json").json
    assert waiting[0]["state"] == {8: "rejected", 13: "conflict"}[code]
    return said.err


def wait_until(practice: Sandbox, appointment: dict[str, Any], before: timedelta) -> None:
    """Set the portal's clock to some time before an appointment begins."""
    start = datetime.fromisoformat(stored(practice, f"Appointment/{appointment['id']}")["start"])
    practice.portal.clock.advance((start - before - practice.portal.clock.now()).total_seconds())

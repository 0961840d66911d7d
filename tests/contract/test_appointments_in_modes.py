"""Appointments in each vendor's manner: what a portal takes is sent once and followed, and the rest is not asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.errors import NotOffered
from store.records.appointment_writes import Period
from store.services.appointment_plans import Wish
from tests.conftest import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client

OWN = "own"


@pytest.fixture(params=[OWN, *MODES])
def portal(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    mode = None if request.param == OWN else str(request.param)
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode)) as running:
        yield running


@pytest.fixture
def ready(client: Client, portal: Sandbox) -> Client:
    sign_in(client, portal)
    client.sync.run()
    return client


def offers(portal: Sandbox, kind: str, *interactions: str) -> bool:
    return portal.mode is None or any(portal.mode.offers(kind, each) for each in interactions)


def stored(portal: Sandbox, record_id: str, kind: str = "Appointment") -> dict[str, Any]:
    version = portal.portal.repository.current(kind, record_id)
    assert version is not None
    return version.resource()


def requested(portal: Sandbox) -> list[dict[str, Any]]:
    every = portal.portal.repository.everything("Appointment")
    return [version.resource() for version in every if version.creator]


def windows(count: int) -> tuple[Period, ...]:
    first = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=30)
    starts = (first + timedelta(days=number) for number in range(count))
    return tuple(Period(start.isoformat(), (start + timedelta(hours=2)).isoformat()) for start in starts)


def test_a_request_with_several_times_is_sent_once_with_all_of_them_or_not_asked_for(
    portal: Sandbox, ready: Client
) -> None:
    wanted = windows(3)
    if not offers(portal, "Appointment", "create"):
        with pytest.raises(NotOffered):
            ready.bookings.request(Wish("Sore knee", periods=wanted))
        return
    outcome = ready.bookings.submit(ready.bookings.request(Wish("Sore knee", "By train", wanted)))
    assert outcome.request.state == "confirmed"
    (made,) = requested(portal)
    said = [period["start"] for period in made["requestedPeriod"]]
    assert said[0] == wanted[0].start
    for period in wanted:
        assert period.start in said or period.start in made["comment"]
    assert "By train" in made["comment"]
    ready.sync.run()
    assert [item.id for item in ready.appointments.list().items if item.reason == "Sore knee"] == [made["id"]]


def test_a_free_time_is_booked_once_and_can_be_cancelled_where_changes_are_taken(
    portal: Sandbox, ready: Client
) -> None:
    if not offers(portal, "Appointment", "create"):
        with pytest.raises(NotOffered):
            ready.bookings.book(Wish("Sore knee", slot="1"))
        return
    slot = ready.bookings.times.list().items[0]
    outcome = ready.bookings.submit(ready.bookings.book(Wish("Sore knee", slot=slot.id)))
    assert outcome.appointment is not None
    (made,) = requested(portal)
    assert (made["status"], made["id"]) == ("booked", outcome.appointment.id)
    done = ready.bookings.submit(ready.bookings.cancel(made["id"], "Better already"))
    assert done.request.state == "confirmed"
    assert stored(portal, made["id"])["status"] == "cancelled"
    ready.sync.run()
    assert str(ready.appointments.show(made["id"]).status) == "cancelled"


def test_a_time_that_the_clinic_proposes_is_accepted_in_the_way_that_the_portal_takes(
    portal: Sandbox, ready: Client
) -> None:
    if not offers(portal, "Appointment", "create"):
        with pytest.raises(NotOffered):
            ready.bookings.request(Wish("Sore knee"))
        return
    today = datetime.now(UTC)
    sunday = (today + timedelta(days=13 - today.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    closed = Period(sunday.isoformat(), (sunday + timedelta(hours=2)).isoformat())
    ready.bookings.submit(ready.bookings.request(Wish("Sore knee", periods=(closed,))))
    portal.clinic.step()
    ready.sync.run()
    (made,) = requested(portal)
    assert made["status"] == "pending"
    outcome = ready.bookings.submit(ready.bookings.respond(made["id"], "accept", "", None))
    assert outcome.request.state == "confirmed"
    portal.clinic.step()
    assert stored(portal, made["id"])["status"] == "booked"

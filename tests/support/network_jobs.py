"""Jobs that speak with the portal: signing in, syncing, and asking for refills."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from store.errors import AlreadyRequested, NotFound
from store.events import AttachmentDone, PageStored, RequestSent
from tests.support import scripted
from tests.support.scenes import Seen, check_sound, client_in, records, requests, rows_in, seen, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from store.client import Client
    from store.events import Event
    from tests.support.workload import Acknowledge


def run_sign_in(folder: Path, acknowledge: Acknowledge, url: str) -> None:
    with client_in(folder) as client:
        sign_in(client, url)
        acknowledge("signed in")
        client.sync.run()


def verify_sign_in(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder)
    with client_in(folder) as client:
        assert len(client.portals.list()) >= len(acks)


def resume_sign_in(folder: Path, url: str) -> None:
    with client_in(folder) as client:
        if not client.portals.list():
            sign_in(client, url)
        assert client.sync.run().failures == ()


def run_sync(folder: Path, acknowledge: Acknowledge) -> None:
    def tell(event: Event) -> None:
        if isinstance(event, PageStored):
            acknowledge(f"{event.type} {event.received}")

    with client_in(folder) as client:
        assert client.sync.run(on_event=tell).failures == ()
        acknowledge("all")


def verify_sync(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder)
    with client_in(folder) as client:
        there = records(client.vault)
    promised: Counter[str] = Counter()
    for name, _, count in (ack.partition(" ") for ack in acks):
        promised[name] += int(count or "0")
    for name, number in promised.items():
        kept = sum(record.startswith(f"{name}/") for record in there)
        assert kept >= number, f"{number} of {name} were acknowledged, {kept} are there"
    if "all" in acks:
        assert len(there) == scripted.TOTAL


def resume_sync(folder: Path) -> None:
    with client_in(folder) as client:
        assert client.sync.run().failures == ()


def run_attachments(folder: Path, acknowledge: Acknowledge) -> None:
    def tell(event: Event) -> None:
        if isinstance(event, AttachmentDone):
            acknowledge(event.record)

    with client_in(folder) as client:
        assert client.attachments.fetch_all(on_event=tell).failures == ()


def contents(client: Client) -> dict[str, bytes]:
    """What each document holds that has been fetched, by its record."""
    found = {}
    for name in scripted.DOCUMENTS:
        try:
            found[name] = b"".join(client.attachments.content(f"DocumentReference/{name}"))
        except NotFound:
            continue
    return found


def verify_attachments(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder)
    with client_in(folder) as client:
        there = contents(client)
    assert {f"DocumentReference/{name}" for name in there} >= set(acks)
    assert all(content == scripted.DOCUMENTS[name] for name, content in there.items())


def resume_attachments(folder: Path) -> None:
    run_attachments(folder, lambda _: None)


def see_attachments(folder: Path) -> Seen:
    return seen(folder, lambda client: (contents(client), rows_in(client, "attachment_part")))


def run_outbox(folder: Path, acknowledge: Acknowledge) -> None:
    def tell(event: Event) -> None:
        if isinstance(event, RequestSent):
            acknowledge(f"{event.title} {event.state}")

    with client_in(folder) as client:
        assert client.sync.run(on_event=tell).failures == ()


def resume_outbox(folder: Path) -> None:
    """Sync, and say of what the portal does not show that it is to be sent again."""
    with client_in(folder) as client:
        client.sync.run()
        for row in client.outbox.list(waiting=True).items:
            client.outbox.retry(row.id)
        assert client.sync.run().failures == ()


def verify_outbox(folder: Path, acks: tuple[str, ...], url: str) -> None:
    check_sound(folder)
    with client_in(folder) as client:
        states = dict(requests(client.vault))
    assert sorted(states) == sorted(scripted.MEDICATIONS)
    arrived = scripted.created(url)
    assert len(set(arrived)) == len(arrived), f"requested twice: {arrived}"
    for ack in acks:
        name, _, state = ack.partition(" ")
        assert states[name] == state == "confirmed"
        assert f"MedicationRequest/{name}" in arrived


def run_refills(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        for name in scripted.MEDICATIONS:
            client.refills.submit(client.refills.plan(name))
            acknowledge(f"{name} confirmed")


def verify_refills(folder: Path, acks: tuple[str, ...], url: str) -> None:
    check_sound(folder)
    with client_in(folder) as client:
        states = dict(requests(client.vault))
    arrived = scripted.created(url)
    assert len(set(arrived)) == len(arrived), f"requested twice: {arrived}"
    for ack in acks:
        name, _, state = ack.partition(" ")
        assert states[name] == state
        assert f"MedicationRequest/{name}" in arrived
    assert len(acks) <= len(states) <= len(acks) + 1


def resume_refills(folder: Path) -> None:
    resume_outbox(folder)
    with client_in(folder) as client:
        for name in scripted.MEDICATIONS:
            try:
                client.refills.submit(client.refills.plan(name))
            except AlreadyRequested:
                continue

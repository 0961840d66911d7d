from __future__ import annotations

import base64
import json
import os
import resource as machine
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from store.errors import NotFound, Rejected, SignInNeeded, VaultBusy
from store.events import AttachmentDone
from store.vault import attachments
from tests.support.filling import fill
from tests.support.hostile import ScriptedPortal, outcome, resource
from tests.support.wire import Answer, Call

if TYPE_CHECKING:
    from store.client import Client
    from store.config import Settings
    from store.events import Event

PDF = {"Content-Type": "application/pdf"}
ROOT = Path(__file__).resolve().parents[3]
FETCHING = """
import sys
import threading
from pathlib import Path
from store.client import Client
from store.config import Settings
from store.vault import keys
settings = Settings(Path(sys.argv[1]), Path(sys.argv[1]) / "config.toml")
with Client(settings, ask=lambda: "correct horse battery staple", cost=keys.FLOOR) as client:
    client.attachments.fetch("d1", again=True)
"""


def document(record_id: str, *urls: str, **more: object) -> bytes:
    content = [{"attachment": {"contentType": "application/pdf", "title": f"of {url}", "url": url}} for url in urls]
    return resource("DocumentReference", record_id, status="current", content=content, **more)


def serve(portal: ScriptedPortal, name: str, content: bytes) -> None:
    portal.behaviours[f"/fhir/Binary/{name}"] = Answer(200, content, PDF)


def whole(client: Client, record: str, number: int = 1) -> bytes:
    return b"".join(client.attachments.content(record, number))


def lines(client: Client, action: str) -> list[tuple[str, str]]:
    return [(str(line.what), str(line.subject)) for line in client.audit.list(action).items]


def test_a_record_lists_its_attachments_before_and_after_they_are_fetched(
    client: Client, portal: ScriptedPortal
) -> None:
    content = os.urandom(600_000)
    serve(portal, "1", content)
    fill(client, portal, document("d1", "Binary/1"))
    (before,) = client.attachments.list("d1")
    assert (before.number, before.title, before.content_type) == (1, "of Binary/1", "application/pdf")
    assert (before.size, before.is_in_vault, before.fetched) == (None, False, None)
    with pytest.raises(NotFound):
        whole(client, "d1")
    report = client.attachments.fetch("DocumentReference/d1")
    assert (report.fetched, report.size, report.failures) == (1, 600_000, ())
    (after,) = client.attachments.list("d1")
    assert (after.size, after.is_in_vault, after.address) == (600_000, True, f"{portal.base_url}/Binary/1")
    assert whole(client, "d1") == content
    assert lines(client, "fetch") == [("1 attachments of DocumentReference/d1, 0 failed", "Patient/p1")]
    assert ("DocumentReference/d1 attachment 1", "Patient/p1") in lines(client, "read")


def test_one_that_is_fetched_is_not_fetched_again_unless_that_is_asked_for(
    client: Client, portal: ScriptedPortal
) -> None:
    serve(portal, "1", b"old")
    fill(client, portal, document("d1", "Binary/1"))
    client.attachments.fetch("d1")
    serve(portal, "1", b"new")
    assert client.attachments.fetch("d1").fetched == client.attachments.fetch_all().fetched == 0
    assert portal.count("GET", "/fhir/Binary/1") == 1
    assert client.attachments.fetch("d1", again=True).fetched == 1
    assert whole(client, "d1") == b"new"


def test_content_in_the_record_itself_needs_no_fetch(client: Client, portal: ScriptedPortal) -> None:
    held = os.urandom(600_000)
    data = base64.b64encode(held).decode()
    fill(client, portal, resource("Media", "m1", status="completed", content={"data": data}))
    (found,) = client.attachments.list("m1")
    assert (found.is_in_vault, found.size, found.address) == (True, 600_000, "")
    assert whole(client, "m1") == held
    assert client.attachments.fetch("m1").fetched == 0


def test_a_number_or_record_that_is_not_there_is_not_found(client: Client, portal: ScriptedPortal) -> None:
    fill(client, portal, document("d1", "Binary/1"))
    for number in (0, 2):
        with pytest.raises(NotFound, match=f"DocumentReference/d1 {number}"):
            client.attachments.content("d1", number)
    with pytest.raises(NotFound):
        client.attachments.fetch("nobody")


def test_one_that_fails_is_named_and_the_others_are_fetched(client: Client, portal: ScriptedPortal) -> None:
    for name in "23":
        serve(portal, name, name.encode())
    portal.behaviours["/fhir/Binary/1"] = outcome(403, "not for you")
    urls = ("Binary/1", "Binary/2", "urn:uuid:4", "https://10.0.0.1/x", f"{portal.base_url}/Binary/2#page=2")
    fill(client, portal, document("d1", *urls), document("d2", "Binary/3"))
    seen: list[Event] = []
    report = client.attachments.fetch_all(on_event=seen.append)
    assert (report.fetched, report.size) == (2, 2)
    assert len(report.failures) == 3
    assert all(failure.startswith("DocumentReference/d1: ") for failure in report.failures)
    assert "not for you" in " ".join(report.failures)
    done = [event for event in seen if isinstance(event, AttachmentDone)]
    assert sorted(event.done for event in done) == [1, 2, 3, 4]
    assert {event.planned for event in done} == {4}
    assert sorted(event.size for event in done if event.error is None) == [1, 1]
    assert portal.count("GET", "/fhir/Binary/2") == 1
    assert whole(client, "d1", 2) == whole(client, "d1", 5) == b"2"


def test_when_nothing_of_a_record_could_be_fetched_its_error_is_raised(client: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/Binary/1"] = outcome(403, "not for you")
    fill(client, portal, document("d1", "Binary/1"))
    with pytest.raises(Rejected, match="not for you"):
        client.attachments.fetch("d1")


def test_a_sign_in_that_has_ended_stops_the_fetch(client: Client, portal: ScriptedPortal) -> None:
    fill(client, portal, document("d1", *(f"Binary/{number}" for number in range(30))))
    portal.accepted.clear()
    portal.refuses_refresh = True
    with pytest.raises(SignInNeeded):
        client.attachments.fetch_all()
    assert portal.count("GET", "/fhir/Binary/29") == 0
    (failure,) = client.attachments.fetch_from(client.portals.list()[0].name).failures
    assert "sign-in" in failure


def test_records_that_are_absent_are_left_out(client: Client, portal: ScriptedPortal) -> None:
    serve(portal, "1", b"1")
    fill(client, portal, *(document(f"d{number}", "Binary/1") for number in range(3)), document("gone", "Binary/2"))
    del portal.resources["DocumentReference"]["gone"]
    client.sync.run(full=True)
    assert client.attachments.fetch_all().failures == ()
    assert portal.count("GET", "/fhir/Binary/2") == 0


def test_a_fetch_that_is_stopped_leaves_nothing_half_done(client: Client, portal: ScriptedPortal) -> None:
    serve(portal, "1", b"x" * 900_000)
    fill(client, portal, document("d1", "Binary/1"))
    report = client.attachments.fetch_all(should_stop=lambda: True)
    assert (report.fetched, len(report.failures)) == (0, 1)
    with client.vault.reading() as connection:
        assert connection.execute("SELECT count(*) FROM attachment_part").fetchone() == (0,)


def test_as_many_requests_are_open_as_the_settings_allow_and_no_more(client: Client, portal: ScriptedPortal) -> None:
    allowed = client.settings.requests_in_flight
    meeting, lock, counts = threading.Barrier(allowed, timeout=20), threading.Lock(), [0]

    def answer(_: Call) -> Answer:
        with lock:
            counts.append(counts[-1] + 1)
        meeting.wait()
        with lock:
            counts.append(counts[-1] - 1)
        return Answer(200, b"x", PDF)

    for number in range(allowed * 4):
        portal.behaviours[f"/fhir/Binary/{number}"] = answer
    fill(client, portal, document("d1", *(f"Binary/{number}" for number in range(allowed * 4))))
    assert client.attachments.fetch("d1").fetched == allowed * 4
    assert max(counts) == allowed


def test_two_fetches_do_not_write_at_once(
    client: Client, portal: ScriptedPortal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client, portal, document("d1", "Binary/1"))
    monkeypatch.setattr("store.services.turns._LOCK_SECONDS", 0.05)
    with FileLock(settings.vault_dir / "attachments.lock"), pytest.raises(VaultBusy):
        client.attachments.fetch("d1")


def test_twenty_megabytes_pass_through_little_memory_raw_and_wrapped(client: Client, portal: ScriptedPortal) -> None:
    content = os.urandom(20 << 20)
    data = base64.b64encode(content).decode()
    binary = json.dumps({"resourceType": "Binary", "contentType": "application/pdf", "data": data}).encode()
    serve(portal, "0", content[: 2 << 20])
    serve(portal, "1", content)
    portal.behaviours["/fhir/Binary/2"] = Answer(200, binary, {"Content-Type": "application/fhir+json"})
    fill(client, portal, document("d0", "Binary/0"), document("d1", "Binary/1", "Binary/2"))
    client.attachments.fetch("d0")
    whole(client, "d0")
    before = machine.getrusage(machine.RUSAGE_SELF).ru_maxrss
    client.attachments.fetch("d1")
    for number in (1, 2):
        place = 0
        for part in client.attachments.content("d1", number):
            assert content[place : place + len(part)] == part
            place += len(part)
        assert place == len(content)
    assert machine.getrusage(machine.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


@pytest.mark.parametrize("step", ["attachment.part:2", "attachment.complete:1", "vault.commit:2", "vault.committed:2"])
def test_a_fetch_that_is_killed_leaves_what_there_was_and_the_next_one_brings_it(
    client: Client, portal: ScriptedPortal, settings: Settings, step: str
) -> None:
    serve(portal, "1", b"old")
    fill(client, portal, document("d1", "Binary/1"))
    client.attachments.fetch("d1")
    new = os.urandom(3_000_000)
    serve(portal, "1", new)
    done = subprocess.run(
        [sys.executable, "-c", FETCHING, str(settings.vault_dir)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PORTAL_FAILPOINT": step},
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    assert whole(client, "d1") == b"old"
    assert all(part.is_sound for part in client.checks.run())
    assert client.attachments.fetch("d1", again=True).fetched == 1
    assert whole(client, "d1") == new
    with client.vault.reading() as connection:
        assert list(attachments.load(connection, 1)) == [f"{portal.base_url}/Binary/1"]
        assert connection.execute("SELECT count(*) FROM attachment WHERE fetched = 0").fetchone() == (0,)

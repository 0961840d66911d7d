"""Appointments as iCalendar: read by others' programs, updated and cancelled there, and harmless."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import icalendar
import pytest

from tests.support.hostile import Offer, ScriptedPortal, resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

HOSTILE = "Cough\r\nATTENDEE:mailto:x@y\r\nEND:VEVENT;,\\\u202e\x1b[2J\x00"


def visit(**members: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "status": "booked",
        "description": "Oncology follow-up",
        "start": "2099-03-05T10:00:00+01:00",
        "end": "2099-03-05T10:30:00+01:00",
        "participant": [
            {"actor": {"reference": "Practitioner/d", "display": "Dr. Grün"}, "status": "accepted"},
            {"actor": {"reference": "Location/l", "display": "Cancer centre"}, "status": "accepted"},
        ],
    }
    return {**usual, **members}


def serve(portal: ScriptedPortal, home: Home, version: int, **members: Any) -> None:
    """Let the portal have one version of an appointment, and bring the vault in step."""
    portal.resources.pop("Appointment", None)
    meta = {"versionId": str(version), "lastUpdated": f"2026-11-20T10:00:{version:02}Z"}
    portal.add(resource("Appointment", "a1", **visit(**members), meta=meta))
    assert home.run("sync", "--full").code == 0


@pytest.fixture
def portal(home: Home) -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        running.types["Appointment"] = Offer()
        home.sign_in(running.base_url)
        yield running


def written(home: Home, *arguments: str) -> str:
    said = home.run("appointments", *(arguments or ("list",)), "--ics")
    assert said.code == 0, said.err
    return said.out


def only_event(text: str) -> Any:
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


def test_nothing_tells_what_it_is_about_unless_that_is_asked_for(portal: ScriptedPortal, home: Home) -> None:
    serve(portal, home, 1)
    plain = written(home)
    assert not [word for word in ("Oncology", "Grün", "Cancer", "127.0.0.1") if word in plain]
    event = only_event(plain)
    assert (event["SUMMARY"], event["CLASS"], event["STATUS"]) == ("Appointment", "PRIVATE", "CONFIRMED")
    assert event["DTSTART"].dt.isoformat() == "2099-03-05T09:00:00+00:00"
    told = only_event(written(home, "list", "--with-details"))
    assert (told["SUMMARY"], told["LOCATION"]) == ("Oncology follow-up", "Cancer centre")
    assert "Dr. Grün" in told["DESCRIPTION"]


def test_a_later_version_is_the_same_event_with_a_greater_sequence(portal: ScriptedPortal, home: Home) -> None:
    serve(portal, home, 1)
    first, again = only_event(written(home)), only_event(written(home))
    assert first == again
    serve(portal, home, 2, start="2099-03-06T10:00:00Z", end="2099-03-06T10:30:00Z")
    moved = only_event(written(home))
    assert moved["UID"] == first["UID"]
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert moved["DTSTAMP"].dt > first["DTSTAMP"].dt
    serve(portal, home, 3, status="cancelled")
    text = written(home, "show", "a1")
    assert "METHOD:CANCEL\r\n" in text
    gone = only_event(text)
    assert (gone["UID"], gone["STATUS"], gone["SEQUENCE"]) == (first["UID"], "CANCELLED", 3)
    assert only_event(written(home)) == gone


@pytest.mark.parametrize(
    ("status", "word"), [("pending", "TENTATIVE"), ("arrived", "CONFIRMED"), ("noshow", "CANCELLED")]
)
def test_a_status_is_told_in_the_calendars_words(portal: ScriptedPortal, home: Home, status: str, word: str) -> None:
    serve(portal, home, 1, status=status)
    assert only_event(written(home, "show", "a1"))["STATUS"] == word


def test_hostile_text_stays_text(portal: ScriptedPortal, home: Home) -> None:
    serve(portal, home, 1, description=HOSTILE, patientInstruction=HOSTILE * 20)
    content = home.run("appointments", "list", "--ics", "--with-details").out.encode()
    assert b"\x1b" not in content
    assert b"\x00" not in content
    lines = content.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line or len(line) > 75]
    assert not [line for line in lines if line.startswith(b"ATTENDEE")]
    assert lines.count(b"END:VEVENT") == 1
    assert "ATTENDEE:mailto:x@y" in str(only_event(content.decode())["SUMMARY"])


def test_what_has_no_time_yet_is_left_out_and_that_is_said(portal: ScriptedPortal, home: Home) -> None:
    portal.add(resource("Appointment", "a1", status="proposed", participant=[{"status": "needs-action"}]))
    home.run("sync")
    said = home.run("appointments", "--ics")
    assert said.code == 0
    assert "1 without a time left out" in said.err
    assert icalendar.Calendar.from_ical(said.out).walk("VEVENT") == []
    assert home.run("appointments", "--ics", "--json").code == 2
    assert home.run("appointments", "--with-details").code == 2


@pytest.mark.parametrize("option", [("--limit", "1"), ("--columns", "start"), ("--sort", "start")])
def test_a_calendar_is_whole_and_what_would_arrange_it_is_refused(home: Home, option: tuple[str, str]) -> None:
    said = home.run("appointments", "list", "--ics", *option)
    assert (said.code, said.out) == (2, "")
    assert f"{option[0]} arranges a list, and --ics gives a whole calendar" in said.err


def test_khal_takes_it_and_a_second_import_updates_and_cancels_the_same_event(
    portal: ScriptedPortal, home: Home, tmp_path: Path
) -> None:
    khal = shutil.which("khal", path=str(_beside()))
    assert khal, "khal is in the dev extra"
    events = tmp_path / "events"
    events.mkdir()
    config = tmp_path / "khal.conf"
    config.write_text(
        f"[calendars]\n[[visits]]\npath = {events}\n[sqlite]\npath = {tmp_path / 'khal.db'}\n"
        "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n"
        "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )

    def imported(number: int) -> str:
        file = tmp_path / f"{number}.ics"
        file.write_bytes(written(home).encode())
        for words in (
            ["import", "--batch", str(file)],
            ["list", "--format", "{title}|{start}|{status}", "2099-03-01", "31d"],
        ):
            done = subprocess.run(
                [khal, "-c", str(config), *words], capture_output=True, text=True, check=False, timeout=60
            )
            assert done.returncode == 0, done.stderr
        assert len(list(events.glob("*.ics"))) == 1
        return done.stdout

    serve(portal, home, 1)
    assert "Appointment|2099-03-05 09:00|" in imported(1)
    serve(portal, home, 2, start="2099-03-06T10:00:00Z", end="2099-03-06T10:30:00Z")
    moved = imported(2)
    assert "2099-03-06 10:00" in moved
    assert "2099-03-05" not in moved
    serve(portal, home, 3, status="cancelled", start="2099-03-06T10:00:00Z", end="2099-03-06T10:30:00Z")
    assert "CANCELLED" in imported(3)


def _beside() -> Path:
    from pathlib import Path  # noqa: PLC0415 - the type is for checking alone above

    return Path(sys.executable).parent


def test_a_radicale_server_takes_it_and_updates_and_cancels_the_same_event(
    portal: ScriptedPortal, home: Home, tmp_path: Path
) -> None:
    with Radicale(tmp_path) as server:
        server.request("MKCALENDAR", "")
        serve(portal, home, 1)
        first = server.put(written(home))
        serve(portal, home, 2, start="2099-03-06T10:00:00Z", end="2099-03-06T10:30:00Z")
        second = server.put(written(home))
        serve(portal, home, 3, status="cancelled")
        third = server.put(written(home))
    assert first["UID"] == second["UID"] == third["UID"]
    assert second["DTSTART"].dt.day == 6
    assert third["STATUS"] == "CANCELLED"


class Radicale:
    """A calendar server of another's making, on a port of its own, for one user without a password."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Radicale:  # noqa: PYI034 - not meant to be subclassed
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "radicale", "--server-hosts", f"127.0.0.1:{self._port}"),
                *("--auth-type", "none", "--storage-filesystem-folder", str(self._folder / "collections")),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(600):
            try:
                self.request("OPTIONS", "")
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise AssertionError("radicale does not answer")

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=30)

    def put(self, text: str) -> Any:
        """Put the one event of a calendar under its UID, as clients do; what the server has then is that alone."""
        event = only_event(text)
        calendar = icalendar.Calendar.from_ical(text)
        del calendar["METHOD"]  # RFC 4791 §4.1: what is stored has none
        self.request("PUT", f"{event['UID']}.ics", calendar.to_ical())
        return only_event(self.request("GET", "").decode())

    def request(self, method: str, name: str, body: bytes | None = None) -> bytes:
        address = f"http://127.0.0.1:{self._port}/ada/visits/{name}"
        headers = {"Authorization": f"Basic {b64encode(b'ada:x').decode()}", "Content-Type": "text/calendar"}
        asked = urllib.request.Request(address, body, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            found: bytes = answer.read()
            return found


def free_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

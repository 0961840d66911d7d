"""Answers that never end, are too large or lie about themselves: each fails alone, in bounded time and memory."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.remote import reading
from store.sync import streams
from tests.support.hostile import Offer, bundle, patient, resource
from tests.support.hostility import (
    GOOD,
    JSON_TYPE,
    PARTLY,
    SEARCH,
    assert_clean,
    assert_no_secret_reached,
    in_vault,
    named,
    reported,
)
from tests.support.waiting import no_pauses
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.conftest import Home
    from tests.support.hostile import ScriptedPortal
    from tests.support.wire import Call

PAGE = bundle(GOOD["Observation"])
MEGABYTE = 1 << 20
DEEP = b"[" * 10_000 + b"]" * 10_000
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process takes at a moment")


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with no_pauses():
        yield


def packed(content: bytes, times: int) -> bytes:
    for _ in range(times):
        packer = zlib.compressobj(wbits=31)
        content = packer.compress(content) + packer.flush()
    return content


def without_end() -> Iterator[bytes]:
    return itertools.chain([b'{"resourceType":"Bundle","entry":['], itertools.repeat(b" " * (1 << 16)))


def dripping() -> Iterator[bytes]:
    for _ in range(200):
        yield b" "
        time.sleep(0.05)


def with_headers(**headers: str) -> Answer:
    return Answer(200, PAGE, {**JSON_TYPE, **headers})


ANSWERS = {
    "a body without an end": Answer(200, headers=JSON_TYPE, parts=without_end),
    "a hundred thousand headers": with_headers(**{f"X-{at}": "a" for at in range(100_000)}),
    "a header of a megabyte": with_headers(Odd="x" * MEGABYTE),
    "a length that is too short": Answer(200, PAGE, JSON_TYPE, declared=len(PAGE) - 20),
    "a length that is too long": Answer(200, PAGE, JSON_TYPE, declared=len(PAGE) + 20, hangs_up=True),
    "a length below nothing": Answer(200, PAGE, JSON_TYPE, declared=-5, hangs_up=True),
    "a length of words": with_headers(**{"Content-Length": "plenty"}),
    "packed twice": Answer(200, packed(PAGE, 2), {**JSON_TYPE, "Content-Encoding": "gzip, gzip"}),
    "packed a thousand times": with_headers(**{"Content-Encoding": ", ".join(["gzip"] * 1000)}),
    "packed in a way of its own": with_headers(**{"Content-Encoding": "br"}),
    "deep": Answer(200, b'{"resourceType":"Bundle","meta":' + DEEP + b"}", JSON_TYPE),
    "a deep link": Answer(200, b'{"resourceType":"Bundle","link":' + DEEP + b',"entry":[]}', JSON_TYPE),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_cannot_be_taken_fails_its_type_and_no_other(
    home: Home, portal: ScriptedPortal, answer: Answer
) -> None:
    portal.behaviours[SEARCH] = answer
    said = home.run("sync")
    assert said.code == PARTLY
    assert_clean(said)
    assert reported(home)[0] == "failed"
    assert in_vault(home).items() >= named("Condition").items()
    del portal.behaviours[SEARCH]
    assert home.run("sync").code == 0
    assert in_vault(home).items() >= named("Observation", "Condition").items()


def test_an_answer_that_drips_is_given_up_at_its_deadline(
    home: Home, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LONGEST_ANSWER", 0.5)
    portal.behaviours[SEARCH] = Answer(200, headers=JSON_TYPE, parts=dripping)
    said = home.run("sync")
    assert said.code == PARTLY
    assert "takes too long" in said.err
    assert portal.count("GET", "/fhir/Observation") == 1  # whoever drips once is not asked to drip again
    assert in_vault(home).items() >= named("Condition").items()


def test_pages_that_are_ever_new_end_at_a_bound_that_the_gap_report_tells(
    home: Home, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ever_new(call: Call) -> Answer:
        number = int(call.query.get("page", "0")) + 1
        page = bundle([resource("Observation", f"new{number}")], f"{portal.base_url}/Observation?page={number}")
        return Answer(200, page, JSON_TYPE)

    monkeypatch.setattr(streams, "_MAX_PAGES", 30)
    portal.behaviours[SEARCH] = ever_new
    for _ in range(2):  # nor does the next sync go on where this one was
        before = portal.count("GET", "/fhir/Observation")
        assert home.run("sync").code == PARTLY
        assert portal.count("GET", "/fhir/Observation") - before == 30
    said = home.run("sync", "report", "--json")
    gap = next(gap for gap in said.json[0]["types"] if gap["type"] == "Observation")
    assert (gap["standing"], "a search did not end after 30 pages" in said.out) == ("failed", True)
    assert sum(name.startswith("Observation/") for name in in_vault(home)) == 30
    assert in_vault(home).items() >= named("Condition").items()


def test_pages_that_are_too_much_together_end_at_a_bound(
    home: Home, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ever_new(call: Call) -> Answer:
        number = int(call.query.get("page", "0")) + 1
        large = resource("Observation", f"new{number}", note=[{"text": "x" * MEGABYTE}])
        return Answer(200, bundle([large], f"{portal.base_url}/Observation?page={number}"), JSON_TYPE)

    monkeypatch.setattr(streams, "_MAX_BYTES", 5 << 20)
    portal.behaviours[SEARCH] = ever_new
    said = home.run("sync")
    assert said.code == PARTLY
    assert "a search did not end" in said.err
    assert portal.count("GET", "/fhir/Observation") == 5


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_what_a_record_refers_to_is_not_read_where_a_redirect_leads(
    home: Home, portal: ScriptedPortal, elsewhere: ScriptedPortal, status: int
) -> None:
    portal.types["Practitioner"] = Offer(("read",), ())
    portal.add(resource("Observation", "refers", performer=[{"reference": "Practitioner/d1"}]))
    to = {"Location": f"{elsewhere.base_url}/Practitioner/d1"}
    portal.behaviours["/fhir/Practitioner/d1"] = Answer(status, headers=to)
    assert home.run("sync").code == PARTLY
    assert portal.count("GET", "/fhir/Practitioner/d1") == 1
    assert in_vault(home).items() >= named("Observation", "Condition").items()
    assert elsewhere.requests == []


CAPABILITIES = {
    "a number": b"17",
    "a list": b"[]",
    "deep": b'{"resourceType":"CapabilityStatement","rest":' + DEEP + b"}",
    "too large": b'{"resourceType":"CapabilityStatement","x":"' + b"x" * (5 * MEGABYTE) + b'"}',
    "no type right": json.dumps(
        {
            "resourceType": "CapabilityStatement", "fhirVersion": {"a": 1}, "software": [{"name": 5}],
            "rest": [5, {"mode": ["server"], "resource": [None, {"type": ["Observation"]}, {"type": 5}]}],
        }
    ).encode(),
    "no interaction right": json.dumps(
        {
            "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
            "rest": [
                {
                    "mode": "server", "operation": {"name": "everything"},
                    "resource": [{"type": "Observation", "interaction": "read", "searchParam": [{"name": ["x"]}, 5]}],
                }
            ],
        }
    ).encode(),
    "escapes": json.dumps(
        {
            "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "software": {"name": "\x1b]0;x\x07\u202e"},
            "rest": [{"mode": "server", "resource": [{"type": "\x1b[2J", "interaction": [{"code": "search-type"}]}]}],
        }
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("body", CAPABILITIES.values(), ids=CAPABILITIES.keys())
def test_a_portal_that_describes_itself_badly_does_no_harm(home: Home, portal: ScriptedPortal, body: bytes) -> None:
    assert home.run("sync").code == 0
    portal.behaviours["/fhir/metadata"] = Answer(200, body, JSON_TYPE)
    for said in (home.run("sync"), home.run("sync", "report"), home.run("status")):
        assert "Traceback" not in said.err
        assert_clean(said)
    assert in_vault(home).items() >= named("Observation", "Condition").items()
    del portal.behaviours["/fhir/metadata"]
    assert home.run("sync").code == 0


SMARTS: dict[str, dict[str, object]] = {
    "numbers": {"authorization_endpoint": 5, "token_endpoint": [], "authorization_challenge_endpoint": {}},
    "lists of anything": {"code_challenge_methods_supported": ["plain", ["S256"], 5], "capabilities": {"a": 1}},
    "too large": {"issuer": "x" * (5 * MEGABYTE)},
    "escapes": {"token_endpoint": "\x1b]0;x\x07", "issuer": "\u202e"},
}


@pytest.mark.parametrize("fields", SMARTS.values(), ids=SMARTS.keys())
def test_a_sign_in_that_is_described_badly_is_refused(
    home: Home, portal: ScriptedPortal, fields: dict[str, object]
) -> None:
    portal.smart = dict(fields)
    before = portal.issued
    said = home.process("login", portal.base_url, "--username", "u", "--password-stdin", typed="p\n")
    assert said.code not in {0, 1}
    assert "Traceback" not in said.err
    assert_clean(said)
    assert portal.issued == before


NAMES = {
    "escapes": "\x1b[2J\x1b]0;owned\x07\x9b31mAda",
    "the other way round": "\u202eadA\u2066\u200f",
    "many lines": "Ada\r\nPortal: all is well\x00\n" * 20,
    "a megabyte": "Ada " * (MEGABYTE // 4),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_patient_of_a_hostile_name_is_shown_safely_and_shortly(home: Home, portal: ScriptedPortal, name: str) -> None:
    portal.add(patient(name))
    for command in (("sync",), ("sync", "report"), ("status",), ("conflicts", "list"), ()):
        said = home.run(*command)
        assert "Traceback" not in said.err
        assert_clean(said)
        assert len(said.out + said.err) < 100_000
    assert in_vault(home)["Patient/p1"] == patient(name)


def test_a_deep_record_among_good_ones_is_kept_apart_and_no_token_leaves(
    home: Home, portal: ScriptedPortal, elsewhere: ScriptedPortal
) -> None:
    deep = b'{"resourceType":"Observation","id":"bad","extension":' + DEEP + b"}"
    portal.behaviours[SEARCH] = Answer(200, bundle([deep, *GOOD["Observation"]], elsewhere.base_url), JSON_TYPE)
    assert home.run("sync").code == PARTLY
    assert in_vault(home).items() >= named("Observation", "Condition").items()
    assert [item["name"] for item in reported(home)[1]] == ["Observation/bad"]
    assert_no_secret_reached(elsewhere)


SYNC = "from portal_cli.main import run; raise SystemExit(run(['sync', '--full']))"


def status_of(process: int, name: str) -> int:
    """What Linux says of a process's memory, in KiB."""
    found = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1])


@LINUX
def test_a_bomb_of_three_hundred_megabytes_takes_little_memory(home: Home, portal: ScriptedPortal) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * MEGABYTE) for _ in range(300)) + packer.flush()
    assert len(bomb) < MEGABYTE
    before: list[int] = []
    most: list[int] = []
    running: list[subprocess.Popen[bytes]] = []

    def explode(_: Call) -> Answer:
        process = running[0].pid
        Path(f"/proc/{process}/clear_refs").write_text("5")  # the most that was taken is counted from here
        before.append(status_of(process, "VmRSS"))
        return Answer(200, bomb, {**JSON_TYPE, "Content-Encoding": "gzip"})

    def weigh(_: Call) -> None:
        most.append(status_of(running[0].pid, "VmHWM"))

    portal.types["Practitioner"] = Offer(("read",), ())
    portal.add(resource("Condition", "refers", recorder={"reference": "Practitioner/d1"}))
    portal.behaviours[SEARCH] = explode
    portal.behaviours["/fhir/Practitioner/d1"] = weigh  # asked for after all searches have ended
    with subprocess.Popen([sys.executable, "-c", SYNC], env=home.environment(), stderr=subprocess.DEVNULL) as process:
        running.append(process)
        assert process.wait(120) == PARTLY
    assert most[0] - before[0] < 32 * 1024
    assert reported(home)[0] == "failed"
    assert in_vault(home).items() >= named("Condition").items()

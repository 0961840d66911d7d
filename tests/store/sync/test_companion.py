"""The second process that reads pages: the same result, and nothing lost when it is not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.sync import companion, decode
from store.sync.companion import Asked, Companion
from store.sync.decode import Whose
from tests.support.hostile import Offer, ScriptedPortal, resource
from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.client import Client

BASE = "https://portal.example/fhir"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it looks at processes through /proc")


def lab(number: int, **more: object) -> bytes:
    body = {"resourceType": "Observation", "id": f"o{number}", "code": {"text": f"Test {number}"}, **more}
    return json.dumps(body).encode()


BODIES = [
    lab(1, performer=[{"reference": "Practitioner/d1"}], valueQuantity={"value": 1.50, "unit": "mg"}),
    b"not JSON at all",
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"half of it is missing"}]}',
    lab(2, subject={"reference": "Patient/somebody-else"}),
    lab(3, subject={"reference": "Patient/p2"}, performer=[{"reference": f"{BASE}/Organization/o1"}]),
    lab(1, note=[{"text": "said twice"}]),
    b"[" * 10_000,
    b'{"resourceType":"Observation","id":"\xff"}',
    lab(4, effectiveDateTime="2026-01"),
]
ASKED = Asked(BASE, ["p1", "p2"], ["Organization", "Practitioner"], BODIES)


@pytest.fixture
def second() -> Iterator[Companion]:
    found = Companion()
    yield found
    found.close()


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def awake(second: Companion) -> subprocess.Popen[bytes]:
    """Have it begin, as it does after many records, and wait until it is ready."""
    second._is_over = False  # also on a machine with one core
    assert second.read(Asked(BASE, ["p1"], [], [lab(1)] * 2_000)) is None
    until(second._ready.is_set)
    assert second._process
    return second._process


def test_it_reads_what_this_process_would_have_read(second: Companion) -> None:
    awake(second)
    found = second.read(ASKED)
    assert found
    whose = Whose(BASE, "p1")
    whose.patients.add("p2")
    here = decode.decode_all(BODIES, whose)
    assert found.found == here
    assert [record.body for record in here.records] == [BODIES[0], BODIES[4], BODIES[5], BODIES[8]]
    bodies = [record.body for record in here.records]
    assert set(found.references) == decode.references(bodies, BASE, frozenset(ASKED.types))
    assert {"Practitioner/d1", "Organization/o1"} == {"/".join(name) for name in found.references}


def test_few_records_start_no_process(second: Companion) -> None:
    assert second.read(ASKED) is None
    assert second._process is None


def test_what_it_no_longer_reads_is_left_to_this_process(second: Companion) -> None:
    process = awake(second)
    process.kill()
    process.wait()
    assert second.read(ASKED) is None
    assert second.read(ASKED) is None


def test_closing_it_ends_it_and_whoever_waits_for_it(second: Companion) -> None:
    process = awake(second)
    os.kill(process.pid, signal.SIGSTOP)  # it will never answer
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(second.read(ASKED)))
    waiting.start()
    until(second._turn.locked)
    second.close()
    waiting.join(30)
    assert found == [None]
    assert process.returncode is not None


@LINUX
def test_it_ends_with_the_process_that_started_it() -> None:
    script = (
        "import sys, time\n"
        "from store.sync.companion import Asked, Companion\n"
        "second = Companion(); second._is_over = False\n"
        "second.read(Asked('x', ['p1'], [], [b'{}'] * 2000)); second._ready.wait(30)\n"
        "print(second._process.pid, flush=True); time.sleep(60)\n"
    )
    first = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert first.stdout
    number = int(first.stdout.readline())
    assert Path(f"/proc/{number}").exists()
    first.kill()
    first.wait()
    first.stdout.close()
    until(lambda: not is_running(number))


def is_running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@LINUX
def test_its_memory_goes_into_no_core_file(second: Companion) -> None:
    process = awake(second)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


@LINUX
def test_an_interrupt_at_the_terminal_is_left_to_the_process_it_works_for(second: Companion) -> None:
    process = awake(second)
    os.kill(process.pid, signal.SIGINT)
    assert second.read(ASKED)


@pytest.fixture
def large(portal: ScriptedPortal) -> ScriptedPortal:
    portal.types["Observation"] = Offer(search=("patient",))
    portal.add(*[resource("Observation", f"o{number}", code={"text": f"Test {number}"}) for number in range(3_000)])
    portal.page_size = 100
    return portal


def dying(exchange: Callable[[Companion, bytes], bytes]) -> Callable[[Companion, bytes], bytes]:
    def die_first(second: Companion, message: bytes) -> bytes:
        assert second._process
        second._process.kill()
        return exchange(second, message)

    return die_first


@pytest.mark.parametrize("how", ["with it", "without it", "when it dies midway"])
def test_a_large_chart_is_the_same(
    how: str, client: Client, large: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion, "_has_room", lambda: how != "without it")
    begun: list[object] = []
    begin = Companion._begin

    def begin_and_tell(second: Companion) -> None:
        begun.append(second)
        begin(second)

    monkeypatch.setattr(Companion, "_begin", begin_and_tell)
    if how == "when it dies midway":
        monkeypatch.setattr(Companion, "_exchange", dying(Companion._exchange))
    sign_in_to(client, large)
    assert client.sync.run().failures == ()
    found = {item.id: item.title for item in client.records.list(limit=5_000).items if item.type == "Observation"}
    assert found == {f"o{number}": f"Test {number}" for number in range(3_000)}
    assert bool(begun) == (how != "without it")

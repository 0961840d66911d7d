"""However often an answer is lost: a request reaches the portal once, and what cannot be told is left to the patient.

The portal cuts its answers before, while and after it has stored what came, stores some of it only later, and cuts
answers to questions, too.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from store import events
from store.errors import Unreachable
from store.records import refills
from store.records.refills import REQUEST_ID_SYSTEM
from store.remote import discovery
from store.sync.push import Push
from store.vault import outbox, reading
from store.vault.outbox import Item, State
from tests.support.hostile import PATIENT, Offer, ScriptedPortal
from tests.support.signing import sign_in_to
from tests.support.waiting import no_pauses
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from store.remote.fhir import Fhir
    from tests.support.wire import Call

SENDS = 500
BATCH = 25
TYPES = ("Task", "Communication")
SEED = 20261125
_A_DAY = 86_400
_STORES_FIRST = frozenset({"while", "after", "error after"})
_POST = ("well", "well", "before", "while", "after", "late", "error before", "error after")


class CuttingPortal(ScriptedPortal):
    """A portal whose answers break off while it `cuts`, at moments that a seed makes."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.cuts = False
        self.happened: Counter[str] = Counter()
        self._late: list[Call] = []

    def usual(self, call: Call) -> Answer:
        """Answer, or break off."""
        is_request = call.method == "POST" and call.path.rpartition("/")[2] in TYPES
        if not self.cuts or not (is_request or call.path.startswith("/fhir/")):
            return super().usual(call)
        if not is_request:
            self.store_late()
            return HANG_UP if self.chance.random() < 0.05 else super().usual(call)
        what = self.chance.choice(_POST)
        self.happened[what] += 1
        return self._broken_off(what, call)

    def store_late(self) -> None:
        """Store what came a while ago, once in a while or when nothing is cut any more."""
        if not self.cuts or self.chance.random() < 0.3:
            while self._late:
                super().usual(self._late.pop())

    def _broken_off(self, what: str, call: Call) -> Answer:
        if what == "late":
            self._late.append(call)
            return HANG_UP
        answer = super().usual(call) if what == "well" or what in _STORES_FIRST else None
        if what.startswith("error"):
            return Answer(502)
        if answer is None or what == "after":
            return HANG_UP
        if what == "while":
            half = answer.body[: self.chance.randrange(len(answer.body))]
            return Answer(answer.status, half, answer.headers, hangs_up=True, declared=len(answer.body))
        return answer

    def arrived(self) -> Counter[str]:
        """How often each request was stored."""
        bodies = [json.loads(body) for name in TYPES for body in self.resources.get(name, {}).values()]
        return Counter(body["identifier"][0]["value"] for body in bodies)


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with no_pauses():
        yield


def connect(client: Client, portal: CuttingPortal, *, conditional: bool) -> None:
    for name in TYPES:
        portal.types[name] = Offer(("read", "search-type", "create"), ("identifier",), conditional_create=conditional)
    sign_in_to(client, portal)
    client.sync.run()


def ask(client: Client, numbers: range, chance: random.Random) -> list[str]:
    """Put requests into the outbox: for refills, and messages of a few threads."""
    names = []
    with client.vault.transaction() as tx:
        for number in numbers:
            name = str(uuid.UUID(int=chance.getrandbits(128)))
            body = a_refill(name, number) if number % 2 else a_message(name, number)
            outbox.add(
                tx,
                Item(
                    id=name,
                    connection=1,
                    kind="refill" if number % 2 else "message",
                    title=f"request {number}",
                    type=body["resourceType"],
                    request_id=name,
                    body=json.dumps(body).encode(),
                    state=State.QUEUED,
                    created=number,
                    updated=number,
                    thread="" if number % 2 else f"thread {number % 3}",
                ),
            )
            names.append(name)
    return names


def a_refill(name: str, number: int) -> dict[str, Any]:
    return refills.build(
        refills.NewRefill(
            request_id=name,
            medication=f"Medicine {number}",
            medication_reference=f"MedicationRequest/m{number}",
            patient_reference=f"Patient/{PATIENT}",
            owner_reference=None,
            note=None,
            is_renewal=False,
            authored=1_700_000_000,
        )
    )


def a_message(name: str, number: int) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": name}],
        "status": "in-progress",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "sent": "2026-11-25T10:00:00Z",
        "payload": [{"contentString": f"message {number}"}],
    }


class Sender:
    """Pushes, each a day after the one before, so that every pause is over."""

    def __init__(self, client: Client, fhir: Fhir) -> None:
        self._client = client
        self._fhir = fhir
        self._now = 2_000_000_000.0

    def push(self, again: str = "") -> bool:
        """Push once; returns whether it came to its end."""
        with self._client.vault.reading() as connection:
            owner = reading.connections(connection)[0]
        self._now += _A_DAY
        capability = discovery.read_capability(owner.capability, owner.base_url)
        try:
            Push(self._client.vault, self._fhir, owner, capability, clock=lambda: self._now).run(events.ignore, again)
        except Unreachable:
            return False
        return True

    def push_until_quiet(self, portal: CuttingPortal) -> None:
        """Push while answers are cut, then once when none is any more."""
        portal.cuts = True
        while not self.push():
            pass
        portal.cuts = False
        portal.store_late()
        assert self.push()


def states(client: Client, names: list[str]) -> dict[str, str]:
    with client.vault.reading() as connection:
        found = {item.id: item.state for item in outbox.items(connection)}
    return {name: found[name] for name in names}


@pytest.mark.parametrize("conditional", [True, False])
def test_hundreds_of_requests_arrive_exactly_once_or_are_told_as_open(client: Client, *, conditional: bool) -> None:
    chance = random.Random(SEED)
    asked: list[str] = []
    given_up: set[str] = set()
    with CuttingPortal(SEED + conditional) as portal:
        connect(client, portal, conditional=conditional)
        with client.vault.reading() as connection:
            fhir, tokens = client.portals.open(reading.connections(connection)[0])
        sender = Sender(client, fhir)
        for start in range(0, SENDS, BATCH):
            names = ask(client, range(start, start + BATCH), chance)
            asked += names
            settle(client, sender, portal, names)
            given_up |= decide(client, sender, portal, names)
        tokens.http.close()
    check_cuts(portal)
    arrived = portal.arrived()
    assert max(arrived.values()) == 1
    assert set(asked) - given_up == set(arrived)
    if conditional:
        assert not given_up
        assert sum(arrived.values()) == SENDS


def settle(client: Client, sender: Sender, portal: CuttingPortal, names: list[str]) -> None:
    """Push until nothing more happens; then what has arrived is confirmed, and all else is told as it is."""
    sender.push_until_quiet(portal)
    posted = len([call for call in portal.requests if call.method == "POST" and is_request(call)])
    sender.push()
    assert posted == len([call for call in portal.requests if call.method == "POST" and is_request(call)])
    arrived = portal.arrived()
    for name, state in states(client, names).items():
        assert (state == State.CONFIRMED) is (name in arrived), f"{name} is {state}"
        assert state in {State.CONFIRMED, State.UNKNOWN, State.QUEUED}
    if not portal.types["Task"].conditional_create:
        sent = Counter(identifier(call) for call in portal.requests if is_request(call))
        assert max(sent.values()) == 1, "something was sent again that nobody had asked to send again"


def decide(client: Client, sender: Sender, portal: CuttingPortal, names: list[str]) -> set[str]:
    """Take one way out or the other of what is open, as a patient would; returns what was given up."""
    given_up: set[str] = set()
    portal.requests.clear()
    while still_open := [name for name, state in states(client, names).items() if state == State.UNKNOWN]:
        name = still_open[0]
        assert client.outbox.show(name).row.ways == ("retry", "cancel")
        if portal.chance.random() < 0.5:
            client.outbox.cancel(name)
            given_up.add(name)
        else:
            sender.push(again=name)
        sender.push()  # what came after it in its thread
    portal.requests.clear()
    assert set(states(client, names).values()) <= {State.CONFIRMED, State.CANCELLED}
    return given_up


def is_request(call: Call) -> bool:
    return call.method == "POST" and call.path.rpartition("/")[2] in TYPES


def identifier(call: Call) -> str:
    return str(json.loads(call.body)["identifier"][0]["value"])


def check_cuts(portal: CuttingPortal) -> None:
    """Make sure that answers were in fact lost at every moment."""
    assert set(portal.happened) == set(_POST)
    assert all(times >= 20 for times in portal.happened.values()), portal.happened

"""Every step from one state to another, asked for over a socket: the practice takes a patient's own and refuses others.

What may follow what is written out here once more, and taken from nothing of the practice's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.support.apps import App

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

FAR = {"start": "2099-01-05T09:00:00Z", "end": "2099-01-05T09:30:00Z"}
Step = tuple[str, str]


@dataclass(frozen=True)
class Life:
    """The states of a resource, in which it may begin, and the steps that a patient may take; to stay is a step."""

    body: dict[str, Any]
    states: tuple[str, ...]
    beginnings: frozenset[str]
    steps: frozenset[Step]
    where: str = "status"
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)

    def at(self, state: str) -> dict[str, Any]:
        """The resource as it is in a state."""
        coded = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/verification", "code": state}]}
        found = {**self.body, self.where: state if self.where == "status" else coded, **self.beside.get(state, {})}
        return {name: value for name, value in found.items() if value is not None}


def steps(**allowed: str) -> frozenset[Step]:
    """Steps by the state that they begin in, `_` for a hyphen, each with where they lead to."""
    return frozenset((before.replace("_", "-"), after) for before, every in allowed.items() for after in every.split())


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


TASK = words(
    "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error"
)
MESSAGE = words("preparation in-progress not-done on-hold stopped completed entered-in-error unknown")
STATEMENT = words("active completed entered-in-error intended stopped on-hold unknown not-taken")
CANCEL = words("requested received accepted ready draft")
OPEN = words("proposed pending booked waitlist")
ME = {"reference": "Patient/{patient}"}
DOCTOR = {"reference": "{doctor}"}
_WORDS = {"payload": [{"contentString": "Good morning"}], "topic": {"text": "Cough"}, "subject": ME}
_REFILL = {
    "resourceType": "Task", "intent": "proposal", "for": ME, "requester": ME, "focus": {"reference": "{order}"},
    "code": {"coding": [{"code": "fulfill"}, {"code": "refill"}]}, "description": "Refill",
}  # fmt: skip
_CHANGE = {
    "resourceType": "Task", "intent": "proposal", "for": ME, "requester": ME, "focus": ME,
    "code": {"coding": [{"code": "change"}, {"code": "demographics"}]},
    "contained": [{"resourceType": "Patient", "id": "proposed", "language": "es"}],
    "input": [{"type": {"coding": [{"code": "proposed"}]}, "valueReference": {"reference": "#proposed"}}],
}  # fmt: skip
_TASK_STEPS = frozenset({("requested", "requested"), *((state, "cancelled") for state in CANCEL)})
LIVES = {
    "a refill request": Life(_REFILL, TASK, frozenset({"requested"}), _TASK_STEPS),
    "a proposed change": Life(_CHANGE, TASK, frozenset({"requested"}), _TASK_STEPS),
    "a message that was sent": Life(
        {"resourceType": "Communication", **_WORDS, "sender": ME, "recipient": [DOCTOR]},
        MESSAGE,
        frozenset({"in-progress"}),
        steps(in_progress="entered-in-error"),
    ),
    "a message that was read there": Life(
        {"resourceType": "Communication", **_WORDS, "sender": ME, "recipient": [DOCTOR], "received": FAR["start"]},
        MESSAGE,
        frozenset(),
        frozenset(),
    ),
    "a message that came": Life(
        {"resourceType": "Communication", **_WORDS, "sender": DOCTOR, "recipient": [ME]},
        MESSAGE,
        frozenset(),
        steps(in_progress="completed"),
    ),
    "a conversation": Life(
        {"resourceType": "Communication", "topic": {"text": "A"}, "subject": ME, "sender": ME, "recipient": [DOCTOR]},
        MESSAGE,
        frozenset({"in-progress"}),
        steps(in_progress="completed"),
    ),
    "an appointment": Life(
        {
            "resourceType": "Appointment",
            **FAR,
            "participant": [{"actor": ME, "status": "accepted"}, {"actor": DOCTOR, "status": "accepted"}],
        },
        (*OPEN, *words("arrived fulfilled cancelled noshow entered-in-error checked-in")),
        frozenset({"proposed"}),
        frozenset((state, after) for state in OPEN for after in (state, "cancelled")),
    ),
    "an insurance": Life(
        {"resourceType": "Coverage", "beneficiary": ME, "subscriber": ME, "payor": [{"display": "Plan"}]},
        ("active", "cancelled", "draft", "entered-in-error"),
        frozenset({"active", "draft"}),
        steps(draft="draft active cancelled entered-in-error", active="active cancelled entered-in-error"),
    ),
    "a medicine": Life(
        {
            "resourceType": "MedicationStatement",
            "subject": ME,
            "informationSource": ME,
            "medicationCodeableConcept": {"text": "Zinc"},
        },
        STATEMENT,
        frozenset(STATEMENT) - {"entered-in-error", "unknown", "not-taken"},
        frozenset(product(set(STATEMENT) - {"entered-in-error"}, STATEMENT)),
    ),
    "an allergy": Life(
        {
            "resourceType": "AllergyIntolerance",
            "patient": ME,
            "asserter": ME,
            "recorder": ME,
            "code": {"text": "Latex"},
            "clinicalStatus": {"coding": [{"code": "active"}]},
        },
        ("unconfirmed", "confirmed", "refuted", "entered-in-error"),
        frozenset({"unconfirmed"}),
        steps(unconfirmed="unconfirmed entered-in-error"),
        where="verificationStatus",
        beside={"entered-in-error": {"clinicalStatus": None}},
    ),
}
NEVER_DELETED = sorted({str(life.body["resourceType"]) for life in LIVES.values()})


class Ada(App):
    """A patient's app, and the practice that it is at."""

    def __init__(self, practice: Sandbox) -> None:
        super().__init__(practice)
        self.practice = practice
        order, other = self._names_of("MedicationRequest")[:2]
        names = {"doctor": self._names_of("Practitioner")[0], "order": order, "other order": other}
        self._names = {"{patient}": self.patient, **{f"{{{name}}}": value for name, value in names.items()}}

    def _names_of(self, kind: str) -> list[str]:
        return [f"{kind}/{each['id']}" for each in self.found(kind)]

    def own(self, body: dict[str, Any]) -> dict[str, Any]:
        """A body with the names of this portal's people in it."""
        text = json.dumps(body)
        for name, value in self._names.items():
            text = text.replace(name, value)
        found: dict[str, Any] = json.loads(text)
        return found

    def put_there(self, life: Life, state: str) -> dict[str, Any]:
        """The practice has a resource in a state; as it serves it."""
        repository = self.practice.portal.repository
        version = repository.create(self.own(life.at(state)), self.patient)
        found: dict[str, Any] = self.call("GET", f"{version.kind}/{version.key}").json()
        return found

    def take(self, before: dict[str, Any], after: dict[str, Any], way: str) -> httpx.Response:
        """Ask for a step: the whole resource, or a patch of what differs, for the version it was made from."""
        name, tag = f"{before['resourceType']}/{before['id']}", f'W/"{before["meta"]["versionId"]}"'
        if way == "PUT":
            return self.call("PUT", name, after, If_Match=tag, Content_Type="application/fhir+json")
        changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        patch = [
            {"op": "add", "path": f"/{key}", "value": after[key]}
            if key in after
            else {"op": "remove", "path": f"/{key}"}
            for key in changed
        ]
        return self.call("PATCH", name, patch, If_Match=tag, Content_Type="application/json-patch+json")


@pytest.fixture(scope="module")
def ada() -> Iterator[Ada]:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        app = Ada(running)
        yield app
        app.close()


def assert_refused(answer: httpx.Response, what: object) -> None:
    """Make sure that a step was refused as the standard has it: 422, and an OperationOutcome that says why."""
    assert answer.status_code == 422, (what, answer.text)
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert (issue["severity"], issue["code"]) == ("error", "business-rule"), (what, issue)
    assert len(issue["diagnostics"].split()) > 3


@pytest.mark.parametrize("way", ["PUT", "PATCH"])
@pytest.mark.parametrize("name", LIVES)
def test_a_step_that_is_not_the_patients_is_refused_in_words_and_changes_nothing(ada: Ada, name: str, way: str) -> None:
    life = LIVES[name]
    for before in life.states:
        there = ada.put_there(life, before)
        for after in life.states:
            if (before, after) in life.steps or after == before:
                continue
            wanted = {**ada.own(life.at(after)), "id": there["id"], "meta": there["meta"]}
            assert_refused(ada.take(there, wanted, way), (name, before, after))
        assert ada.call("GET", f"{there['resourceType']}/{there['id']}").json() == there


@pytest.mark.parametrize("name", LIVES)
def test_a_step_of_the_patients_own_is_taken_once(ada: Ada, name: str) -> None:
    life = LIVES[name]
    for before, after in sorted(life.steps):
        there = ada.put_there(life, before)
        wanted = {**ada.own(life.at(after)), "id": there["id"], "meta": there["meta"]}
        answer = ada.take(there, wanted, "PUT")
        assert answer.status_code == 200, (name, before, after, answer.text)
        assert answer.json()[life.where] == wanted[life.where]
        if before != after:
            assert ada.take(there, wanted, "PUT").status_code == 412


@pytest.mark.parametrize("name", [name for name, life in LIVES.items() if life.beginnings])
def test_what_is_new_begins_where_a_patient_may_begin_it(ada: Ada, name: str) -> None:
    life = LIVES[name]
    life.body["resourceType"]
    for state in life.states:
        body = {**life.at(state), **({"focus": {"reference": "{other order}"}} if name == "a refill request" else {})}
        answer = ada.post(ada.own(body))
        if state not in life.beginnings:
            assert_refused(answer, (name, state))
            continue
        assert answer.status_code == 201, (name, state, answer.text)
        if name == "a refill request":
            again = ada.post(ada.own(body))
            assert_refused(again, "the same once more")


@pytest.mark.parametrize("kind", NEVER_DELETED)
def test_what_was_sent_is_not_deleted(ada: Ada, kind: str) -> None:
    life = next(life for life in LIVES.values() if life.body["resourceType"] == kind and life.beginnings)
    there = ada.put_there(life, min(life.beginnings))
    assert_refused(ada.call("DELETE", f"{kind}/{there['id']}"), kind)

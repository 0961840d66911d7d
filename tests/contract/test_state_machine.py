"""Client and practice portal, driven through whatever may happen to the two; after quiet they agree.

Both sides change records, the patient asks for refills, writes messages and changes the address, while answers are
lost, pages drift, tokens end, clocks jump and the program is stopped anywhere. Then everything goes well for a while,
and: the vault has just what the portal has, everything that was asked for was done exactly once, and nothing is lost.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store import failpoints
from store.client import Client
from store.config import Settings
from store.errors import AlreadyRequested, ConflictsWaiting, PortalError, Rejected
from store.events import PageStored
from store.records.refills import REQUEST_ID_SYSTEM
from store.services import identifiers
from store.services.conflicts import Choice
from store.services.sign_in import SignInRequest
from store.services.sync import How
from store.vault import absences, keys, outbox, reading
from tests.conftest import PASSPHRASE
from tests.support.waiting import no_pauses

if TYPE_CHECKING:
    from store.events import Event, OnEvent
    from store.services.sync import SyncReport

EXAMPLES = int(os.environ.get("PORTAL_EXAMPLES", "50"))
STEPS = 45
PATIENT = "p1"
MEDICINES = ("aspirin", "metformin", "ramipril")
SCOPE = (
    "openid fhirUser launch/patient offline_access patient/Patient.ru patient/Observation.rs "
    "patient/MedicationRequest.rs patient/Task.crus patient/Communication.crus patient/Goal.rs"
)
TYPES = ("Patient", "Observation", "MedicationRequest", "Task", "Communication", "Goal")
FAULTS = (
    "429", "429-silent", "500", "502", "503", "504", "html", "garbage", "wrong-type", "expired", "duplicate",
    "duplicate-page", "reordered", "missing", "self", "cut-before", "cut-during", "cut-after", "reset-after",
)  # fmt: skip


class Killed(BaseException):
    """The program was stopped in the middle."""


def chart() -> list[dict[str, Any]]:
    subject = {"subject": {"reference": f"Patient/{PATIENT}"}}
    orders = [
        {
            "resourceType": "MedicationRequest", "id": name, "status": "active", "intent": "order",
            "medicationCodeableConcept": {"text": name}, **subject,
        }
        for name in MEDICINES
    ]  # fmt: skip
    return [
        {
            "resourceType": "Patient", "id": PATIENT, "name": [{"text": "Ada Long"}],
            "telecom": [{"system": "phone", "value": "1", "use": "home"}], "address": [{"city": "Here"}],
        },
        *orders,
        *(observation(f"o{number}") for number in range(12)),
        *(goal(n, subject) for n in range(5)),
    ]  # fmt: skip


def observation(key: str, value: int = 0) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": key, "status": "final", "code": {"text": key},
        "subject": {"reference": f"Patient/{PATIENT}"}, "valueInteger": value,
    }  # fmt: skip


def goal(number: int, subject: dict[str, Any]) -> dict[str, Any]:
    key = f"g{number}"
    return {"resourceType": "Goal", "id": key, "lifecycleStatus": "active", "description": {"text": key}, **subject}


class Both(RuleBasedStateMachine):
    """One portal and one vault, and what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="portal-machine-"))
        given = self.folder / "given"
        given.mkdir()
        for resource in chart():
            (given / f"{resource['id']}.json").write_text(json.dumps(resource))
        self.sandbox = Sandbox(SandboxOptions(load=given, clinic_delay=3600, page_size=4, faults=""))
        self.sandbox.start()
        self.count = 0
        self.asked: set[str] = set()
        self.given_up: set[str] = set()
        self.client = self._client()
        self._sign_in()

    def _client(self) -> Client:
        home = self.folder / "home"
        return Client(
            Settings(home / "vault", home / "config.toml", timeout=2.0),
            ask=lambda: PASSPHRASE,
            ask_new=lambda: PASSPHRASE,
            cost=keys.FLOOR,
        )

    def _sign_in(self) -> None:
        who = self.sandbox.sign_ins[0]
        with self.client.sign_ins.begin(SignInRequest(self.sandbox.base_url, scope=SCOPE)) as attempt:
            attempt.with_password(who.username, who.password)

    @property
    def repository(self) -> Any:
        return self.sandbox.portal.repository

    def next(self) -> int:
        self.count += 1
        return self.count

    # The portal's side.

    @rule(which=st.integers(0, 30))
    def portal_changes_a_record(self, which: int) -> None:
        versions = self.repository.visible(PATIENT, "Observation")
        if versions:
            version = versions[which % len(versions)]
            self.repository.put({**version.resource(), "valueInteger": self.next()}, version.key)

    @rule()
    def portal_adds_a_record(self) -> None:
        number = self.next()
        self.repository.put(observation(f"n{number}", number), f"n{number}")

    @rule(kind=st.sampled_from(["Observation", "Goal"]), which=st.integers(0, 30))
    def portal_deletes_a_record(self, kind: str, which: int) -> None:
        versions = self.repository.visible(PATIENT, kind)
        if len(versions) > 3:
            self.repository.delete(versions[which % len(versions)])

    @rule(kind=st.sampled_from(["Observation", "Goal"]))
    def portal_brings_back_a_record(self, kind: str) -> None:
        gone = [version for version in self.repository.everything(kind) if version.is_deleted]
        for version in gone[:1]:
            before = self.repository.history(kind, version.key)[-2]
            self.repository.put(before.resource(), version.key)

    @rule(what=st.sampled_from(["address", "telecom"]))
    def portal_changes_the_patient(self, what: str) -> None:
        version = self.repository.current("Patient", PATIENT)
        number = self.next()
        new = [{"city": f"City {number}"}] if what == "address" else [{"system": "phone", "value": f"{number}"}]
        self.repository.put({**version.resource(), what: new}, PATIENT)

    @rule()
    def clinic_ends_a_refill(self) -> None:
        for version in self.repository.visible(PATIENT, "Task"):
            if version.resource()["status"] == "requested":
                self.repository.put({**version.resource(), "status": "completed"}, version.key)
                return

    @rule()
    def token_ends(self) -> None:
        self.sandbox.portal.clock.advance(3700)

    @rule(seconds=st.sampled_from([-7200, -600, -30, 30, 600]))
    def portal_clock_jumps(self, seconds: int) -> None:
        self.sandbox.portal.clock.advance(seconds)

    # The patient's side.

    @rule(which=st.sampled_from(MEDICINES))
    def patient_asks_for_a_refill(self, which: str) -> None:
        try:
            plan = self.client.refills.plan(which)
        except PortalError:  # not synced yet, or asked for already
            return
        self.asked.add(plan.request_id)
        try:
            self.client.refills.submit(plan)
        except AlreadyRequested:
            self.asked.discard(plan.request_id)
        except Rejected:
            self.given_up.add(plan.request_id)
        except PortalError:
            pass

    @rule()
    def patient_writes_a_message(self) -> None:
        name = str(identifiers.uuid7())
        body = {
            "resourceType": "Communication", "status": "in-progress", "subject": {"reference": f"Patient/{PATIENT}"},
            "identifier": [{"system": REQUEST_ID_SYSTEM, "value": name}],
            "payload": [{"contentString": f"message {self.next()}"}],
        }  # fmt: skip
        now = int(time.time())
        item = outbox.Item(
            name, 1, "message", "message", "Communication", name, json.dumps(body).encode(), "queued", now, now,
            thread="t",
        )  # fmt: skip
        with self.client.vault.transaction() as tx:
            outbox.add(tx, item)
        self.asked.add(name)

    @rule()
    def patient_moves(self) -> None:
        with self.client.vault.reading() as connection:
            wanted = reading.Filter(types=("Patient",), record_id=PATIENT, limit=1)
            found = next(reading.records(self.client.vault, connection, wanted), None)
        if found:
            changed = json.loads(found[1])
            changed["telecom"] = [{"system": "phone", "value": f"555 01{self.next():05d}", "use": "home"}]
            with suppress(PortalError):
                self.client.outbox.add_update(1, f"Patient/{PATIENT}", json.dumps(changed).encode(), base=found[1])

    # What happens between the two.

    def _sync(self, on_event: OnEvent | None = None, *, full: bool = False) -> SyncReport | None:
        how = {"on_event": on_event} if on_event else {}
        try:
            return self.client.sync.run(full=full, **how)  # type: ignore[arg-type]
        except PortalError:
            return None

    @rule(full=st.booleans())
    def sync(self, *, full: bool) -> None:
        self._sync(full=full)

    @rule(kind=st.sampled_from(FAULTS), after=st.integers(0, 3), full=st.booleans())
    def sync_while_something_goes_wrong(self, kind: str, after: int, *, full: bool) -> None:
        path = ("/fhir/", "/fhir/Observation", "/fhir/Task", "/fhir/Communication")[after]
        self.sandbox.faults.once(kind, path=path)
        self._sync(full=full)
        self.sandbox.faults.clear()

    @rule(when=st.sampled_from(["before", "during", "after"]), method=st.sampled_from(["POST", "PUT"]))
    def sync_while_the_answer_to_a_write_is_lost(self, when: str, method: str) -> None:
        self.sandbox.faults.cut_next(when, method=method)
        self._sync()
        self.sandbox.faults.clear()

    @rule(step=st.integers(1, 25), full=st.booleans())
    def sync_until_it_is_killed(self, step: int, *, full: bool) -> None:
        left = [step]

        def stop(name: str) -> None:  # noqa: ARG001 - the step does not matter
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        usual = failpoints.reach
        failpoints.reach = stop
        try:
            self._sync(full=full)
        except Killed:
            pass
        finally:
            failpoints.reach = usual
        self.client.close()
        self.client = self._client()

    @rule(page=st.integers(1, 3), full=st.booleans())
    def sync_while_pages_drift(self, page: int, *, full: bool) -> None:
        left = [page]

        def drift(event: Event) -> None:
            if isinstance(event, PageStored) and event.type == "Observation":
                left[0] -= 1
                if left[0] == 0:
                    self.portal_adds_a_record()
                    self.portal_changes_a_record(0)
                    self.portal_deletes_a_record("Observation", 5)

        self._sync(drift, full=full)

    # What must hold.

    def _there(self, name: str) -> int:
        kinds = ("Task", "Communication")
        every = [version for kind in kinds for version in self.repository.everything(kind) if not version.is_deleted]
        return sum(name in json.dumps(version.resource().get("identifier", [])) for version in every)

    @invariant()
    def nothing_is_done_twice(self) -> None:
        for name in self.asked:
            assert self._there(name) <= 1, name

    def teardown(self) -> None:
        try:
            self._quiet()
        finally:
            self.client.close()
            self.sandbox.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _quiet(self) -> None:
        self.sandbox.faults.clear()
        for _ in range(STEPS + 10):  # there may be as many changes of one record, each clashing with the one before
            with self.client.vault.transaction() as tx:
                tx.connection.execute("UPDATE outbox_item SET not_before = 0")
            try:
                report = self.client.sync.run(full=True, how=How(accepts_loss=True))
            except PortalError:
                self._sign_in()
                continue
            for conflict in self.client.conflicts.list().items:
                with suppress(ConflictsWaiting, Rejected):
                    self.client.conflicts.resolve(conflict.id, Choice.MINE)
            if not (report.failures or report.changed or self.client.outbox.list(waiting=True).items):
                break
        else:
            pytest.fail(f"never quiet: {report.failures}")
        self._agree()

    def _agree(self) -> None:
        with self.client.vault.reading() as connection:
            gone = absences.marked(connection, (1,))
            every = list(reading.records(self.client.vault, connection, reading.Filter()))
            items = outbox.items(connection)
        here = {(row.type, row.id): body for row, body in every if row.pk not in gone}
        there = {
            (version.kind, version.key): version.body
            for kind in TYPES
            for version in self.repository.visible(PATIENT, kind)
        }
        assert here.keys() == there.keys()
        assert {key for key in here if here[key] != there[key]} == set()
        known = {item.request_id: item for item in items}
        for name in self.asked:
            state = known[name].state if name in known else "lost"
            assert (state, self._there(name)) in {("confirmed", 1), ("rejected", 0)}, name
        changes = [item for item in items if item.interaction == "update"]
        assert {item.state for item in changes} <= {"confirmed", "cancelled", "rejected"}
        history = [version.body for version in self.repository.history("Patient", PATIENT)]
        for item in changes:
            number = json.dumps(json.loads(item.body)["telecom"][0]["value"]).encode()
            begun = sum(number in new and number not in old for old, new in pairwise([b"", *history]))
            assert begun == (item.state == "confirmed"), item.state


@pytest.mark.timeout(1500 if EXAMPLES <= 50 else 0)  # 0 is none
def test_after_quiet_the_vault_and_the_portal_agree_and_everything_was_done_once() -> None:
    with no_pauses():
        chosen = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=EXAMPLES <= 50,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
            print_blob=True,
        )
        Both.TestCase.settings = chosen
        run = Both.TestCase("runTest")
        run.runTest()

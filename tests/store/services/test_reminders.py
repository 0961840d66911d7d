"""Delivering reminders: each once, whoever runs at the same time and whatever is cut off, and with nothing clinical."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from store.client import Client
from store.errors import InvalidInput, NotFound, VaultBusy
from store.records import incoming
from store.records.reminders import Channel, Topic
from store.services import reminders as service
from store.services import turns
from store.services.reminders import Wanted
from store.services.scope import Choice
from store.vault import connections, reminders, resources
from store.vault import vault as vaults
from store.vault.keys import FLOOR
from tests.conftest import PASSPHRASE
from tests.store.vault.building import PROJECT, signed_in
from tests.support import statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.config import Settings
    from store.services.reminder_notices import Reminder

HOUR, DAY = 3600, 86_400
NOW = int(time.time())


def instant(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat()


def appointment(start: float, record_id: str = "a1", **parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": record_id,
        "status": "booked",
        "description": "Oncology follow-up",
        "start": instant(start),
        "participant": [{"actor": {"reference": "Practitioner/1", "display": "Dr. Crab"}, "status": "accepted"}],
        **parts,
    }


def message(record_id: str = "c1", **parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "id": record_id,
        "status": "in-progress",
        "topic": {"text": "Biopsy"},
        "payload": [{"contentString": "Please call"}],
        "sender": {"reference": "Practitioner/1", "display": "Dr. Crab"},
        "sent": "2026-01-01T00:00:00Z",
        **parts,
    }


def result(record_id: str = "o1", **parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": record_id,
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"text": "HIV antibody"},
        "valueString": "x",
        **parts,
    }


def prescription(record_id: str = "m1", **parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": record_id,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Clozapine", "coding": [{"code": "2626"}]},
        **parts,
    }


def dispense(days_ago: int, days: int, record_id: str = "d1", **parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationDispense",
        "id": record_id,
        "status": "completed",
        "medicationCodeableConcept": {"text": "Clozapine", "coding": [{"code": "2626"}]},
        "whenHandedOver": instant(NOW - days_ago * DAY)[:10],
        "daysSupply": {"value": days, "unit": "days"},
        **parts,
    }


class Chart:
    """A vault with patients that a test fills, and all that its runs told."""

    def __init__(self, settings: Settings, patients: int = 1) -> None:
        self.told: list[Reminder] = []
        with vaults.create(settings, PASSPHRASE.encode(), FLOOR) as vault, vault.transaction() as tx:
            for number in range(1, patients + 1):
                address = f"https://p{number}.example.org/fhir"
                owner = connections.save(tx, signed_in(name=f"p{number}", base_url=address, capability=b"{}"))
                connections.name_patient(tx, owner, f"Person {number}")
        self.client = Client(settings, ask=lambda: PASSPHRASE)

    def put(self, *records: dict[str, Any], owner: int = 1) -> None:
        found = [incoming.decode(json.dumps(record).encode()) for record in records]
        with self.client.vault.transaction() as tx:
            resources.store(tx, owner, [each for each in found if each is not None])

    def add(self, topic: Topic, *before: str, by: Channel = Channel.TERMINAL, details: bool = False) -> None:
        self.client.reminders.add(Wanted(topic, before, (by,), details))

    def run(self, now: float = NOW, *, is_unattended: bool = False) -> list[str]:
        printed: list[Reminder] = []
        self.client.reminders.run(printed.extend, now=now, is_unattended=is_unattended)
        self.told += printed
        return [f"{item.text}|{item.details}|{item.state}" for item in printed]

    def states(self) -> list[str]:
        with self.client.vault.reading() as connection:
            return [
                state for (state,) in connection.execute("SELECT state FROM reminder_delivery ORDER BY event, rule")
            ]


@pytest.fixture
def chart(settings: Settings) -> Iterator[Chart]:
    made = Chart(settings)
    yield made
    made.client.close()


def test_nothing_is_told_until_a_rule_is_added(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR), message(), result())
    assert chart.client.reminders.list().items == ()
    assert chart.run() == []


def test_an_appointment_is_told_of_once_and_no_earlier_and_no_later(chart: Chart) -> None:
    start = NOW + 10 * DAY
    chart.put(appointment(start))
    chart.add(Topic.APPOINTMENT, "1d", "2h")
    assert chart.run(start - 3 * DAY) == []
    assert len(chart.run(start - 20 * HOUR)) == 1
    assert chart.run(start - 19 * HOUR) == []
    assert chart.run(start - 40 * HOUR) == []  # a clock set back
    assert len(chart.run(start - HOUR)) == 1
    assert chart.run(start - 2 * HOUR) == chart.run(start - 60) == []


def test_rules_that_come_due_in_one_sleep_are_told_together(chart: Chart) -> None:
    start = NOW + 10 * DAY
    chart.put(appointment(start))
    chart.add(Topic.APPOINTMENT, "1w", "1d", "2h")
    assert len(chart.run(start - HOUR)) == 1
    assert chart.states() == ["delivered"] * 3
    assert len(chart.told[0].rules) == 3


def test_what_is_past_cancelled_withdrawn_or_not_settled_is_not_told(chart: Chart) -> None:
    chart.put(
        appointment(NOW - 60, "past"),
        *(
            appointment(NOW + HOUR, word, status=word)
            for word in ("cancelled", "proposed", "entered-in-error", "noshow")
        ),
    )
    chart.add(Topic.APPOINTMENT, "1d")
    assert chart.run() == []


def test_an_appointment_that_moved_reminds_at_its_new_time_and_one_that_was_cancelled_never(chart: Chart) -> None:
    start = NOW + 10 * DAY
    chart.put(appointment(start), appointment(start, "a2"))
    chart.add(Topic.APPOINTMENT, "1d")
    chart.put(appointment(start + 7 * DAY), appointment(start, "a2", status="cancelled"))
    assert chart.run(start - HOUR) == []
    assert len(chart.run(start + 7 * DAY - HOUR)) == 1


def test_only_what_a_rule_allows_is_said_of_an_appointment(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR), message(), result("old"))
    for topic, before in ((Topic.APPOINTMENT, ("1d",)), (Topic.MESSAGE, ()), (Topic.RESULT, ())):
        chart.add(topic, *before)
    chart.put(result("new"), prescription(), dispense(25, 30))
    chart.add(Topic.REFILL, "1w")
    assert len(chart.run()) == 4
    secret = ("Oncology", "Crab", "Biopsy", "HIV", "Clozapine", "Person", "p1", "call")
    assert [word for word in secret if word in repr(chart.told)] == []
    chart.add(Topic.APPOINTMENT, "2d", details=True)
    (line,) = chart.run()
    assert all(word in line for word in ("Oncology follow-up", "Dr. Crab", "Person 1 at p1"))


def test_what_is_new_is_told_together_once_and_what_was_there_before_the_rule_is_not(chart: Chart) -> None:
    chart.put(result("old"))
    chart.add(Topic.RESULT)
    assert chart.run() == []
    chart.put(result("n1"), result("n2"), result("early", status="registered"))
    assert chart.run() == ["New results from your practice||delivered"]
    chart.put(result("n1", valueString="corrected", status="corrected"))
    assert chart.run() == []
    chart.put(result("early"))
    assert chart.run() == ["A new result from your practice||delivered"]


def test_a_message_is_told_of_while_it_is_unread(chart: Chart) -> None:
    chart.add(Topic.MESSAGE)
    chart.put(
        message("read", status="completed", received="2026-01-02T00:00:00Z"),
        message("sent", sender={"reference": "Patient/p1"}),
    )
    assert chart.run() == []
    chart.put(message("c1"))
    assert chart.run() == ["A message from your practice is unread||delivered"]
    assert chart.run() == []


@pytest.mark.parametrize(
    ("records", "is_due"),
    [
        ([prescription(), dispense(25, 30)], True),
        ([prescription(), dispense(25, 30), dispense(1, 30, "d2")], False),  # picked up since
        ([prescription(), dispense(35, 30)], True),  # it ran out while nobody looked
        ([prescription(), dispense(60, 30)], False),
        ([prescription(status="stopped"), dispense(25, 30)], False),
        ([dispense(25, 30)], False),
        ([prescription(), dispense(25, 30, authorizingPrescription=[{"reference": "MedicationRequest/m1"}])], True),
        (
            [
                prescription(
                    authoredOn=instant(NOW - 25 * DAY)[:10], dispenseRequest={"expectedSupplyDuration": {"value": 30}}
                )
            ],
            True,
        ),
    ],
)
def test_a_refill_is_due_before_what_was_dispensed_has_been_taken(
    chart: Chart,
    records: list[dict[str, Any]],
    is_due: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    chart.put(*records)
    chart.add(Topic.REFILL, "1w")
    assert len(chart.run()) == is_due
    assert chart.run() == []


def test_a_refill_that_was_asked_for_is_not_brought_up(chart: Chart) -> None:
    asked = {
        "resourceType": "Task",
        "id": "t1",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"code": "refill"}]},
        "focus": {"reference": "MedicationRequest/m1"},
    }
    chart.put(prescription(), dispense(25, 30), asked)
    chart.add(Topic.REFILL, "1w")
    assert chart.run() == []


def test_a_rule_made_again_is_the_one_that_there_was_and_one_removed_repeats_nothing(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR))
    chart.add(Topic.APPOINTMENT, "1d")
    chart.add(Topic.APPOINTMENT, "1 day")
    (rule,) = chart.client.reminders.list().items
    assert len(chart.run()) == 1
    chart.client.reminders.remove(rule.id)
    assert chart.client.reminders.list().items == ()
    chart.add(Topic.APPOINTMENT, "1d")
    assert chart.run() == []
    with pytest.raises(NotFound):
        chart.client.reminders.remove(99)


def test_a_rule_that_rests_tells_nothing_until_it_works_again(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR))
    chart.add(Topic.APPOINTMENT, "1d")
    (rule,) = chart.client.reminders.list().items
    assert chart.client.reminders.pause(rule.id).is_paused
    assert chart.run() == []
    assert not chart.client.reminders.pause(rule.id, is_paused=False).is_paused
    assert len(chart.run()) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(Topic.APPOINTMENT),
        Wanted(Topic.REFILL, ("soon",)),
        Wanted(Topic.MESSAGE, ("1d",)),
        Wanted(Topic.RESULT, (), (Channel.EMAIL,)),
    ],
)
def test_a_rule_that_cannot_be_is_refused(chart: Chart, wanted: Wanted) -> None:
    with pytest.raises(InvalidInput):
        chart.client.reminders.add(wanted)
    assert chart.client.reminders.list().items == ()


def test_the_suggested_rules_are_those_that_are_shown(chart: Chart) -> None:
    made = chart.client.reminders.add(*service.suggested((Channel.DESKTOP,)))
    assert [(str(row.topic), str(row.before)) for row in made] == [
        (topic.value, lead) for topic, leads in service.SUGGESTED for lead in leads
    ]


def test_what_could_not_be_printed_is_told_by_the_next_run(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR))
    chart.add(Topic.APPOINTMENT, "1d")

    def refuse(_: object) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        chart.client.reminders.run(refuse, now=NOW)
    assert chart.states() == ["failed"]
    assert len(chart.run()) == 1


def test_a_notice_that_failed_is_told_and_tried_again_by_the_next_run_only(
    chart: Chart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart.put(appointment(NOW + HOUR), message())
    chart.add(Topic.APPOINTMENT, "1d", by=Channel.DESKTOP)
    chart.add(Topic.MESSAGE, by=Channel.DESKTOP)
    program = tmp_path / "notify-send"
    monkeypatch.setenv("PATH", str(tmp_path))
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\nexit 3\n')
    program.chmod(0o700)
    assert [line.rpartition("|")[2] for line in chart.run()] == ["failed", "failed"]
    assert chart.told[0].reason == "`notify-send` ended with 3"
    assert len((tmp_path / "said").read_text().splitlines()) == 2
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\n')
    assert [line.rpartition("|")[2] for line in chart.run()] == ["delivered", "delivered"]
    assert chart.run() == []
    assert len((tmp_path / "said").read_text().splitlines()) == 4


def test_an_unattended_run_leaves_what_is_for_the_terminal(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR))
    chart.add(Topic.APPOINTMENT, "1d")
    assert chart.run(is_unattended=True) == []
    assert len(chart.run()) == 1


def test_the_audit_trail_says_what_was_told_of_whom_and_how_and_nothing_more(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR))
    chart.add(Topic.APPOINTMENT, "1d", details=True)
    chart.run()
    lines = [(row.what, row.subject) for row in chart.client.audit.list().items if row.action == "remind"]
    assert lines == [("appointment by terminal, delivered: 1", "Patient/p1"), ("rules added: 1", "")]


def test_what_is_due_can_be_looked_at_without_delivering_it(chart: Chart) -> None:
    chart.put(appointment(NOW + HOUR))
    chart.add(Topic.APPOINTMENT, "1d")
    assert [item.state for item in chart.client.reminders.due(NOW)] == ["due"]
    assert chart.states() == []


RUN = """
import sys
from pathlib import Path
from store.client import Client
from store.config import Settings
settings = Settings(Path(sys.argv[1]), Path(sys.argv[1]) / "config.toml")
with Client(settings, ask=lambda: "%s") as client:
    client.reminders.run(lambda found: [print(item.text, item.state, flush=True) for item in found], now=%d)
"""


def start(settings: Settings, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN % (PASSPHRASE, NOW), str(settings.vault_dir)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_runs_at_once_deliver_each_reminder_once(chart: Chart, settings: Settings) -> None:
    chart.put(*(appointment(NOW + HOUR + number, f"a{number}") for number in range(8)))
    chart.add(Topic.APPOINTMENT, "1d")
    both = [start(settings) for _ in range(2)]
    told = [line for process in both for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in both] == [0, 0]
    assert len(told) == 8


@pytest.mark.parametrize("point", ["reminder.taken", "reminder.sent"])
def test_a_run_killed_on_the_way_sends_nothing_twice_and_the_next_one_says_so(
    chart: Chart, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f"#!/bin/sh\necho said >> {tmp_path}/said\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    chart.put(appointment(NOW + HOUR), appointment(NOW + 2 * HOUR, "a2"))
    chart.add(Topic.APPOINTMENT, "1d", by=Channel.DESKTOP)
    killed = start(settings, PORTAL_FAILPOINT=f"{point}:1")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert chart.states() == ["sending"]
    lines = chart.run()
    assert lines[0] == "1 earlier reminder may not have arrived||unknown"
    assert len(lines) == 2  # the other one, which the run that was killed had not come to
    assert chart.run() == []
    said = (tmp_path / "said").read_text().splitlines()
    assert len(said) == (1 if point == "reminder.taken" else 2)


def test_a_run_waits_for_another_and_says_so_in_the_end(
    chart: Chart, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_LOCK_SECONDS", 0.1)
    with turns.one_at_a_time(settings.vault_dir / "reminders.lock", "x"), pytest.raises(VaultBusy):
        chart.run()


def test_rules_are_of_the_patient_that_is_meant_and_go_with_the_sign_in(settings: Settings) -> None:
    chart = Chart(settings, patients=2)
    with chart.client as client, statements.listening() as heard:
        chart.put(appointment(NOW + HOUR), owner=1)
        chart.put(appointment(NOW + HOUR), owner=2)
        client.choice = Choice(portal="p1")
        chart.add(Topic.APPOINTMENT, "1d", details=True)
        client.choice = Choice()
        assert [row.portal for row in client.reminders.list().items] == ["p1"]
        (line,) = chart.run()
        assert "Person 1 at p1" in line
        client.choice = Choice(portal="p2")
        assert client.reminders.list().items == ()
        with pytest.raises(NotFound):
            client.reminders.pause(1)
        chart.add(Topic.REFILL, "1d")
        chart.add(Topic.MESSAGE)
        chart.add(Topic.RESULT)
        chart.run()
        with client.vault.transaction() as tx:
            connections.remove(tx, 1)
        client.choice = Choice()
        assert {row.portal for row in client.reminders.list().items} == {"p2"}
        with client.vault.reading() as connection:
            assert reminders.settled(connection, (1,)) == frozenset()
    assert statements.unscoped(heard) == []
    assert {"reminder_rule", "reminder_delivery"} <= {name for one in heard for name in statements.tables_of(one)}


def test_a_midnight_is_crossed_in_the_words_and_not_in_the_rule(chart: Chart) -> None:
    midnight = datetime.now().astimezone().replace(hour=0, minute=30, second=0, microsecond=0) + timedelta(days=1)
    chart.put(appointment(midnight.timestamp()))
    chart.add(Topic.APPOINTMENT, "2h")
    (line,) = chart.run(midnight.timestamp() - HOUR)
    assert line.startswith("An appointment at your practice tomorrow at 00:30")

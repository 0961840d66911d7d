"""Texts that would steer a terminal, in every record, through every screen of the dashboard, in a real one."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import subprocess
import sys
import time
from collections import Counter
from fcntl import ioctl
from importlib import import_module
from pathlib import Path
from termios import TIOCSWINSZ
from typing import TYPE_CHECKING, Any

import pytest
from textual.screen import Screen
from textual.widget import Widget

from store.client import Client
from store.config import Settings
from store.records.incoming import decode
from store.records.text import one_line
from store.vault import connections, keys, resources
from tests.conftest import PASSPHRASE
from tests.e2e.test_hostile_text import ROOT, endless, spoiled
from tests.store.vault.building import signed_in
from tests.support.hostile import PATIENT, Offer, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.specimens import SPECIMENS, specimen
from tests.support.steering import CORPUS, harmful
from tests.tui.lettering import practice
from tui import screens, widgets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.writable import WritablePortal

EVIL = "evil \x1b]0;owned\x07\x1b[31m[red]X[/red] [@click=app.quit]y[/] \u202egnp\x9b2J\x00"
TAKEN = ("Appointment", "AppointmentResponse", "MedicationStatement", "Task", "Slot", "Schedule")
COLUMNS, ROWS = 140, 34
_BEGINNING = 14  # letters; what is longer may be cut off
_SEQUENCE = re.compile(
    rb"\x1b(?:"
    rb"\[[0-?]*[ -/]*[@-~]"  # a control sequence
    rb"|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)"  # a string with its end
    rb"|[ -/]*[0-~])"
)
_DRAWN = re.compile(rb"\x1b\[[0-9;]*m|\x1b\[[0-9]+;[0-9]+H")  # colours, and where to draw
_POINTER = b"\x1b]22;default\x07"
_MOUSE = {f"\x1b[?{mode}{way}".encode() for mode in (1000, 1003, 1015, 1006) for way in "hl"}
_AT_THE_ENDS = {
    *(f"\x1b[?{mode}{way}".encode() for mode in (1049, 1004, 2004, 25, 7) for way in "hl"),
    b"\x1b[>25u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2048$p", b"\x1b[22;0t", b"\x1b[23;0t", b"\x1b]0;portal\x07",
}  # fmt: skip
"""What the dashboard itself says to a terminal when it begins and when it ends, each once."""
_OF_THE_WAY_IN = {
    "BrowserScreen", "CodeAnewScreen", "CodeScreen", "DeviceScreen", "NoticeScreen", "OpeningScreen",
    "PassphraseScreen", "PasswordScreen", "RecoverScreen", "SecondStepScreen", "UnlockScreen", "WayScreen",
    "WelcomeScreen",
}  # fmt: skip
"""What is shown before there is a record to show."""
_OF_SEVERAL = {"NamingScreen"}
"""What is shown only where the vault has several people; `tests/tui/test_writing_for_others.py` looks at it."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[str]]:
    """All that a terminal was given, and the names of what was shown."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = Settings(vault_dir=folder / "vault", config_file=folder / "config.toml")
    report = folder / "report.json"
    with practice() as portal:
        fill(settings, portal)
        given = on_a_terminal(
            [
                sys.executable,
                "-m",
                "tests.support.every_key",
                *map(str, (settings.vault_dir, settings.config_file, report)),
            ]
        )
    assert report.exists(), given[-3000:].decode("utf-8", "replace")
    return given, json.loads(report.read_text("utf-8"))


def fill(settings: Settings, portal: WritablePortal) -> None:
    """Make a vault of two patients with nothing in it but texts that mean harm, and a portal that answers in them."""
    for name in TAKEN:
        portal.types[name] = Offer(("read", "search-type", "create", "update"), ("patient", "identifier"))
    portal.change(name=[{"text": EVIL}], telecom=[{"system": "phone", "value": EVIL, "use": "home"}])
    portal.add(*(json.dumps(body).encode() for body in to_act_on()))
    with Client(settings, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR) as client:
        sign_in_to(client, portal, "hillside")
        assert client.sync.run().failures == ()
        with client.vault.transaction() as tx:
            other = connections.save(tx, signed_in(name=EVIL, patient="p2"))
            somebody = {"resourceType": "Patient", "id": "p2", "name": [{"text": EVIL}]}
            for owner, bodies in ((1, list(readable())), (other, [somebody])):
                found = [decode(json.dumps(body).encode()) for body in bodies]
                resources.store(tx, owner, [item for item in found if item])
        client.people.switch("hillside")
        record = json.loads(client.records.show(f"Patient/{PATIENT}").fhir)
        client.outbox.add_update(1, f"Patient/{PATIENT}", json.dumps({**record, "gender": "other"}).encode())
        portal.change(gender=EVIL)
        client.sync.run()
        assert client.conflicts.list().total == 1
    for method, name in (("POST", "Task"), ("POST", "Appointment"), ("PUT", "Appointment"), ("POST", "Coverage")):
        portal.behaviours[f"{method} /fhir/{name}"] = outcome(422, EVIL)
    portal.behaviours["GET /fhir/Condition"] = outcome(500, EVIL)


def readable() -> Iterator[dict[str, Any]]:
    """A result for each of the texts, and a record of each kind."""
    texts = endless()
    lab = {"category": [{"coding": [{"code": "laboratory"}]}], "status": "final", "effectiveDateTime": "2024-05-17"}
    more = {"valueString": "v", "note": [{"text": "n"}], "interpretation": [{"text": "odd"}]}
    for number, text in enumerate(CORPUS):
        named = {"resourceType": "Observation", "id": f"o{number}", "code": {"text": f"evil {text} end"}}
        yield named | lab | spoiled(more, texts)
    for type_name in SPECIMENS:
        yield spoiled(specimen(type_name), texts)


def to_act_on() -> list[dict[str, Any]]:
    """What something can be done with, its words out of the corpus."""
    texts = endless()
    whose = {"reference": f"Patient/{PATIENT}"}
    soon = time.strftime("%Y-%m-%dT09:00:00Z", time.gmtime(time.time() + 2 * 86_400))
    late = {"start": soon, "end": soon.replace("T09:00", "T09:30")}
    part = {"participant": [{"actor": whose, "status": "needs-action"}]}
    order = {"resourceType": "MedicationRequest", "intent": "order", "status": "active", "subject": whose}
    plain: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"resourceType": "Appointment", "id": "a1", "status": "booked", **late, **part}, {"description": "x"}),
        ({"resourceType": "Appointment", "id": "a2", "status": "pending", **late, **part}, {"description": "x"}),
        ({"resourceType": "Appointment", "id": "a3", "status": "proposed", **late, **part}, {"description": "x"}),
        ({"resourceType": "Schedule", "id": "sch"}, {"actor": [{"reference": "Practitioner/1", "display": "x"}]}),
        (
            {"resourceType": "Slot", "id": "slot", "status": "free", **late, "schedule": {"reference": "Schedule/sch"}},
            {"serviceType": [{"text": "x"}]},
        ),
        (
            {**order, "id": "o1", "requester": {"reference": "Practitioner/1"}},
            {"medicationCodeableConcept": {"text": "x"}, "dosageInstruction": [{"text": "x"}]},
        ),
        (
            {
                "resourceType": "MedicationStatement",
                "id": "own",
                "status": "active",
                "subject": whose,
                "informationSource": whose,
            },
            {"medicationCodeableConcept": {"text": "x"}, "dosage": [{"text": "x"}]},
        ),
        (
            {"resourceType": "Task", "id": "t1", "status": "requested", "intent": "proposal", "for": whose},
            {"description": "x", "statusReason": {"text": "x"}},
        ),
    ]
    return [*({**facts, **spoiled(words, texts)} for facts, words in plain), *more_to_act_on()]


def more_to_act_on() -> list[dict[str, Any]]:
    whose = {"reference": f"Patient/{PATIENT}"}
    coded = {"coding": [{"code": "refill"}], "text": EVIL}
    glucose: dict[str, Any] = {"category": [{"coding": [{"code": "laboratory"}]}], "status": "final"}
    glucose |= {"code": {"text": EVIL, "coding": [{"system": "http://loinc.org", "code": "2345-7", "display": EVIL}]}}
    amount = {"value": 5, "unit": EVIL}
    return [
        *(
            json.loads(resource("Observation", f"g{year}", **glucose, effectiveDateTime=year, valueQuantity=amount))
            for year in ("2998", "2999")
        ),
        json.loads(resource("CareTeam", "t9", status="active", name=EVIL, participant=[
            {"member": {"reference": "Practitioner/9", "display": EVIL}, "role": [{"text": EVIL}]}])),
        json.loads(resource("Coverage", "c9", status="active", payor=[{"display": EVIL}], beneficiary=whose)),
        json.loads(resource("AllergyIntolerance", "a9", code={"text": EVIL}, patient=whose)),
        json.loads(resource("Task", "t2", status="requested", intent="proposal", code=coded, **{"for": whose},
                            focus={"reference": "MedicationRequest/o1", "display": EVIL})),
    ]  # fmt: skip


def on_a_terminal(command: list[str]) -> bytes:
    """Run a program on a terminal of its own; gives every byte that it was given."""
    master, slave = pty.openpty()
    ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, start_new_session=True,
        env={**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(slave)
    given = bytearray()
    with process:
        while True:
            try:
                given += os.read(master, 1 << 16)
            except OSError:  # nobody has the other side any more
                break
    os.close(master)
    return bytes(given)


def test_no_screen_gives_a_terminal_anything_that_is_not_of_the_dashboard_itself(
    shown: tuple[bytes, list[str]],
) -> None:
    given, _ = shown
    said = Counter(_SEQUENCE.findall(given))
    others = {each: times for each, times in said.items() if not _DRAWN.fullmatch(each)}
    assert set(others) - _MOUSE - {_POINTER} == _AT_THE_ENDS
    assert {each for each in _AT_THE_ENDS if others[each] != 1} == set()
    assert max(others[each] for each in _MOUSE) <= 2
    assert harmful(_SEQUENCE.sub(b"", given).decode()) == []
    assert [text for text in CORPUS if harmful(text) and f"evil {text} end".encode("utf-8", "replace") in given] == []


def test_every_screen_was_there_with_every_one_of_the_texts(shown: tuple[bytes, list[str]]) -> None:
    given, seen = shown
    text = _SEQUENCE.sub(b"", given).decode()
    assert [each for each in CORPUS if f"evil {one_line(each)}"[:_BEGINNING] not in text] == []
    assert "[red]X[/red] [@click=app.quit]y[/]" in text  # as it is, and not as markup
    assert screens_and_widgets() - set(seen) <= _OF_THE_WAY_IN | _OF_SEVERAL


def screens_and_widgets() -> set[str]:
    """The names of all that the dashboard can show."""
    files = [*Path(screens.__path__[0]).glob("*.py"), *Path(widgets.__path__[0]).glob("*.py")]
    modules = [import_module(f"tui.{file.parent.name}.{file.stem}") for file in files if file.stem != "__init__"]
    kinds = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    return {one.__name__ for one in kinds if issubclass(one, Widget | Screen) and is_shown(one)}


def is_shown(kind: type) -> bool:
    """Whether a class is one of ours and no base of others."""
    return kind.__module__.startswith("tui.") and not kind.__subclasses__()

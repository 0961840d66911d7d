"""Texts that would steer a terminal, through every command that shows records, in every way to print, in a real one."""

from __future__ import annotations

import importlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from portal_cli.registry import COMMANDS
from store.client import Client
from store.config import Settings
from store.records.incoming import decode
from store.vault import connections, keys, resources
from tests.conftest import PASSPHRASE
from tests.portal_cli.conftest import Home, new_home
from tests.store.vault.building import signed_in
from tests.support.many_commands import MARK
from tests.support.specimens import SPECIMENS, specimen
from tests.support.steering import CORPUS, harmful

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
LISTS = (
    "records list", "records search evil", "records search --by relevance evil", "records timeline", "labs", "vitals",
    "medications", "medications --all", "appointments list --all", "messages", "refills", "summary",
    "records list --clinician evil",
)  # fmt: skip
MODES = ((), ("--json",), ("--format", "csv"), ("--format", "ndjson"), ("--format", "table"), ("--accessible",))
OF_ONE_MODE = ("records timeline", "summary")
WAYS = {"wide": {"COLUMNS": "120"}, "narrow": {"COLUMNS": "40", "NO_COLOR": "1"}}


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200
    assert len([text for text in CORPUS if harmful(text)]) >= 200


def spoiled(value: Any, texts: Iterator[str], name: str = "") -> Any:
    """The same document with the next of the texts in every string that is shown as it is."""
    if isinstance(value, dict):
        kept = {"resourceType", "id", "status", "contentType", "data", "start", "reference", "intent"}
        return {key: inner if key in kept else spoiled(inner, texts, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(item, texts, name) for item in value]
    return f"evil {next(texts)} end" if isinstance(value, str) else value


def endless() -> Iterator[str]:
    while True:
        yield from CORPUS


def records() -> Iterator[dict[str, Any]]:
    texts = endless()
    lab = {"category": [{"coding": [{"code": "laboratory"}]}], "status": "final", "effectiveDateTime": "2024-05-17"}
    result = {"valueQuantity": {"value": 5, "unit": "x"}, "referenceRange": [{"text": "y"}], "code": {"text": "z"}}
    for number in range(120):
        body = {"resourceType": "Observation", "id": f"o{number}"} | lab
        yield body | spoiled(result | {"note": [{"text": "n"}], "interpretation": [{"text": "odd"}]}, texts)
    for type_name in SPECIMENS:
        for number in range(4):
            yield {**spoiled(specimen(type_name), texts), "id": f"s{number}"}
    parts = {"partOf": [{"reference": "Communication/s0"}], "sent": "2024-05-18T10:00:00Z", "status": "completed"}
    yield {"resourceType": "Communication", "id": "m1"} | parts | spoiled({"payload": [{"contentString": "t"}]}, texts)
    yield {"resourceType": "Condition", "id": "long", "code": {"text": "evil " + "\x1b[2J\u202e" * 100_000}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = new_home(tmp_path_factory.mktemp("hostile"))
    settings = Settings(vault_dir=found.vault, config_file=found.folder / "config.toml")
    with Client(settings, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR) as client:
        client.slots.create()
        bodies = list(records())
        older = {"resourceType": "Condition", "id": "s0", "code": {"text": "before \x1b[31m"}}
        with client.vault.transaction() as tx:
            evil = "evil \x1b]0;x\x07\u202e"
            owner = connections.save(tx, signed_in(name=evil))
            for some in ([older], bodies):
                items = [decode(json.dumps(body).encode()) for body in some]
                resources.store(tx, owner, [item for item in items if item])
    return found


def commands() -> list[list[str]]:
    lines = []
    for command in LISTS:
        for mode in MODES:
            if command in OF_ONE_MODE and "--format" in mode:
                continue
            lines.append([*command.split(), *mode])
    for type_name in SPECIMENS:
        lines += [["records", "show", f"{type_name}/s0", *mode] for mode in ((), ("--json",), ("--accessible",))]
    lines += [["records", "show", "Condition/s0", "--raw"], ["records", "show", "Condition/long"]]
    lines += [["records", "show", f"Observation/o{number}"] for number in range(0, 120, 10)]
    lines += [["records", "diff", "Condition/s0"], ["records", "diff", "Condition/s0", "--accessible"]]
    lines += [["appointments", "show", "s0"], ["messages", "show", "s0"], ["refills", "show", "s0"]]
    return [*lines, ["records", "show", "evil\x1b[2J"], ["records", "search", "kind:\x1b[31m"], ["labs", "\u202e"]]


EVIL = "evil\x1b]0;x\x07\u202e\x9b2J"
DOING = (
    "records fetch Condition/s0", "records fetch EVIL", "records download DocumentReference/s0 --to EVIL",
    "records open DocumentReference/s0 --text", "labs trend EVIL", "labs trend evil", "labs show Observation/o0",
    "vitals trend evil", "vitals show Observation/o0", "vitals list", "medications list", "medications add EVIL",
    "medications edit EVIL", "medications stop EVIL", "appointments slots", "appointments request EVIL",
    "appointments book EVIL", "appointments cancel s0 --yes", "appointments cancel EVIL", "appointments reschedule s0",
    "appointments respond s0 accept", "appointments checkin s0", "appointments directions s0", "profile show",
    "profile edit --phone EVIL", "insurance list", "insurance show s0", "insurance add --payer EVIL",
    "insurance end s0 --yes", "insurance end EVIL", "allergies list", "allergies show s0", "allergies add EVIL --yes",
    "allergies end s0 --yes", "messages list", "messages search evil", "messages read s0", "messages archive s0",
    "messages recipients", "messages send --to EVIL --subject EVIL --body EVIL --yes", "messages reply s0 --body EVIL",
    "messages draft list", "messages draft show EVIL", "messages draft edit EVIL", "messages draft send EVIL",
    "messages draft delete EVIL", "labs list EVIL", "refill EVIL", "refills list", "refills history s0",
    "refills history EVIL", "refills due",
    "refills cancel s0 --yes", "people list", "people switch EVIL", "people add EVIL",
    "portals list",
    "portals remove EVIL",
    "portals add EVIL", "portals test EVIL", "portals search EVIL", "portals import EVIL",
    "portals use EVIL", "outbox list",
    "outbox show EVIL", "outbox retry EVIL", "outbox cancel EVIL",
    "outbox edit EVIL",
    "conflicts list", "conflicts show EVIL", "conflicts resolve EVIL", "reminders list", "reminders add EVIL",
    "reminders remove EVIL", "reminders pause EVIL", "reminders portal EVIL", "learn EVIL", "learn Condition/s0",
    "import EVIL", "export EVIL", "audit list", "audit verify", "audit export EVIL", "doctor", "config list",
    "config get EVIL", "config set EVIL EVIL", "config unset EVIL", "config path", "status", "logout EVIL", "help EVIL",
)  # fmt: skip
ASIDE = {
    "login", "register", "verify", "password", "username", "account", "sync", "dashboard", "lock", "unlock", "vault",
    "demo", "sandbox", "reminders run", "reminders install", "reminders uninstall",
}  # fmt: skip
"""Commands that wait for somebody, for a portal or for ever: tests of their own hold them to the same."""


def doing() -> list[list[str]]:
    lines = [[EVIL if word == "EVIL" else word for word in line.split()] for line in DOING]
    return [*lines, *([*line, ("--json", "--accessible")[number % 2]] for number, line in enumerate(lines))]


def leaves(command: Any, name: str = "") -> Iterator[str]:
    """The names of all commands in a command, as they are typed."""
    inner = getattr(command, "commands", {})
    for word, each in inner.items():
        yield from leaves(each, f"{name} {word}".strip())
    if not inner:
        yield name


def test_every_command_is_run_with_texts_that_mean_harm() -> None:
    run = {" ".join(line) + " " for line in (*commands(), *(line.split() for line in DOING))}
    every = {
        leaf
        for word, entry in COMMANDS.items()
        for leaf in leaves(typer.main.get_command(importlib.import_module(entry.module).app), word)
    }
    left = {leaf for leaf in every if not any(line.startswith(f"{leaf} ") for line in run)}
    assert {leaf for leaf in left if leaf not in ASIDE and leaf.split()[0] not in ASIDE} == set()


def in_terminal(home: Home, lines: list[list[str]], **environment: str) -> str:
    """What a terminal is given while the commands run."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.many_commands", json.dumps(lines)],
        stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, cwd=ROOT,
        env={**home.environment(), "TERM": "xterm-256color", **environment},
    )  # fmt: skip
    os.close(slave)
    given = b""
    with process:
        while True:
            try:
                part = os.read(master, 1 << 16)
            except OSError:  # nobody has the other side any more
                break
            given += part
    os.close(master)
    return given.decode("utf-8", "replace")


@pytest.mark.parametrize("way", WAYS)
def test_no_command_gives_a_terminal_what_it_would_obey(home: Home, way: str) -> None:
    lines = commands()
    given = in_terminal(home, lines, **WAYS[way])
    parts = given.split(MARK)
    assert len(parts) == len(lines) + 2
    wrong = {" ".join(line): found for line, part in zip(lines, parts[1:], strict=False) if (found := harmful(part))}
    assert wrong == {}
    codes = json.loads(parts[-1].strip())
    assert set(codes) <= {0, 2, 6}
    failed = [" ".join(line) for line, code in zip(lines, codes, strict=True) if code and "evil" not in " ".join(line)]
    assert len(failed) <= 6, failed
    if "NO_COLOR" in WAYS[way]:
        assert "\x1b[3" not in given


def test_no_command_that_changes_or_refuses_gives_a_terminal_what_it_would_obey(home: Home) -> None:
    lines = doing()
    parts = in_terminal(home, lines, **WAYS["narrow"]).split(MARK)
    assert len(parts) == len(lines) + 2
    wrong = {" ".join(line): found for line, part in zip(lines, parts[1:], strict=False) if (found := harmful(part))}
    assert wrong == {}
    assert not [code for code in json.loads(parts[-1].strip()) if code not in range(7)]

"""Texts that would steer a terminal, through every command that shows records, in every way to print, in a real one."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

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

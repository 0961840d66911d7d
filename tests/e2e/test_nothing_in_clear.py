"""No word of the patient's can be found outside the vault's ciphertext: not in files, arguments or environments."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.e2e.conftest import PASSPHRASE, start_portal, stop_portal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Home, Portal

WORDS = {
    "family": "Quillfeather",
    "given": "Zephyrine",
    "diagnosis": "Porphyria cutanea marker",
    "message": "Please keep this marker-sentence to yourself",
    "result": "marker-analyte zirconium",
    "document": "Letter about the marker-palimpsest of the liver",
}

ANALYTES = tuple(f"Analyte{number:02d}quixotic{number * 7919 % 1009:04d}" for number in range(45))
KNOWN = (*WORDS.values(), *ANALYTES)

A_DAY = (
    ["unlock", "--for", "1h"],
    ["sync"],
    ["status"],
    ["labs"],
    ["records", "list"],
    ["records", "search", "zirconium"],
    ["messages", "list"],
    ["messages", "show", "m1"],
    ["records", "show", "c1"],
    ["records", "fetch", "d1"],
    ["records", "show", "d1"],
    ["refill", "lisinopril", "--yes"],
    ["refills", "list"],
    ["outbox", "list"],
    ["export", "--format", "ndjson", "--output", "-"],
    ["sync", "--full", "--attachments"],
    ["vault", "backup", "day.backup"],
    ["vault", "check"],
    ["vault", "rotate"],
    ["audit", "export"],
    ["vault", "restore", "day.backup", "--yes"],
    ["lock"],
)
A_CRASH = (
    (["vault", "backup", "killed.backup"], "backup.packed"),
    (["vault", "rotate"], "folder.ready"),
    (["records", "search", "zirconium"], "vault.commit"),
    (["records", "fetch", "d1", "--again"], "attachment.complete"),
)


def chart() -> dict[str, object]:
    subject = {"reference": "Patient/p1"}
    resources: list[dict[str, object]] = [
        {"resourceType": "Patient", "id": "p1", "name": [{"family": WORDS["family"], "given": [WORDS["given"]]}]},
        {"resourceType": "Condition", "id": "c1", "subject": subject, "code": {"text": WORDS["diagnosis"]}},
        {
            "resourceType": "Communication",
            "id": "m1",
            "status": "in-progress",
            "subject": subject,
            "payload": [{"contentString": WORDS["message"]}],
            "sender": {"display": "Dr. Elm"},
            "recipient": [subject],
            "sent": "2026-01-02T03:04:05Z",
        },
        {
            "resourceType": "Observation",
            "id": "o1",
            "status": "final",
            "subject": subject,
            "category": [{"coding": [{"code": "laboratory"}]}],
            "code": {"text": WORDS["result"]},
            "valueString": "present",
        },
        {
            "resourceType": "MedicationRequest",
            "id": "r1",
            "status": "active",
            "intent": "order",
            "subject": subject,
            "medicationCodeableConcept": {"text": "lisinopril 10 MG"},
        },
    ]
    document = base64.b64encode(f"{WORDS['document']}. ".encode() * 30_000).decode()
    resources += [
        {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": document},
        {
            "resourceType": "DocumentReference",
            "id": "d1",
            "status": "current",
            "subject": subject,
            "content": [{"attachment": {"contentType": "text/plain", "url": "Binary/b1"}}],
        },
    ]
    resources += [
        {
            "resourceType": "Observation",
            "id": f"a{number}",
            "status": "final",
            "subject": subject,
            "category": [{"coding": [{"code": "laboratory"}]}],
            "code": {"text": name},
            "valueString": "present",
        }
        for number, name in enumerate(ANALYTES)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


@pytest.fixture
def marked_portal(tmp_path: Path) -> Iterator[Portal]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "chart.json").write_text(json.dumps(chart()))
    running = start_portal(tmp_path, "--load", str(folder))
    yield running
    stop_portal(running)


def spellings(word: str) -> list[bytes]:
    """A word in the encodings that a program might write it in."""
    plain = word.encode()
    shifted = [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
    quoted = {word.replace(" ", "+"), urllib.parse.quote(word)}
    return [
        plain,
        plain.lower(),
        plain.upper(),
        plain.hex().encode(),
        plain[::-1],
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        *shifted,
        *(text.encode() for text in quoted),
    ]


SPELLINGS = {word: spellings(word) for word in (*KNOWN, PASSPHRASE)}


def found_in(content: bytes) -> list[str]:
    texts = [content, *unpacked(content)]
    return [word for word, known in SPELLINGS.items() if any(each in text for each in known for text in texts)]


def unpacked(content: bytes) -> Iterator[bytes]:
    """What is inside compressed parts of a file, wherever one begins."""
    for magic, unpack in ((b"\x1f\x8b\x08", 31), (b"\x78\x9c", 15), (b"\x28\xb5\x2f\xfd", 0)):
        place = content.find(magic)
        while place >= 0:
            with contextlib.suppress(zlib.error, zstandard.ZstdError):
                if unpack:
                    yield zlib.decompressobj(unpack).decompress(content[place:])
                else:
                    yield zstandard.ZstdDecompressor().decompressobj().decompress(content[place:])
            place = content.find(magic, place + 1)


class Watch(threading.Thread):
    """Looks at the arguments and environment of every process of ours while commands run, and at their files."""

    def __init__(self, home: Home) -> None:
        super().__init__(daemon=True)
        self.found: set[tuple[str, str]] = set()
        self.looks = 0
        self._home = home
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            for name in ("cmdline", "environ"):
                for path in Path("/proc").glob(f"[0-9]*/{name}"):
                    try:
                        content = path.read_bytes()
                    except OSError:
                        continue
                    if b"portal_cli" in content or str(self._home.folder).encode() in content:
                        self.looks += 1
                        self.found |= {(name, word) for word in found_in(content)}
            self.found |= files_with_words(self._home)
            self._ended.wait(0.05)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def files_with_words(home: Home) -> set[tuple[str, str]]:
    found = set()
    names = [Path(folder) / name for folder, _, files in os.walk(home.folder) for name in files]  # some go meanwhile
    for path in names:
        if path.name != "passphrase":
            try:
                found |= {(str(path), word) for word in found_in(path.read_bytes())}
            except OSError:
                continue
    return found


def test_the_search_would_find_a_word_if_it_were_there(home: Home) -> None:
    (home.folder / "tmp" / "leak").write_bytes(b"xx" + base64.b64encode(b"1" + WORDS["diagnosis"].encode() + b"234"))
    (home.folder / "run" / "leak").write_bytes(b"xx" + gzip.compress(b"1" + ANALYTES[7].encode() + b"234"))
    assert {word for _, word in files_with_words(home)} == {WORDS["diagnosis"], ANALYTES[7]}


def test_a_day_of_use_leaves_no_word_in_clear_in_any_file_argument_or_environment(
    home: Home, marked_portal: Portal
) -> None:
    watch = Watch(home)
    watch.start()
    marked_portal.login(home)
    for arguments in A_DAY:
        home.ok(*arguments)
    marked_portal.login(home)  # the backup that was restored has no tokens in it
    for arguments, point in A_CRASH:
        assert home.run(*arguments, PORTAL_FAILPOINT=f"{point}:1").returncode == -signal.SIGKILL
    home.run("records", "show", "nobody")
    watch.stop()
    assert watch.looks > 0
    assert watch.found == set()
    assert files_with_words(home) == set()
    assert WORDS["message"] in home.ok("messages", "show", "m1")


def test_vault_files_are_private_and_no_stock_sqlite_opens_them(home: Home, marked_portal: Portal) -> None:
    marked_portal.login(home)
    home.ok("sync")
    assert home.vault.stat().st_mode & 0o777 == 0o700
    files = list(home.vault.iterdir())
    assert {"vault.db", "vault.json"} <= {path.name for path in files}
    assert [path for path in files if path.stat().st_mode & 0o777 != 0o600] == []
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        sqlite3.connect(home.vault / "vault.db").execute("SELECT * FROM resource")


def test_a_crash_prints_nothing_of_the_patient(home: Home, marked_portal: Portal) -> None:
    marked_portal.login(home)
    home.ok("sync")
    script = (
        "import sys; from portal_cli.main import run; from store.services import labs\n"
        "def broken(*a, **k): raise RuntimeError('unforeseen')\n"
        "labs.labs.read = broken; sys.argv = ['portal', 'labs']; sys.exit(run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=home.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert found_in((done.stdout + done.stderr).encode()) == []
    assert "Traceback" not in done.stderr

"""Every command in every surrounding: its stdout, stderr and exit code, as they are written down in `transcripts/`."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PASSPHRASE
from tests.support import golden
from tests.support.command_tree import commands
from tests.support.stage import Scene, Seen, Stage
from tests.support.stage.lines import LINES, Line

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("transcripts")
_SURROUNDINGS = {
    "terminal": Scene((), has_terminal=True),
    "pipe": Scene(()),
    "no vault": Scene((), home="empty", is_open=False),
    "locked": Scene((), is_open=False, has_portal=False),
    "offline": Scene((), has_portal=False),
    "not offered": Scene((), home="read-only", has_portal=False),
    "bad argument": Scene((), has_portal=False),
}
_COUNTING = {"vault stats"}  # sizes of what is compressed differ from run to run
_BAR = re.compile(r"\x1b\[\?25l.*?\x1b\[\?25h(?:\r\x1b\[1A\x1b\[2K)?", re.DOTALL)  # drawn where it takes long enough
_FULL_SCREEN = "\x1b[?1049"
_NO_ID = r"00000000-0000-\g<1>000-8000-000000000000"
_READ_ONLY_WORDS = {
    "lab": "lab1", "vital": "vital1", "condition": "c1", "document": "doc1", "appointment": "a1", "slot": "1",
    "insurance": "cov1", "allergy": "al1", "thread": "msg1", "recipient": "hopper", "medicine": "lisinopril",
}  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    in_memory = Path("/dev/shm")  # a disk that is waited for would take most of the time
    folder = Path(mkdtemp(dir=in_memory)) if in_memory.is_dir() else tmp_path_factory.mktemp("stage")
    try:
        with Stage(folder) as ready:
            yield ready
    finally:
        rmtree(folder)


def test_every_command_has_a_line_to_see_it_by_and_no_other_has() -> None:
    assert set(LINES) == set(commands())


def test_no_transcript_is_left_of_a_command_that_is_gone() -> None:
    assert {path.stem.replace(".", " ") for path in FOLDER.glob("*.txt")} == set(LINES)


@pytest.mark.parametrize("command", LINES)
def test_a_command_says_in_every_surrounding_what_is_written_down(command: str, stage: Stage) -> None:
    line = LINES[command]
    told = []
    for name in _SURROUNDINGS:
        if line.alone and name not in {"pipe", "bad argument"}:
            continue
        told.append(_told(command, name, line, stage))
    golden.check(FOLDER / f"{command.replace(' ', '.')}.txt", "\n".join(told))


def _told(command: str, surrounding: str, line: Line, stage: Stage) -> str:
    around = _SURROUNDINGS[surrounding]
    words = {**stage.words["synced"], **stage.words[around.home], "passphrase": PASSPHRASE}
    if around.home == "read-only":
        words |= _READ_ONLY_WORDS
    arguments = _arguments(command, line, surrounding)
    typed = () if surrounding == "bad argument" else line.typed if around.has_terminal else line.piped
    scene = Scene(
        tuple(_filled(word, words) for word in arguments),
        around.home,
        around.is_open,
        around.has_portal and line.asks,
        around.has_terminal,
        tuple(_filled(text, words) for text in typed),
        "-stdin" in line.arguments or command == "dashboard",
        line.stop_after,
    )
    seen = stage.see(scene)
    if command in _COUNTING:
        seen = Seen(seen.code, _without_numbers(seen.out), seen.err)
    shown = _plain(" ".join(["portal", *map(shlex.quote, scene.arguments)]), stage)
    return f"== {surrounding}: {shown}\n{_sections(seen, stage)}"


def _arguments(command: str, line: Line, surrounding: str) -> list[str]:
    if surrounding == "bad argument":
        return [*command.split(), *shlex.split(line.bad)]
    arguments = [*command.split(), *shlex.split(line.arguments)]
    if surrounding != "terminal" and "--dry-run" not in arguments and _has(command, "--yes"):
        arguments += [] if "--yes" in arguments else ["--yes"]
    return arguments


def _has(command: str, option: str) -> bool:
    return any(option in parameter.opts for parameter in commands()[command].params)


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], f"no-{found[1]}"), text)


def _sections(seen: Seen, stage: Stage) -> str:
    parts = [f"exit code {seen.code}"]
    if _FULL_SCREEN in seen.out + seen.err:
        return "\n".join([*parts, "(a full screen)"]) + "\n"
    for name, text in (("stdout", seen.out), ("stderr", seen.err)):
        shown = _plain(text, stage)
        if shown:
            parts.append("\n".join([f"-- {name}", *(f"  {line}".rstrip() for line in shown.splitlines())]))
    return "\n".join(parts) + "\n"


def _without_numbers(text: str) -> str:
    return re.sub(r" +", " ", re.sub(r"\d[\d,]*", "0", text))


def _plain(text: str, stage: Stage) -> str:
    """What was said, without what chance has put there: as long as it was, so that columns stay as they are."""
    text = _BAR.sub("", text)
    text = text.replace(str(stage.folder / "home"), "/home/ada")
    text = re.sub(r"Python \d\S+, SQLite \d\S+, .*", "Python, SQLite and the system", text)
    text = re.sub(r"[\d,]+ MB free", "1,000 MB free", text)
    text = re.sub(r"[\d,]+ bytes, written", "600,000 bytes, written", text)
    text = text.replace(sys.executable, "/usr/bin/python3")
    text = re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:50000", text)
    text = re.sub(r"portal-view-\d+-\w{8}", "portal-view-1-00000000", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", _NO_ID, text)
    text = re.sub(r"(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}", "-".join(["00000"] * 8), text)  # a recovery code
    return re.sub(r"[0-9a-f]{32,}", lambda found: "0" * len(found[0]), text).replace("\x1b", "␛").replace("\r", "␍")

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from store.errors import NoticeFailed
from store.notices import desktop

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, body: str) -> Path:
    """A program in the place of the desktop's, which writes down what it is told."""
    path = folder / "program"
    noting = f"open({str(folder / 'told')!r}, 'w').write(json.dumps(sys.argv[1:]))"
    path.write_text(f"#!{sys.executable}\nimport json, sys, time\n{noting}\n{body}\n")
    path.chmod(0o700)
    return path


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_notice_is_one_plain_argument_whatever_stands_in_it(tmp_path: Path, platform: str) -> None:
    asked: list[str] = []

    def find(name: str) -> str:
        asked.append(name)
        return str(program(tmp_path, ""))

    text = "--help $(touch x) \"; do shell script 'x'"
    desktop.show(text, platform, find)
    told = json.loads((tmp_path / "told").read_text())
    assert told[-1] == text
    assert asked == ["osascript" if platform == "darwin" else "notify-send"]
    assert platform == "darwin" or "--" in told


def test_a_desktop_that_reads_markup_gets_none(tmp_path: Path) -> None:
    desktop.show("<a href='x'>A & B</a>", "linux", lambda _: str(program(tmp_path, "")))
    assert json.loads((tmp_path / "told").read_text())[-1] == "&lt;a href='x'&gt;A &amp; B&lt;/a&gt;"


def test_a_program_that_is_missing_fails_or_gives_no_answer_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoticeFailed, match="there is no `notify-send` on this computer"):
        desktop.show("x", "linux", lambda _: None)
    with pytest.raises(NoticeFailed, match="`notify-send` ended with 4"):
        desktop.show("x", "linux", lambda _: str(program(tmp_path, "sys.exit(4)")))
    with pytest.raises(NoticeFailed, match="`notify-send` gave no answer within"):
        desktop.show("x", "linux", lambda _: str(program(tmp_path, "time.sleep(60)")), 0.5)
    with pytest.raises(NoticeFailed, match="`notify-send` cannot be run"):
        desktop.show("x", "linux", lambda _: str(tmp_path))

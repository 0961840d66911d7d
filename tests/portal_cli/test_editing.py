from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portal_cli import editing, prompts
from portal_cli.problems import EditorFailed, Misused, NoTerminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is kept in memory, and somebody at the terminal."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(prompts, "can_answer", lambda: True)
    return folder


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = tmp_path / "an editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setenv("EDITOR", f"'{path}' --wait")


def test_a_document_is_edited_in_a_private_file_that_is_gone_afterwards(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(
        tmp_path,
        monkeypatch,
        f'(ls -ld "$2"; ls -ld "$(dirname "$2")"; echo "$2") > {tmp_path}/seen; sed -i s/old/new/ "$2"',
    )
    assert editing.edited("the old text ü\n") == "the new text ü\n".encode()
    file, folder, place = (tmp_path / "seen").read_text().splitlines()
    assert file.startswith("-rw-------")
    assert folder.startswith("drwx------")
    assert place.startswith(str(runtime))
    assert list(runtime.iterdir()) == []


def test_an_editor_that_fails_changes_nothing_and_leaves_nothing(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(EditorFailed, match="nothing was changed"):
        editing.edited("text")
    monkeypatch.setenv("EDITOR", str(tmp_path / "gone"))
    with pytest.raises(EditorFailed, match="cannot be started"):
        editing.edited("text")
    assert list(runtime.iterdir()) == []


def test_without_a_terminal_nothing_is_edited(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "can_answer", lambda: False)
    with pytest.raises(NoTerminal):
        editing.edited("text")
    assert list(runtime.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_another_is_using_is_not(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.Popen(["true"])
    done.wait()
    left, used = (runtime / f"portal-edit-{number}-x" for number in (done.pid, os.getpid()))
    for folder in (left, used):
        folder.mkdir()
        (folder / "request.json").write_text("secret")
    editor(tmp_path, monkeypatch, ":")
    editing.edited("text")
    assert list(runtime.iterdir()) == [used]


def test_a_run_that_is_ended_while_its_editor_is_open_leaves_nothing(runtime: Path, tmp_path: Path) -> None:
    script = tmp_path / "editor"
    script.write_text(f"#!/bin/sh\necho open > {tmp_path}/open\nexec sleep 60\n")
    script.chmod(0o700)
    code = "from portal_cli import editing, prompts; prompts.can_answer = lambda: True; editing.edited('secret')"
    os.mkfifo(tmp_path / "open")
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "EDITOR": str(script), "XDG_RUNTIME_DIR": str(runtime)},
        start_new_session=True,
    )
    assert (tmp_path / "open").read_text() == "open\n"
    (folder,) = runtime.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    assert list(runtime.iterdir()) == []


def test_an_editor_that_would_keep_copies_is_told_not_to() -> None:
    assert editing.editor({"EDITOR": "/usr/bin/vim -u NONE"})[:4] == ["/usr/bin/vim", "-u", "NONE", "-n"]
    assert editing.editor({"VISUAL": "code --wait", "EDITOR": "vim"}) == ["code", "--wait"]
    with pytest.raises(EditorFailed):
        editing.editor({"EDITOR": "'"})


def test_without_a_choice_the_first_editor_there_is_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EditorFailed, match="there is no editor"):
        editing.editor({})
    (tmp_path / "nano").touch(mode=0o700)
    assert editing.editor({"EDITOR": ""}) == ["nano"]


def test_a_file_is_read_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(b"12345")
    assert editing.given(str(file)) == b"12345"
    monkeypatch.setattr(editing, "MAX_BYTES", 4)
    with pytest.raises(Misused, match="is larger"):
        editing.given(str(file))
    with pytest.raises(Misused, match="cannot be read"):
        editing.given(str(tmp_path))

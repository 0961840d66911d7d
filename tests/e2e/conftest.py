"""The program as its user runs it: real processes in a private home, against a practice portal that is one too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import faults
from tests.support.browsing import artifacts, chromium
from tests.support.faults import COMMITS, RECORDS, copy_home, make_vault, opened, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.tmux import Terminal

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "a passphrase of the test"


@dataclass
class Home:
    """A private home, and the program run in it."""

    folder: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "TMPDIR": str(self.folder / "tmp"),
            "PORTAL_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "PAGER": "cat",
            **self.extra,
        }

    def run(self, *arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "portal_cli", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            env={**self.environment, **environment},
            cwd=self.folder / "work",
            check=False,
        )

    def ok(self, *arguments: str, typed: str = "", **environment: str) -> str:
        done = self.run(*arguments, typed=typed, **environment)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--json"))

    @property
    def vault(self) -> Path:
        return self.folder / ".local" / "share" / "portal" / "vault"


@dataclass
class Portal:
    """A practice portal in a process of its own."""

    url: str
    sign_ins: list[dict[str, Any]]
    process: subprocess.Popen[str]
    flaws: Path

    def login(self, home: Home, which: int = 0) -> None:
        person = self.sign_ins[which]
        home.ok(
            "login", self.url, "--username", person["username"], "--password-stdin", typed=person["password"] + "\n"
        )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new home with a passphrase file."""
    folder = tmp_path / "home"
    for name in ("", "run", "tmp", "work"):
        (folder / name).mkdir(mode=0o700)
    (folder / "passphrase").write_text(PASSPHRASE + "\n")
    return Home(folder)


def start_portal(folder: Path, *arguments: str) -> Portal:
    """Start a practice portal, with a witness of what goes in and out, and wait until it says where it is."""
    flaws = folder / "flaws.txt"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.watched_portal", str(flaws), "--json", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        cwd=folder,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the practice portal did not start"
    said = json.loads(line)
    return Portal(said["url"], said["sign_ins"], process, flaws)


def stop_portal(portal: Portal) -> None:
    """End a practice portal that this test started; all that went in and out has to have been FHIR."""
    portal.process.terminate()
    portal.process.wait(timeout=20)
    if portal.process.stdout:
        portal.process.stdout.close()
    assert portal.flaws.read_text("utf-8") == ""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A practice portal whose clinic acts every two seconds."""
    running = start_portal(tmp_path_factory.mktemp("portal"), "--clinic-delay", "2s")
    yield running
    stop_portal(running)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Terminals that a test opens; they are closed at its end."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser without a screen."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of pages go."""
    return artifacts(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A vault that was closed, and its key."""
    home = tmp_path_factory.mktemp("whole") / "home"
    return home, make_vault(settings_in(home))


@pytest.fixture(scope="module")
def logged(whole: tuple[Path, bytes], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """The same one with a log that a crash left, of commits that each bring a record."""
    folder = tmp_path_factory.mktemp("logged")
    with opened(settings_in(copy_home(whole[0], folder / "living")), whole[1]) as client:
        for number in range(RECORDS, RECORDS + COMMITS):
            with client.vault.transaction() as tx:
                faults.store(tx, range(number, number + 1))
        home = copy_home(folder / "living", folder / "home")
    (home / "vault" / "vault.db-shm").unlink()
    return home, whole[1]


@pytest.fixture
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever is damaged, nothing is said of it but what an error says."""
    yield
    assert capfd.readouterr() == ("", "")

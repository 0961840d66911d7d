"""The program run inside this process, in a home of its own, and a home whose vault is filled."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli import everywhere
from portal_cli.main import run
from store.client import Client
from store.config import Settings
from store.services.sign_in import SignInRequest
from store.vault import keys
from tests.conftest import PASSPHRASE
from tests.support import contract

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
_OF_THE_CALLER = {"COLUMNS", "LINES"}  # the size of the terminal from which tests are run, which is not a command's


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.err.splitlines()[-1])["error"]
        return found


@dataclass(frozen=True)
class Home:
    """A folder for `PORTAL_HOME`, with the passphrase of its vault in a file."""

    folder: Path

    @property
    def passphrase_file(self) -> Path:
        return self.folder / "passphrase"

    @property
    def vault(self) -> Path:
        return self.folder / "vault"

    @property
    def session_file(self) -> Path:
        return self.folder / "session"

    def environment(self, *, locked: bool = False) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PORTAL_") and name not in _OF_THE_CALLER
        }
        source = {} if locked else {"PORTAL_PASSPHRASE_FILE": str(self.passphrase_file)}
        return {
            **kept,
            **source,
            "PORTAL_HOME": str(self.folder),
            "PORTAL_SESSION_FILE": str(self.session_file),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "PAGER": "cat",
        }

    @property
    def temporary(self) -> Path:
        """The folder for what a command needs for a moment."""
        folder = self.folder / "temporary"
        folder.mkdir(exist_ok=True)
        return folder

    def run(self, *arguments: str, typed: str = "", **environment: str) -> Said:
        """Run a command line here and now, its output in a pipe."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("PORTAL_")]:
                patch.delenv(name)
            for name, value in {**self.environment(), **environment}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO(typed))
            code = run(list(arguments))
        everywhere.begin([])  # what this run settled for does not hold for what comes after it
        said = Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))
        contract.check(arguments, code, said.out)
        return said

    def sign_in(self, base_url: str, username: str = "u", password: str = "") -> None:
        """Sign in; a vault that is made for it has the cheapest permitted key derivation."""
        settings = Settings(vault_dir=self.vault, config_file=self.folder / "config.toml")
        with Client(settings, lambda: PASSPHRASE, lambda: PASSPHRASE, keys.FLOOR) as client:
            client.prepare()
            with client.sign_ins.begin(SignInRequest(base_url)) as attempt:
                attempt.with_password(username, password)

    def make_vault(self) -> None:
        """Make an empty vault with the cheapest permitted key derivation."""
        settings = Settings(vault_dir=self.vault, config_file=self.folder / "config.toml")
        with Client(settings, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR) as client:
            client.slots.create()

    def process(self, *arguments: str, typed: str = "", locked: bool = False) -> Said:
        """Run a command line as a process without a terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "portal_cli", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment(locked=locked),
            check=False,
            start_new_session=True,
        )
        return Said(done.returncode, done.stdout, done.stderr)


def new_home(folder: Path) -> Home:
    home = Home(folder)
    home.passphrase_file.write_text(PASSPHRASE + "\n")
    return home


def at_home(folder: Path, practice: Sandbox, place: int = 0) -> Home:
    """A home whose vault holds the chart of one of those who sign in to a running sandbox."""
    folder.mkdir(exist_ok=True)
    home = new_home(folder)
    account = practice.sign_ins[place]
    home.sign_in(practice.base_url, account.username, account.password)
    assert home.run("sync").code == 0
    return home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home without a vault."""
    return new_home(tmp_path)


@pytest.fixture(scope="module")
def filled(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose vault holds the chart of the sandbox's first patient."""
    return at_home(tmp_path_factory.mktemp("filled"), sandbox)

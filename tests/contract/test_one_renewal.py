"""Tokens that rotate: two processes renew once, and a crash at the worst moment asks for a new sign-in, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.client import Client
from store.config import Settings
from store.errors import SignInNeeded
from store.vault import keys
from tests.conftest import PASSPHRASE
from tests.support.hostile import ScriptedPortal
from tests.support.signing import sign_in_to
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.wire import Call

ROOT = Path(__file__).resolve().parents[2]
RENEW = """
import sys
from pathlib import Path
from store.client import Client
from store.config import Settings
home = Path(sys.argv[1])
with Client(Settings(home / "vault", home / "config.toml"), lambda: sys.argv[2]) as client:
    fhir, tokens = client.portals.open(client.portals.choose())
    print("ready", flush=True)
    sys.stdin.readline()
    print(tokens.current(), flush=True)
    tokens.http.close()
"""


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, portal: ScriptedPortal) -> Path:
    """A home whose vault is signed in, with an access token that has ended."""
    with opened(tmp_path) as client:
        sign_in_to(client, portal)
        with client.vault.transaction() as tx:
            tx.connection.execute("UPDATE connection SET access_expires = 1")
    return tmp_path


def opened(home: Path) -> Client:
    settings = Settings(home / "vault", home / "config.toml")
    return Client(settings, lambda: PASSPHRASE, lambda: PASSPHRASE, cost=keys.FLOOR)


def start(home: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RENEW, str(home), PASSPHRASE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def test_two_processes_renew_a_token_once_and_both_go_on(home: Path, portal: ScriptedPortal) -> None:
    spent: list[str] = []

    def rotate(call: Call) -> Answer | None:
        """Take each refresh token once, slowly, so that a second process has time to come."""
        token = call.form.get("refresh_token", "")
        if token in spent:
            return Answer(400, b'{"error":"invalid_grant"}')
        spent.append(token)
        time.sleep(0.5)
        return None

    portal.behaviours["POST /auth/token"] = rotate
    both = [start(home), start(home)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in both] == ["access-2\n", "access-2\n"]
    assert spent == ["refresh-1"]
    with opened(home) as client:
        assert client.portals.choose().refresh_token == "refresh-2"


def test_a_crash_before_the_new_token_is_stored_asks_for_a_new_sign_in_and_does_so_once(
    home: Path, portal: ScriptedPortal
) -> None:
    spent: list[str] = []

    def rotate(call: Call) -> Answer | None:
        token = call.form.get("refresh_token", "")
        if token in spent:
            return Answer(400, b'{"error":"invalid_grant"}')
        spent.append(token)
        return None

    portal.behaviours["POST /auth/token"] = rotate
    crashed = start(home, PORTAL_FAILPOINT="refresh.answered")
    crashed.communicate("go\n", timeout=60)
    assert crashed.returncode == -signal.SIGKILL
    with opened(home) as client:
        assert client.portals.choose().refresh_token == "refresh-1"
        for _ in range(2):
            with pytest.raises(SignInNeeded):
                client.sync.run()
        assert portal.count("POST", "/auth/token") == 3
        portal.behaviours.clear()
        sign_in_to(client, portal)
        assert client.sync.run().failures == ()

"""Every way in at every kind of portal: signing in, renewing or saying why not, and signing out."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import Settings
from tests.conftest import PASSPHRASE
from tests.portal_cli.conftest import Said
from tests.support.walking import Patient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

OWN = "own"
RESTRICTED = {"medplum": "http://localhost:9615"}


@pytest.fixture(params=[OWN, *MODES])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def portal(mode: str, tmp_path: Path) -> Iterator[Sandbox]:
    """A practice portal of a mode with one small chart."""
    chart = tmp_path / "chart"
    chart.mkdir()
    (chart / "ada.json").write_text('{"resourceType":"Patient","id":"ada","name":[{"text":"Ada Long"}]}')
    (chart / "pulse.json").write_text(
        '{"resourceType":"Observation","id":"pulse","status":"final","code":{"text":"Pulse"},'
        '"category":[{"coding":[{"code":"vital-signs"}]}],"subject":{"reference":"Patient/ada"}}'
    )
    with Sandbox(SandboxOptions(load=chart, clinic_delay=3600, quirks=None if mode == OWN else mode)) as running:
        yield running


@pytest.fixture
def patient(portal: Sandbox) -> Patient:
    return Patient(portal.sign_ins[0], portal.base_url)


@pytest.fixture(autouse=True)
def _vault(home: Home) -> None:
    home.make_vault()


def redirect_of(mode: str) -> list[str]:
    return ["--redirect-uri", RESTRICTED[mode]] if mode in RESTRICTED else []


def holds(home: Home, mode: str, said: Said) -> None:
    """What has to be true after any sign-in: a sync, one after the token has ended, and a sign-out that is one."""
    assert said.code == 0, said.err
    assert "as Ada Long" in said.err
    assert home.run("sync").code == 0
    expire(home)
    renewed = home.run("sync")
    is_lasting = mode == OWN or MODES[mode].signing.renewal != "none"
    assert renewed.code == (0 if is_lasting else 4), renewed.err
    assert is_lasting or "portal login" in renewed.err
    ended = home.run("logout")
    assert (ended.code, home.run("sync").code) == (0, 4)
    assert "not confirmed" not in ended.err
    with opened(home) as client:
        row = client.portals.choose()
        assert (row.access_token, row.refresh_token) == (None, None)


def opened(home: Home) -> Client:
    return Client(Settings(vault_dir=home.vault, config_file=home.folder / "config.toml"), lambda: PASSPHRASE)


def expire(home: Home) -> None:
    with opened(home) as client, client.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET access_expires = 1")


def test_a_browser_signs_in(
    home: Home, portal: Sandbox, mode: str, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[threading.Thread] = []

    def visit(url: str) -> bool:
        walks.append(threading.Thread(target=lambda: patient.open(patient.walk(url))))
        walks[-1].start()
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    said = home.run("login", portal.base_url, *redirect_of(mode))
    for walk in walks:
        walk.join()
    holds(home, mode, said)


def test_an_address_that_is_pasted_signs_in(home: Home, portal: Sandbox, mode: str, patient: Patient) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "login", portal.base_url, "--no-browser"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**home.environment(), "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"},
        start_new_session=True,
    )
    assert process.stderr is not None
    url = next(line.strip() for line in process.stderr if line.startswith("http"))
    out, err = process.communicate(input=patient.walk(url) + "\n", timeout=60)

    holds(home, mode, Said(process.returncode, out, err))


def test_a_password_signs_in(home: Home, portal: Sandbox, mode: str) -> None:
    account = portal.sign_ins[0]
    said = home.run(
        "login", portal.base_url, "--username", account.username, "--password-stdin", typed=account.password + "\n"
    )
    holds(home, mode, said)


def test_another_device_signs_in_where_that_is_offered(
    home: Home, portal: Sandbox, mode: str, patient: Patient
) -> None:
    if mode != OWN:
        said = home.run("login", portal.base_url, "--device")
        assert said.code == 7
        assert "Leave `--device` out" in said.err
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "login", portal.base_url, "--device"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=home.environment(),
        start_new_session=True,
    )
    assert process.stderr is not None
    talk = []
    for line in process.stderr:
        talk.append(line.strip())
        if "Ctrl-C" in line:
            break
    code = next(found[1] for line in talk if (found := re.search(r"code there: ([A-Z]{4}-[A-Z]{4})$", line)))
    address = next(line for line in talk if line.startswith("http"))
    assert "Signed in" in patient.walk(address, user_code=code.lower().replace("-", " "))
    out, err = process.communicate(timeout=60)

    holds(home, mode, Said(process.returncode, out, err))

"""What tests share: private folders, vaults with the cheapest permitted key derivation, and a practice portal."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from portal_cli.sandbox.synthetic import synthetic_record
from store.client import Client
from store.config import Settings
from store.services.sign_in import SignInRequest
from store.vault import keys
from tests.support.witness import all_watched

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from datetime import datetime

    from tests.support.witness import Witness

PASSPHRASE = "correct horse battery staple"
_OF_THE_PORTAL = Path(__file__).resolve().parent / "portal_cli" / "sandbox"
_AS_NEW = timedelta(minutes=20)
_LONGEST = ("e2e", "tui", "contract")
_SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """Let signals reach the processes that tests start, also where the tests themselves run in the background."""
    gc.set_threshold(
        50_000, 20, 50
    )  # a dashboard makes and drops so much that looking for cycles took a third of all time
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose modules take longest, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: min((at for at, name in enumerate(_LONGEST) if name in item.path.parts), default=9))


@pytest.fixture(autouse=True, scope="session")
def charts_made_once() -> Iterator[None]:
    """A practice portal that is begun a little after another one has its made-up charts, anew for each."""
    made: dict[int, tuple[datetime, bytes]] = {}

    def once(seed: int, now: datetime) -> list[dict[str, Any]]:
        known = made.get(seed)
        if known is None or not timedelta(0) <= now - known[0] < _AS_NEW:
            known = made[seed] = now, pickle.dumps(synthetic_record(seed, now))
        found: list[dict[str, Any]] = pickle.loads(known[1])  # noqa: S301 - of a moment ago, from this very process
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal_cli.sandbox.server.synthetic_record", once)
        yield


@pytest.fixture(autouse=True, scope="module")
def light_heap() -> None:
    """What is there for good before a module, such as the models of FHIR, is not looked through by each collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def witnesses(request: pytest.FixtureRequest) -> Iterator[list[Witness]]:
    """Every portal of a module has a witness, but where the portal itself is tested, with records that are odd."""
    if _OF_THE_PORTAL in request.path.parents:
        yield []
        return
    with all_watched() as made:
        yield made


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest, witnesses: list[Witness]) -> Iterator[None]:
    """Whatever goes in and out of a portal while a test runs is FHIR R4, but where a test gives it what is odd."""
    yield
    found = [flaw for witness in witnesses for flaw in witness.take()]
    assert request.node.get_closest_marker("odd") or not found, "\n".join(found)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose every path is in a folder of this test."""
    return Settings(vault_dir=tmp_path / "home" / "vault", config_file=tmp_path / "home" / "config.toml")


@pytest.fixture
def make_client(settings: Settings) -> Iterator[Callable[[], Client]]:
    """Makes clients of one vault, each as a new process would; all are closed at the end."""
    made: list[Client] = []

    def make() -> Client:
        client = Client(settings, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[[], Client]) -> Client:
    """A client whose vault does not exist yet."""
    return make_client()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A practice portal with generated patients and a clinic that acts only when it is told to."""
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


def sign_in(client: Client, sandbox: Sandbox, which: int = 0) -> None:
    """Sign a client in as one of the sandbox's patients."""
    with client.sign_ins.begin(SignInRequest(sandbox.base_url)) as attempt:
        attempt.with_password(sandbox.sign_ins[which].username, sandbox.sign_ins[which].password)


@pytest.fixture
def synced(client: Client, sandbox: Sandbox) -> Client:
    """A client that is signed in as the first patient and in step."""
    sign_in(client, sandbox)
    client.sync.run()
    return client


def shared_data(name: str) -> Path:
    """A folder of real input beside the project; skips the test where a clone does not have it."""
    folder = _SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not beside this clone")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nothing may be missing (PORTAL_NO_SKIPS), a test that skips itself fails."""
    report = yield
    if report.skipped and os.environ.get("PORTAL_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report

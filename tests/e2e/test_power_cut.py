"""The power goes at any moment: what was acknowledged is there, and nothing is there in part.

`PORTAL_IMAGES` is how many cuts each kind of work is put through (200). The controls show that the simulator sees a
loss where there has to be one, and none where there is none.
"""

from __future__ import annotations

import functools
import os
import pickle
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import PortalError
from store.vault import keys
from tests.e2e.conftest import ROOT
from tests.support.controls import CONTROLS
from tests.support.key_workloads import WORKLOADS as KEY_WORKLOADS
from tests.support.power_cut import images
from tests.support.recording import record
from tests.support.strace import missing_tool
from tests.support.workloads import WORKLOADS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.operations import Recording
    from tests.support.power_cut import Image
    from tests.support.workload import Workload

IMAGES = int(os.environ.get("PORTAL_IMAGES", "200"))
SEED = 20261124
TABLES = {
    "tests.support.workloads": WORKLOADS,
    "tests.support.key_workloads": KEY_WORKLOADS,
    "tests.support.controls": CONTROLS,
}
KEEPS = ("wal-full", "delete-extra", "file-synced")
LOSES = ("wal-normal", "delete-full", "folder-unsynced")
DAMAGES = ("wal-off", "delete-off", "file-unsynced")
_SHOWN = 5
_MISSING = missing_tool()
pytestmark = pytest.mark.skipif(_MISSING is not None, reason=_MISSING or "")


def recorded(name: str, workload: Workload, folder: Path) -> Recording:
    folder.mkdir()
    workload.prepare(folder)
    module = next(module for module, table in TABLES.items() if name in table)
    return record([sys.executable, "-m", module, name, str(folder)], folder, PYTHONPATH=str(ROOT))


def problem(workload: Workload, image: Image) -> str | None:
    """What is wrong with an image; None when nothing is."""
    try:
        workload.verify(image.folder, image.acks)
    except (AssertionError, PortalError, sqlcipher.Error, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}\n  {image.story}\n  acknowledged: {', '.join(image.acks[-3:])}"
    finally:
        shutil.rmtree(image.folder)
    return None


def problems(name: str, workload: Workload, folder: Path) -> list[str]:
    """What is wrong with the images of a workload.

    The recording is kept: `images(pickle.loads(…), SEED, IMAGES, folder)` makes the same ones again.
    """
    run = recorded(name, workload, folder / name)
    (folder / "recording.pickle").write_bytes(pickle.dumps(run))
    found = [problem(workload, image) for image in images(run, SEED, IMAGES, folder)]
    return [item for item in found if item]


@pytest.fixture(autouse=True)
def _derive_each_key_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images of one vault mostly have the same header: let the same passphrase and salt be stretched once."""
    monkeypatch.setattr(keys, "derive", functools.cache(keys.derive))


@pytest.mark.parametrize("name", [*WORKLOADS, *KEY_WORKLOADS])
def test_a_power_cut_loses_nothing_that_was_acknowledged(name: str, tmp_path: Path) -> None:
    found = problems(name, (WORKLOADS | KEY_WORKLOADS)[name], tmp_path)
    if found:
        shown = "\n".join(found[:_SHOWN])
        pytest.fail(f"{len(found)} of {IMAGES} images:\n{shown}\nfrom {tmp_path / 'recording.pickle'}", pytrace=False)


@pytest.mark.parametrize("name", KEEPS)
def test_a_control_that_syncs_all_it_should_loses_nothing(name: str, tmp_path: Path) -> None:
    assert problems(name, CONTROLS[name], tmp_path) == []


@pytest.mark.parametrize("name", LOSES)
def test_a_control_that_syncs_too_little_is_seen_to_lose_what_it_acknowledged(name: str, tmp_path: Path) -> None:
    found = problems(name, CONTROLS[name], tmp_path)
    assert len(found) > IMAGES / 20
    assert [item for item in found if not item.startswith("AssertionError: lost")] == []


@pytest.mark.parametrize("name", DAMAGES)
def test_a_control_that_does_not_sync_is_seen_to_be_damaged(name: str, tmp_path: Path) -> None:
    found = problems(name, CONTROLS[name], tmp_path)
    assert sum(not item.startswith("AssertionError: lost") for item in found) > IMAGES / 20


def test_every_control_is_looked_at() -> None:
    assert set(CONTROLS) == {*KEEPS, *LOSES, *DAMAGES}

"""What a run asks of the system: no core files, and an orderly end by every signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.conftest import Home

ROOT = Path(__file__).resolve().parents[2]

_SLOW_EXPORT = """
import sys, time
from portal_cli.main import run
from store.export import ndjson
def slow(writer, record):
    print("writing", flush=True)
    time.sleep(30)
ndjson.NdjsonWriter.add = slow
sys.exit(run(["export", "--format", "ndjson", "--output", sys.argv[1]]))
"""


def test_a_run_leaves_no_core_file_whatever_the_user_has_allowed() -> None:
    script = (
        "import ctypes, resource\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
        "from store.memory import forbid_core_files; forbid_core_files()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == ("(0, 0) 0" if sys.platform == "linux" else done.stdout.strip())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["a termination", "a closed terminal"])
def test_an_export_that_is_ended_leaves_no_half_written_file(
    home: Home, sandbox: Sandbox, number: signal.Signals
) -> None:
    account = sandbox.sign_ins[1]
    home.sign_in(sandbox.base_url, account.username, account.password)
    assert home.run("sync").code == 0
    folder = home.temporary / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW_EXPORT, str(folder / "chart.ndjson")],
        stdout=subprocess.PIPE,
        env=home.environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    assert len(list(folder.iterdir())) == 1
    time.sleep(0.1)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert list(folder.iterdir()) == []

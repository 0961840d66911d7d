"""A portal with a file goes on where it stopped."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.outcomes import SandboxError
from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.portal_cli.sandbox.conftest import Caller


def test_records_versions_tokens_and_sign_ins_outlive_a_stop(
    open_sandbox: Callable[..., Sandbox], call_as: type[Caller], tmp_path: Path
) -> None:
    file = tmp_path / "portal.db"
    first = open_sandbox(file=file, seed=7)
    ada = call_as(first)
    body = ada.get("Observation/glucose").text.replace("final", "amended")
    assert ada.call("PUT", "Observation/glucose", body).status_code == 200
    assert ada.call("DELETE", "Observation/pulse").status_code == 204
    spent = ada.tokens["refresh_token"]
    tokens = ada.refresh(spent).json or {}
    first.stop()

    second = Sandbox(SandboxOptions(file=file))
    assert second.sign_ins == first.sign_ins
    ada.sandbox, ada.client = second, second.app.test_client()
    after = ada.get("Observation/glucose", Authorization=f"Bearer {tokens['access_token']}")
    assert after.headers["ETag"] == 'W/"2"'
    assert '"value":1.00' in after.text
    assert ada.get("Observation/glucose/_history/1").status_code == 200
    assert ada.refused("GET", "Observation/pulse")[0] == 410
    assert ada.refused("GET", "Observation/ben-pulse")[0] == 404
    assert ada.get("Binary/scan").status_code == 200
    assert ada.found("Provenance") == {"origin"}
    again = ada.refresh(tokens["refresh_token"])
    assert again.status_code == 200
    assert ada.refresh(spent).status_code == 400
    assert ada.refresh((again.json or {})["refresh_token"]).status_code == 400
    second.stop()


def test_a_stopped_portal_comes_back_at_its_address(open_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    with open_sandbox(file=file) as first:
        address = first.base_url
    with Sandbox(SandboxOptions(file=file)) as second:
        assert second.base_url == address


def test_the_file_is_for_its_owner_alone(open_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    sandbox = open_sandbox(file=file)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("portal.db*")}
    assert modes
    assert set(modes.values()) == {0o600}
    sandbox.stop()


def test_without_a_file_nothing_is_written(
    open_sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    with open_sandbox():
        pass
    assert list(empty.iterdir()) == []


def test_a_file_in_use_or_of_something_else_is_refused(open_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    sandbox = open_sandbox(file=file)
    with pytest.raises(SandboxError, match="in use"):
        Sandbox(SandboxOptions(file=file))
    sandbox.stop()
    (tmp_path / "letter.txt").write_text("Dear doctor, " * 100)
    for other in (tmp_path / "letter.txt", tmp_path / "no" / "such" / "folder.db"):
        with pytest.raises(SandboxError):
            Sandbox(SandboxOptions(file=other))
    assert (tmp_path / "letter.txt").read_text().startswith("Dear doctor")

"""Records taken out of the vault: whole, private, and never over what is there."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from store.errors import FileInTheWay, InvalidInput, StorageFailed
from store.services.export_orders import Order
from store.services.wanted import Wanted
from store.vault import reading
from tests.support.filling import fill
from tests.support.hostile import resource

if TYPE_CHECKING:
    from pathlib import Path

    from store.client import Client
    from tests.support.hostile import ScriptedPortal

EVIL = "Glucose \x1b[31m\u202e\U000e0041"
LAB = {"category": [{"coding": [{"code": "laboratory"}]}]}
VITAL = {"category": [{"coding": [{"code": "vital-signs"}]}]}


@pytest.fixture
def filled(client: Client, portal: ScriptedPortal) -> Client:
    evil = json.dumps(json.loads(resource("Observation", "lab", code={"text": EVIL}, **LAB)), ensure_ascii=False)
    fill(
        client,
        portal,
        evil.encode(),
        resource("Observation", "vital", code={"text": "Pulse"}, **VITAL),
        resource("Condition", "c1", code={"text": "Asthma"}),
    )
    return client


def stream(client: Client, name: str, *kinds: str, for_terminal: bool = False) -> bytes:
    held = io.BytesIO()
    client.exports.to_stream(Order(name, Wanted(kinds)), held, for_terminal=for_terminal)
    return held.getvalue()


def test_a_bundle_holds_every_record_as_it_was_served(filled: Client, portal: ScriptedPortal) -> None:
    document = stream(filled, "bundle")
    for served in portal.resources.values():
        assert all(body in document for body in served.values())
    assert len(json.loads(document)["entry"]) == 4


def test_an_export_may_be_of_some_kinds(filled: Client) -> None:
    assert [json.loads(line)["id"] for line in stream(filled, "ndjson", "labs").splitlines()] == ["lab"]
    assert len(stream(filled, "csv", "condition").splitlines()) == 2
    with pytest.raises(InvalidInput):
        stream(filled, "csv", "spells")


def test_a_format_that_does_not_exist_is_refused_with_those_that_do(filled: Client) -> None:
    assert [form.name for form in filled.exports.formats][:3] == ["bundle", "ndjson", "json"]
    with pytest.raises(InvalidInput, match="bundle, ndjson, json, csv"):
        stream(filled, "xml")


@pytest.mark.parametrize("name", ["bundle", "json", "ndjson", "csv", "html", "markdown"])
def test_an_export_to_a_terminal_cannot_steer_it(filled: Client, name: str) -> None:
    plain, shown = stream(filled, name), stream(filled, name, for_terminal=True).decode()
    assert "\u202e".encode() in plain or name in {"csv", "html", "markdown"}
    assert not {"\x1b", "\u202e", "\U000e0041"} & set(shown)
    if name in {"bundle", "json"}:
        assert json.loads(shown) == json.loads(plain)


def test_every_export_is_noted(filled: Client) -> None:
    stream(filled, "csv", "labs")
    stream(filled, "bundle")
    with filled.vault.reading() as connection:
        noted = [line[4:] for line in reading.audit_lines(connection, 2)]
    assert noted == [("export", "bundle: everything"), ("export", "csv: lab")]


def test_a_file_is_private_and_whole(filled: Client, tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.json"
    summary = filled.exports.to_path(Order("bundle"), path)
    assert (summary.files, summary.records) == ((path,), 4)
    assert path.read_bytes() == stream(filled, "bundle")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sorted(path.parent.iterdir()) == [path, path.with_name("out.json.manifest")]


def test_a_file_that_is_there_is_replaced_only_on_request(filled: Client, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("mine")
    path.chmod(0o644)
    with pytest.raises(FileInTheWay, match="is there already"):
        filled.exports.to_path(Order("csv"), path)
    assert path.read_text() == "mine"
    filled.exports.to_path(Order("csv"), path, replace=True)
    assert path.read_bytes() == stream(filled, "csv")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_has_one_file_a_type_or_kind(filled: Client, tmp_path: Path) -> None:
    by_type = filled.exports.to_path(Order("ndjson"), tmp_path / "types", as_folder=True)
    assert {file.name for file in by_type.files} == {"Condition.ndjson", "Observation.ndjson", "Patient.ndjson"}
    by_kind = filled.exports.to_path(Order("csv"), tmp_path / "kinds", as_folder=True)
    assert {file.name for file in by_kind.files} == {"condition.csv", "lab.csv", "patient.csv", "vital.csv"}
    assert by_type.records == by_kind.records == 4
    assert all(len(file.read_bytes().splitlines()) == 2 for file in by_kind.files)


@pytest.mark.parametrize("name", ["ndjson", "csv", "bundle", "html"])
def test_a_folder_of_some_kinds_holds_nothing_else(filled: Client, tmp_path: Path, name: str) -> None:
    summary = filled.exports.to_path(Order(name, Wanted(("lab",))), tmp_path / name, as_folder=True)
    assert summary.records == 1
    assert b"Pulse" not in b"".join(file.read_bytes() for file in summary.files)


def test_one_file_in_the_way_stops_a_folder_before_anything_is_written(filled: Client, tmp_path: Path) -> None:
    (tmp_path / "Patient.ndjson").write_text("mine")
    with pytest.raises(FileInTheWay, match=r"Patient\.ndjson"):
        filled.exports.to_path(Order("ndjson"), tmp_path, as_folder=True)
    assert not (tmp_path / "Condition.ndjson").exists()
    filled.exports.to_path(Order("ndjson"), tmp_path, as_folder=True, replace=True)
    assert (tmp_path / "Patient.ndjson").read_text() != "mine"


def test_a_disk_that_refuses_leaves_nothing_behind(filled: Client, tmp_path: Path) -> None:
    (tmp_path / "out.json").mkdir()
    with pytest.raises(InvalidInput):
        filled.exports.to_path(Order("bundle"), tmp_path / "out.json", replace=True)
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageFailed):
        filled.exports.to_path(Order("bundle"), tmp_path / "file" / "out.json")

"""Exports that go on from the one before, leave things out, or cannot be written."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import Ambiguous, ExtraMissing, InvalidInput, PassphraseWeak, StorageFailed, VaultLocked
from store.export.redaction import Part
from store.services import export_orders, sealing
from store.services.export_orders import Order
from store.services.wanted import Wanted
from tests.support.charts import Chart, client_with
from tests.support.filling import fill
from tests.support.hostile import resource

if TYPE_CHECKING:
    from pathlib import Path

    from store.client import Client
    from tests.support.hostile import ScriptedPortal

SERIES = Order("ndjson", series="weekly")


@pytest.fixture
def filled(client: Client, portal: ScriptedPortal) -> Client:
    notes: dict[str, Any] = {"note": [{"text": "a secret"}], "asserter": {"display": "Dr. Hopper"}}
    fill(
        client,
        portal,
        resource("Condition", "c1", code={"text": "Asthma"}, **notes),
        resource("Condition", "c2", code={"text": "Gout"}),
    )
    return client


def lines(path: Path) -> set[str]:
    return {f"{one['resourceType']}/{one['id']}" for one in map(json.loads, path.read_text().splitlines())}


def manifest(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_name(f"{path.name}.manifest").read_bytes())
    return found


def test_a_series_has_everything_first_and_then_what_is_new_or_changed(
    filled: Client, portal: ScriptedPortal, tmp_path: Path
) -> None:
    every = lines_of(filled, tmp_path / "one")
    assert every > {"Condition/c1", "Condition/c2"}
    assert lines_of(filled, tmp_path / "two") == set()
    fill(filled, portal, resource("Condition", "c3"), resource("Condition", "c1", code={"text": "Asthma, mild"}))
    assert lines_of(filled, tmp_path / "three") == {"Condition/c3", "Condition/c1"}
    assert manifest(tmp_path / "three")["series"]["since"]
    assert lines_of(filled, tmp_path / "other", "other") == every | {"Condition/c3"}


def lines_of(client: Client, path: Path, name: str = "weekly") -> set[str]:
    client.exports.to_path(Order("ndjson", series=name), path)
    return lines(path)


def test_a_series_tells_once_what_is_gone_and_again_what_has_come_back(
    filled: Client, portal: ScriptedPortal, tmp_path: Path
) -> None:
    filled.exports.to_path(SERIES, tmp_path / "one")
    kept = portal.resources["Condition"].pop("c2")
    filled.sync.run(full=True)
    told = filled.exports.to_path(SERIES, tmp_path / "two")
    assert [one.record for one in told.deleted] == ["Condition/c2"]
    assert [one["record"] for one in manifest(tmp_path / "two")["deleted"]] == ["Condition/c2"]
    assert filled.exports.to_path(SERIES, tmp_path / "three").deleted == ()
    portal.resources["Condition"]["c2"] = kept
    filled.sync.run(full=True)
    told = filled.exports.to_path(SERIES, tmp_path / "four")
    assert (lines(tmp_path / "four"), told.deleted) == ({"Condition/c2"}, ())
    assert lines_of(filled, tmp_path / "five") == set()


def test_a_series_is_no_further_for_an_export_that_failed(
    filled: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        with pytest.raises(StorageFailed, match="full"):
            filled.exports.to_path(SERIES, tmp_path / "out")
    assert list(tmp_path.glob("out*")) == list(tmp_path.glob(".out*")) == []
    filled.exports.to_path(SERIES, tmp_path / "out")
    assert "Condition/c1" in lines(tmp_path / "out")


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_series_of_something_else_needs_another_name(filled: Client, tmp_path: Path) -> None:
    filled.exports.to_path(SERIES, tmp_path / "one")
    with pytest.raises(InvalidInput, match="another name"):
        filled.exports.to_path(Order("ndjson", Wanted(("conditions",)), series="weekly"), tmp_path / "two")
    with pytest.raises(InvalidInput, match="kinds alone"):
        filled.exports.to_path(Order("ndjson", Wanted(since="2y"), series="new"), tmp_path / "two")
    with pytest.raises(InvalidInput, match="file or a folder"):
        filled.exports.to_stream(SERIES, io.BytesIO())


@pytest.mark.parametrize("name", ["bundle", "ndjson", "json", "csv", "html", "markdown", "parquet"])
def test_what_is_left_out_stands_in_no_format_and_the_manifest_says_so(
    filled: Client, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "out"
    filled.exports.to_path(Order(name, Wanted(("conditions",)), redacted=tuple(Part)), path)
    content = path.read_bytes()
    assert manifest(path)["left_out"] == ["names", "contacts", "notes"]
    assert [word for word in (b"a secret", b"Hopper") if word in content] == []
    assert b"Asthma" in content or name == "parquet"


def test_a_filter_narrows_an_export_as_it_narrows_a_list(filled: Client, tmp_path: Path) -> None:
    for number, wanted in enumerate((Wanted(clinician="hopper"), Wanted(statuses=("x",)), Wanted(since="2y"))):
        path = tmp_path / str(number)
        filled.exports.to_path(Order("ndjson", wanted), path)
        assert lines(path) == {f"{row.type}/{row.id}" for row in filled.records.list(wanted).items}
    assert lines(tmp_path / "0") == {"Condition/c1"}


def test_the_manifest_has_the_count_and_the_hash_of_each_file(filled: Client, tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415 - only here

    told = filled.exports.to_path(Order("csv"), tmp_path / "out", as_folder=True)
    found = json.loads((tmp_path / "out" / "export.manifest").read_bytes())
    assert found["records"] == told.records == sum(file["records"] for file in found["files"])
    for file in found["files"]:
        content = (tmp_path / "out" / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert content.decode().split("\r\n")[0] == ",".join(column["name"] for column in file["columns"])
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize(("name", "module"), [("parquet", "pyarrow"), ("pdf", "reportlab.pdfgen.canvas")])
def test_a_format_whose_extra_is_missing_says_so_before_anything_is_made(
    filled: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissing, match=f"`{name}` extra"):
        filled.exports.to_path(Order(name), tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()


def test_a_summary_is_of_one_person(tmp_path: Path) -> None:
    charts = (Chart("one", "Ada Byron", ()), Chart("two", "Grace Hopper", (), born="1906-12-09"))
    with client_with(tmp_path, *charts) as client:
        with pytest.raises(Ambiguous):
            client.exports.to_stream(Order("ips"), io.BytesIO())
        with pytest.raises(InvalidInput, match="leave out kinds"):
            client.exports.to_stream(Order("ips", Wanted(("labs",))), io.BytesIO())


def test_a_format_for_appointments_has_no_place_for_others(filled: Client) -> None:
    with pytest.raises(InvalidInput, match="appointment records only"):
        filled.exports.to_stream(Order("ical", Wanted(("conditions",))), io.BytesIO())


@pytest.mark.parametrize("name", ["parquet", "pdf"])
def test_what_is_no_text_does_not_go_to_a_terminal(filled: Client, name: str) -> None:
    with pytest.raises(InvalidInput, match="no text"):
        filled.exports.to_stream(Order(name), io.BytesIO(), for_terminal=True)


def test_what_can_be_left_out_is_named_when_something_else_is_typed() -> None:
    assert export_orders.parts(["names, contacts", "names"]) == (Part.NAMES, Part.CONTACTS)
    with pytest.raises(InvalidInput, match="names, contacts, notes"):
        export_orders.parts(["faces"])


def test_a_seal_is_for_recipients_or_for_a_passphrase_that_cannot_be_guessed(client: Client) -> None:
    found = sealing.seal(client.settings, ["passphrase"], lambda: "four words nobody guesses")
    assert found.passphrase == b"four words nobody guesses"
    assert "guesses" not in repr(found)
    with pytest.raises(PassphraseWeak):
        sealing.seal(client.settings, ["passphrase"], lambda: "password")
    with pytest.raises(VaultLocked):
        sealing.seal(client.settings, ["passphrase"], None)
    with pytest.raises(InvalidInput, match="not for both"):
        sealing.seal(client.settings, ["passphrase", "age1x"], None)

"""What other programs make of an export: byte-equal records, tables with their types, calendars and summaries."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pyrage
import pytest
from defusedxml import ElementTree
from fhir.resources.R4B.bundle import Bundle

from store.client import Client
from store.config import Settings
from store.export import age
from store.services.export_orders import Order, Seal
from store.services.wanted import Wanted
from store.vault import keys, reading
from tests.conftest import PASSPHRASE, shared_data, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.server import Sandbox

REQUIRED = {"11450-4", "48765-2", "10160-0"}


def client_in(folder: Path) -> Client:
    settings = Settings(vault_dir=folder / "vault", config_file=folder / "config.toml")
    return Client(settings, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR)


@pytest.fixture(scope="module")
def chart(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A vault that is in step with the practice portal."""
    with client_in(tmp_path_factory.mktemp("chart")) as client:
        sign_in(client, sandbox)
        client.sync.run()
        yield client


def bodies(client: Client) -> dict[str, bytes]:
    with client.vault.reading() as connection:
        found = reading.records(client.vault, connection, reading.Filter())
        return {f"{row.type}/{row.id}": body for row, body in found}


def imported(folder: Path, *paths: Path) -> dict[str, bytes]:
    with client_in(folder) as other:
        other.prepare()
        other.open_or_create()
        plan = other.imports.plan(list(paths), every=True)
        assert plan.refused == ()
        assert other.imports.run(plan).failures == ()
        return bodies(other)


def types_in(table: str) -> dict[str, str]:
    """The columns that DuckDB sees, and their types."""
    found = duckdb.sql(f"DESCRIBE SELECT * FROM {table}")  # noqa: S608 - our own file
    assert found is not None
    return dict(found.select("column_name", "column_type").fetchall())


@pytest.mark.parametrize(("name", "place"), [("bundle", "out.json"), ("ndjson", "out.ndjson"), ("ndjson", "folder")])
def test_what_is_exported_and_imported_again_is_the_same_to_the_byte(
    chart: Client, tmp_path: Path, name: str, place: str
) -> None:
    target = tmp_path / place
    chart.exports.to_path(Order(name), target, as_folder=place == "folder")
    assert imported(tmp_path / "new", target) == bodies(chart)


def test_a_bundle_is_valid_fhir_and_each_entry_has_the_address_of_its_record(chart: Client, tmp_path: Path) -> None:
    chart.exports.to_path(Order("bundle", Wanted(("conditions", "labs"))), tmp_path / "out.json")
    found = json.loads((tmp_path / "out.json").read_bytes())
    Bundle.model_validate(found)
    base = chart.portals.list()[0].url
    for entry in found["entry"]:
        assert entry["fullUrl"] == f"{base}/{entry['resource']['resourceType']}/{entry['resource']['id']}"


def test_numbers_and_times_of_a_csv_are_numbers_and_times_to_those_who_read_it(chart: Client, tmp_path: Path) -> None:
    file = tmp_path / "lab.csv"
    chart.exports.to_path(Order("csv", Wanted(("labs",))), file)
    frame = pd.read_csv(file, parse_dates=["date_utc"])
    assert frame["value_number"].dtype == frame["ref_low"].dtype == "float64"
    assert str(frame["date_utc"].dtype).startswith("datetime64")
    told = types_in(f"read_csv('{file}')")
    assert (told["value_number"], told["date_utc"].split()[0], told["title"]) == ("DOUBLE", "TIMESTAMP", "VARCHAR")
    known = {row.id: row for row in chart.labs.list().items}
    assert len(frame) == len(known)
    for row in frame.itertuples():
        number = known[row.id].number
        is_bound = isinstance(row.comparator, str)
        assert pd.isna(row.value_number) if number is None or is_bound else row.value_number == float(number)


def test_parquet_opens_in_duckdb_with_every_record_and_its_types(chart: Client, tmp_path: Path) -> None:
    chart.exports.to_path(Order("parquet"), tmp_path / "out", as_folder=True)
    lab = tmp_path / "out" / "lab.parquet"
    columns = types_in(f"read_parquet('{lab}')")
    assert (columns["value_number"], columns["date_utc"]) == ("DOUBLE", "TIMESTAMP WITH TIME ZONE")
    files = tmp_path / "out" / "*.parquet"
    rows = duckdb.read_parquet(str(files), union_by_name=True).select("fhir").fetchall()
    assert sorted(row[0].encode() for row in rows) == sorted(bodies(chart).values())


def test_khal_takes_the_calendar_and_nothing_clinical_is_in_it(chart: Client, tmp_path: Path) -> None:
    file = tmp_path / "visits.ics"
    summary = chart.exports.to_path(Order("ical"), file)
    events = tmp_path / "events"
    events.mkdir()
    config = tmp_path / "khal.conf"
    config.write_text(
        f"[calendars]\n[[visits]]\npath = {events}\n[sqlite]\npath = {tmp_path / 'khal.db'}\n"
        "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n"
        "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    khal = shutil.which("khal", path=str(Path(sys.executable).parent))
    assert khal
    done = subprocess.run([khal, "-c", str(config), "import", "--batch", str(file)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list(events.glob("*.ics"))) == summary.records > 3
    assert set(re.findall(r"^SUMMARY:(.*?)\r?$", file.read_text(), re.MULTILINE)) == {"Appointment"}
    chart.exports.to_path(Order("ical", with_details=True), file, replace=True)
    assert len(set(re.findall(r"^SUMMARY:(.*?)\r?$", file.read_text(), re.MULTILINE))) > 1


def references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for item in value.values():
            yield from references(item)


def assert_ips(document: dict[str, Any]) -> None:
    """The rules of the International Patient Summary 2.0.1 that a document can be held to."""
    Bundle.model_validate(document)
    assert (document["type"], bool(document["identifier"]), bool(document["timestamp"])) == ("document", True, True)
    entries = document["entry"]
    addresses = [entry["fullUrl"] for entry in entries]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", address) for address in addresses)
    assert not any(entry.keys() & {"search", "request", "response"} for entry in entries)
    kinds = [entry["resource"]["resourceType"] for entry in entries]
    assert (kinds[0], kinds.count("Composition")) == ("Composition", 1)
    for entry in entries:
        inside = {f"#{item['id']}" for item in entry["resource"].get("contained", [])}
        assert set(references(entry["resource"])) - inside - {"#"} <= set(addresses)
    composition = entries[0]["resource"]
    assert composition["type"]["coding"][0]["code"] == "60591-5"
    patient = next(entry for entry in entries if entry["fullUrl"] == composition["subject"]["reference"])["resource"]
    assert patient["resourceType"] == "Patient"
    assert any(name.keys() & {"family", "given", "text"} for name in patient["name"])
    assert patient.keys() & {"birthDate", "_birthDate"}
    sections = composition["section"]
    assert {section["code"]["coding"][0]["code"] for section in sections} >= REQUIRED
    for section in sections:
        assert section["title"]
        assert ("entry" in section) != ("emptyReason" in section)
        assert ElementTree.fromstring(section["text"]["div"]).tag == "{http://www.w3.org/1999/xhtml}div"


def test_the_patient_summary_keeps_the_rules_of_the_ips(chart: Client, tmp_path: Path) -> None:
    chart.exports.to_path(Order("ips"), tmp_path / "ips.json")
    document = json.loads((tmp_path / "ips.json").read_bytes())
    assert_ips(document)
    titles = {
        section["title"]: len(section.get("entry", [])) for section in document["entry"][0]["resource"]["section"]
    }
    assert all(titles[name] for name in ("Problems", "Medications", "Results", "Immunizations"))


@pytest.mark.parametrize("place", range(2))
def test_the_summary_of_a_chart_of_others_making_keeps_the_rules_too(tmp_path: Path, place: int) -> None:
    file = sorted(shared_data("synthea").glob("*.json"))[place]
    imported(tmp_path, file)
    with client_in(tmp_path) as client:
        client.exports.to_path(Order("ips"), tmp_path / "ips.json")
    assert_ips(json.loads((tmp_path / "ips.json").read_bytes()))


@pytest.mark.parametrize("name", ["bundle", "csv", "parquet", "pdf"])
def test_what_is_encrypted_is_what_age_decrypts(chart: Client, tmp_path: Path, name: str) -> None:
    own = pyrage.x25519.Identity.generate()
    seal = Seal((age.recipient(str(own.to_public())),))
    chart.exports.to_path(Order(name, Wanted(("labs",)), seal=seal), tmp_path / "out")
    chart.exports.to_path(Order(name, Wanted(("labs",))), tmp_path / "clear")
    found, clear = pyrage.decrypt((tmp_path / "out").read_bytes(), [own]), (tmp_path / "clear").read_bytes()
    assert found == clear or name == "pdf"
    assert found[:5] == clear[:5]
    assert b"age-encryption.org/v1" in (tmp_path / "out.manifest.age").read_bytes()
    assert json.loads(pyrage.decrypt((tmp_path / "out.manifest.age").read_bytes(), [own]))["encrypted"] is True

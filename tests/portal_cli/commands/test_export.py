from __future__ import annotations

import hashlib
import json
import re
import stat
from typing import TYPE_CHECKING

import pyrage
import pytest

from store.export import FORMATS, columns
from tests.portal_cli.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal_cli.conftest import Home


def test_an_export_without_a_path_is_one_document_on_stdout(filled: Home) -> None:
    said = filled.run("export")
    assert (said.code, said.err) == (0, "")
    assert said.json["resourceType"] == "Bundle"
    assert len(said.json["entry"]) == filled.run("status", "--json").json["records"]


def test_some_kinds_can_be_exported_as_lines(filled: Home) -> None:
    lines = filled.run("export", "medications", "--format", "ndjson").out.splitlines()
    assert {json.loads(line)["resourceType"] for line in lines} == {"MedicationRequest", "MedicationStatement"}


def test_a_file_is_private_and_is_replaced_only_by_force(filled: Home, tmp_path: Path) -> None:
    target = tmp_path / "labs.csv"
    words = ("export", "labs", "--format", "csv", "--output", str(target))
    said = filled.run(*words)
    assert (said.code, said.out) == (0, "")
    assert "not encrypted" in said.err
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert filled.run(*words).code == 2
    assert filled.run(*words, "--force").code == 0


def test_a_folder_has_one_file_for_each_type(filled: Home, tmp_path: Path) -> None:
    said = filled.run("export", "--format", "ndjson", "--output", f"{tmp_path / 'chart'}/")
    assert said.code == 0
    assert (tmp_path / "chart" / "Observation.ndjson").exists()


def test_a_format_that_does_not_exist_is_a_usage_error(filled: Home) -> None:
    said = filled.run("export", "--format", "xml")
    assert (said.code, said.out) == (2, "")
    assert "ndjson" in said.err


def test_json_tells_the_files_their_counts_and_their_hashes(filled: Home, tmp_path: Path) -> None:
    said = filled.run("export", "labs", "--format", "csv", "--output", f"{tmp_path}/out/", "--json")
    assert said.code == 0
    (file,) = said.json["files"]
    content = (tmp_path / "out" / "lab.csv").read_bytes()
    assert file == {
        "path": str(tmp_path / "out" / "lab.csv"),
        "only": "lab",
        "records": said.json["records"],
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert said.json["manifest"] == str(tmp_path / "out" / "export.manifest")
    assert filled.run("export", "--json").code == 2


@pytest.mark.parametrize(
    ("name", "begin"),
    [("ips", b'{"resourceType":"Bundle"'), ("html", b"<!DOCTYPE html>"), ("pdf", b"%PDF"), ("parquet", b"PAR1"),
     ("markdown", b"# "), ("ical", b"BEGIN:VCALENDAR"), ("json", b"[")],
)  # fmt: skip
def test_every_format_goes_into_a_pipe_as_well(filled: Home, tmp_path: Path, name: str, begin: bytes) -> None:
    file = tmp_path / "out"
    assert filled.run("export", "--format", name, "--output", str(file)).code == 0
    assert file.read_bytes().startswith(begin)
    if name not in {"pdf", "parquet"}:
        assert filled.run("export", "--format", name).out.encode().startswith(begin)


def test_filters_and_what_is_left_out_are_options(filled: Home) -> None:
    said = filled.run("export", "labs", "--format", "ndjson", "--since", "1y", "--redact", "names,contacts")
    assert (said.code, said.err) == (0, "")
    found = [json.loads(line) for line in said.out.splitlines()]
    assert {record["id"] for record in found} == {
        row["id"] for row in filled.run("records", "list", "labs", "--since", "1y", "--json").json
    }
    assert filled.run("export", "--redact", "faces").code == 2


def test_an_export_is_encrypted_with_a_passphrase_from_a_file(filled: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a passphrase that nobody guesses\n")
    target = tmp_path / "out.age"
    words = ("export", "conditions", "--encrypt", "passphrase", "--output", str(target))
    said = filled.run(*words, PORTAL_EXPORT_PASSPHRASE_FILE=str(secret))
    assert (said.code, "They are encrypted." in said.err) == (0, True)
    clear = pyrage.passphrase.decrypt(target.read_bytes(), "a passphrase that nobody guesses")
    assert json.loads(clear)["resourceType"] == "Bundle"
    assert filled.run("export", "--encrypt", "age1nobody", "--output", str(tmp_path / "x")).code == 2


def test_a_series_goes_on_and_needs_a_file(filled: Home, tmp_path: Path) -> None:
    first = filled.run("export", "--since-last", "mine", "--output", str(tmp_path / "one"), "--json")
    again = filled.run("export", "--since-last", "mine", "--output", str(tmp_path / "two"), "--json")
    assert (first.json["records"] > 0, again.json["records"]) == (True, 0)
    assert filled.run("export", "--since-last", "mine").code == 2


def test_the_help_names_every_format_and_each_has_a_line_in_the_readme(filled: Home) -> None:
    told = " ".join(filled.run("export", "--help").out.replace("│", " ").split())
    readme = (ROOT / "README.md").read_text()
    for name, form in FORMATS.items():
        assert re.search(rf"\b{name}\b", told)
        assert f"| `{name}` | {form.purpose} |" in readme


def test_the_readme_has_the_columns_of_every_kind(filled: Home) -> None:
    del filled
    readme = (ROOT / "README.md").read_text()
    for kind in ("", *columns.OWN):
        own = columns.COMMON if not kind else columns.OWN[kind]
        assert f"| {kind or 'every kind'} | {', '.join(f'`{column.name}`' for column in own)} |" in readme

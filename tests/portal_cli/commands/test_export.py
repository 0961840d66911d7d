from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

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

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from tests.conftest import PASSPHRASE

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


def altered(home: Home, statement: str) -> None:
    """Change the trail as somebody with the passphrase could."""
    with Client(Settings(home.vault, home.folder / "config.toml"), ask=lambda: PASSPHRASE) as client:
        client.vault.connection().execute(statement)


def test_what_was_done_is_listed_newest_first(home: Home) -> None:
    home.make_vault()
    home.run("records", "search", "sodium")
    lines = home.run("audit", "--json").json
    assert [line["action"] for line in lines][:3] == ["unlock", "search", "unlock"]
    assert all(line["actor"] for line in lines)
    assert "sodium" not in json.dumps(lines)
    only = home.run("audit", "list", "--action", "search", "--json").json
    assert [line["action"] for line in only] == ["search"]


def test_a_trail_as_it_was_written_has_a_head_to_keep(home: Home) -> None:
    home.make_vault()
    head = home.run("audit", "verify", "--json").json["head"]
    said = home.run("audit", "verify", "--head", head)
    assert said.code == 0
    assert "each as it was written" in said.out


def test_a_changed_line_is_found_and_named(home: Home) -> None:
    home.make_vault()
    home.run("records", "search", "sodium")
    altered(home, "UPDATE audit_entry SET what = '7 found' WHERE number = 2")
    said = home.run("audit", "verify")
    assert said.code == 9
    assert "line 2" in said.err


def test_a_head_that_is_not_in_the_trail_is_found(home: Home) -> None:
    home.make_vault()
    home.run("labs")
    assert home.run("audit", "verify", "--head", f"1:{'ab' * 32}").code == 9
    assert home.run("audit", "verify", "--head", "nonsense").code == 2


def test_the_trail_is_exported_with_its_head(home: Home) -> None:
    home.make_vault()
    home.run("records", "search", "sodium")
    found = home.run("audit", "export").json
    assert [line["number"] for line in found["lines"]] == list(range(1, len(found["lines"]) + 1))
    assert home.run("audit", "verify", "--head", found["head"]).code == 0
    rows = list(csv.DictReader(io.StringIO(home.run("audit", "export", "--format", "csv").out)))
    assert rows[0]["number"] == "1"

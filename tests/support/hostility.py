"""What tests of a portal that means harm share: what it serves besides, and what is in the vault and printed after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.vault import keys, reading
from tests.conftest import PASSPHRASE
from tests.support.hostile import ScriptedPortal, resource

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home, Said

PARTLY = 3
SEARCH = "GET /fhir/Observation"
GOOD = {
    "Observation": [resource("Observation", f"good{at}", valueQuantity={"value": at}) for at in range(3)],
    "Condition": [resource("Condition", "c1"), resource("Condition", "c2")],
}
JSON_TYPE = {"Content-Type": "application/fhir+json"}


def in_vault(home: Home) -> dict[str, bytes]:
    settings = Settings(vault_dir=home.vault, config_file=home.folder / "config.toml")
    with Client(settings, lambda: PASSPHRASE, cost=keys.FLOOR) as client:
        client.prepare()
        client.unlock()
        with client.vault.reading() as connection:
            found = reading.records(client.vault, connection, reading.Filter())
            return {f"{row.type}/{row.id}": body for row, body in found}


def named(*types: str) -> dict[str, bytes]:
    return {f"{name}/{json.loads(body)['id']}": body for name in types for body in GOOD[name]}


def reported(home: Home, type_name: str = "Observation") -> tuple[str, list[dict[str, str]]]:
    """Where a type stands in the gap report, and what of it could not be used."""
    said = home.run("sync", "report", "--json")
    gap = next(gap for gap in json.loads(said.out)[0]["types"] if gap["type"] == type_name)
    assert said.code == (PARTLY if gap["standing"] in {"partly", "failed"} else 0)
    return gap["standing"], gap["unusable"]


def assert_no_secret_reached(server: ScriptedPortal) -> None:
    for call in server.requests:
        sent = " ".join([call.target, *call.headers, *call.headers.values(), call.body.decode("latin-1")])
        assert "authorization" not in call.headers
        assert "cookie" not in call.headers
        assert not any(secret in sent for secret in ("access-", "refresh-", "code-1", "Bearer"))


def assert_clean(said: Said) -> None:
    """No control character is printed but the end of a line."""
    printed = said.out + said.err
    assert not [sign for sign in printed if (ord(sign) < 32 and sign != "\n") or 127 <= ord(sign) < 160]
    assert not set(printed) & set("\u202e\u2066\u200f")

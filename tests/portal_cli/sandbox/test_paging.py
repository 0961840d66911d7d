"""Pages hold still while the record changes, and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.paging import LIFETIME_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

PATIENT = '{"resourceType":"Patient","id":"ada"}'


def _many(number: int) -> dict[str, str]:
    lines = [
        f'{{"resourceType":"Observation","id":"o{place}","status":"final","subject":{{"reference":"Patient/ada"}}}}'
        for place in range(number)
    ]
    return {"patient.json": PATIENT, "all.ndjson": "\n".join(lines)}


def _next(bundle: dict[str, object]) -> str:
    links = bundle["link"]
    assert isinstance(links, list)
    return next((str(link["url"]) for link in links if link["relation"] == "next"), "")


def test_pages_bring_each_resource_once(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> None:
    caller = call_as(open_sandbox(_many(25), page_size=10))
    seen: list[str] = []
    address = "Observation?patient=ada"
    while address:
        bundle = caller.get(address).json or {}
        assert bundle["total"] == 25
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        address = _next(bundle)
    assert sorted(seen) == sorted(f"o{place}" for place in range(25))


def test_a_page_can_be_asked_for_again(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> None:
    caller = call_as(open_sandbox(_many(5)))
    address = _next(caller.get("Observation?_count=2").json or {})
    assert caller.get(address).text == caller.get(address).text


def test_changes_between_pages_neither_lose_nor_repeat(
    open_sandbox: Callable[..., Sandbox], call_as: type[Caller]
) -> None:
    caller = call_as(open_sandbox(_many(6)))
    bundle = caller.get("Observation?_count=3").json or {}
    seen = [entry["resource"]["id"] for entry in bundle["entry"]]
    body = caller.get("Observation/o0").text.replace("final", "amended")
    assert caller.call("PUT", "Observation/o0", body).status_code == 200
    assert caller.call("DELETE", "Observation/o5").status_code == 204
    seen += [entry["resource"]["id"] for entry in (caller.get(_next(bundle)).json or {})["entry"]]
    assert len(seen) == len(set(seen)) == 6


def test_an_old_page_is_gone(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> None:
    sandbox = open_sandbox(_many(3))
    caller = call_as(sandbox)
    address = _next(caller.get("Observation?_count=2").json or {})
    sandbox.portal.clock.advance(LIFETIME_SECONDS + 1)
    assert caller.refused("GET", address) == (410, "expired")
    assert caller.refused("GET", "Observation?_page=invented.0") == (410, "expired")


def test_another_patient_cannot_turn_the_pages(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> None:
    sandbox = open_sandbox({**_many(3), "zoe.json": '{"resourceType":"Patient","id":"zoe"}'})
    address = _next(call_as(sandbox).get("Observation?_count=2").json or {})
    assert call_as(sandbox, 1).refused("GET", address) == (410, "expired")

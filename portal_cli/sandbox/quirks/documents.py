"""What a mode makes of the portal's own declarations, so that they say what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.lossless import decode, encode
from portal_cli.sandbox.oauth.clients import ASSERTION, DEVICE
from portal_cli.sandbox.quirks.mode import HISTORIES

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.quirks.mode import Mode

_OFFLINE = frozenset({"offline_access", "online_access"})


def declared(mode: Mode, body: bytes) -> bytes:
    """Make a CapabilityStatement tell of a mode."""
    statement = decode(body)
    if mode.maker:
        statement["publisher"] = mode.maker
    for rest in statement["rest"]:
        rest["resource"] = [_resource(mode, row) for row in rest["resource"] if row["type"] not in mode.hidden]
        _keep(rest, "interaction", [row for row in rest.get("interaction", ()) if mode.offers("", row["code"])])
        _keep(rest, "operation", _operations(mode, rest))
    return encode(statement)


def _resource(mode: Mode, row: Json) -> Json:
    kind = row["type"]
    row["interaction"] = [one for one in row["interaction"] if mode.offers(kind, one["code"])]
    codes = {one["code"] for one in row["interaction"]}
    row["searchParam"] = [one for one in row["searchParam"] if mode.knows(kind, one["name"])]
    _keep(row, "operation", _operations(mode, row))
    if "conditionalCreate" in row:
        row["conditionalCreate"] = "create" in codes and mode.writes.conditional_create != "no"
    if not mode.writes.conditional_read:
        row["conditionalRead"] = "not-supported"
    if not mode.writes.has_tags:
        row["versioning"] = "no-version"
    if not HISTORIES & mode.interactions:
        row["readHistory"] = False
    return row


def with_registration(base_url: str, body: bytes) -> bytes:
    """Make a CapabilityStatement name the place where a client registers itself."""
    statement = decode(body)
    place = {"url": "register", "valueUri": f"{base_url.removesuffix('/fhir')}/auth/register"}
    for rest in statement["rest"]:
        for uris in rest["security"]["extension"]:
            uris["extension"].append(place)
    return encode(statement)


def _operations(mode: Mode, row: Json) -> list[Json]:
    rows: list[Json] = row.get("operation", [])
    return [one for one in rows if mode.operations is None or one["name"] in mode.operations]


def _keep(row: Json, name: str, left: list[Json]) -> None:
    """Set a list, or take it out when nothing is left: FHIR has no empty lists."""
    row[name] = left
    if not left:
        del row[name]


def configured(mode: Mode, body: bytes) -> bytes:
    """Make a SMART configuration tell of a mode."""
    found = decode(body)
    if not mode.signing.declares_renewal:
        found["grant_types_supported"] = [one for one in found["grant_types_supported"] if one != "refresh_token"]
    found.pop("device_authorization_endpoint", None)  # none of the vendors has it
    found["grant_types_supported"] = [one for one in found["grant_types_supported"] if one != DEVICE]
    if mode.signing.renewal == "assertion":
        found["grant_types_supported"].append(ASSERTION)
    if mode.signing.renewal != "refresh_token":
        found["scopes_supported"] = [one for one in found["scopes_supported"] if one not in _OFFLINE]
        found["capabilities"] = [one for one in found["capabilities"] if one != "permission-offline"]
    return encode(found)


def token_answer(mode: Mode, body: bytes) -> bytes:
    """Make a token answer that of a mode."""
    found = decode(body)
    signing = mode.signing
    found["token_type"] = signing.token_type
    if not signing.names_patient:
        found.pop("patient", None)
        found.pop("fhirUser", None)
    if signing.renewal != "refresh_token":
        found.pop("refresh_token", None)
        found["scope"] = " ".join(one for one in str(found.get("scope", "")).split() if one not in _OFFLINE)
    return encode(found)

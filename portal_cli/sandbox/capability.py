"""What the portal says it can do: CapabilityStatement and SMART configuration, made from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import scopes
from portal_cli.sandbox.accounts.addresses import API
from portal_cli.sandbox.education.infobutton import PATH as EDUCATION
from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.oauth.clients import DEVICE
from portal_cli.sandbox.writing import ACCEPTED, interactions

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.reading import Reading

_SHARED_FACES = ("Schedule", "Slot")
_EVERYTHING = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
_REVERSE = {"Communication": ("Communication:part-of",), "Schedule": ("Slot:schedule",)}
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_NAMED = tuple(scope for scope in scopes.PLAIN_SCOPES if scope != scopes.REGISTER)
_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def types_offered(stored: list[str]) -> list[str]:
    """Name the types the portal offers: all that are stored, and those it accepts from patients."""
    return sorted({*stored, *ACCEPTED, *_SHARED_FACES})


def capability_statement(base_url: str, started: datetime, stored: list[str], reading: Reading) -> Json:
    """Build the CapabilityStatement (FHIR R4 §5.2)."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(started),
        "kind": "instance",
        "software": {"name": "practice portal"},
        "implementation": {"description": "A practice portal with synthetic patients", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(base_url.removesuffix("/fhir")),
                "resource": [_resource(kind, reading) for kind in types_offered(stored)],
                "interaction": [{"code": code} for code in ("transaction", "batch", "history-system")],
            }
        ],
    }


def _resource(kind: str, reading: Reading) -> Json:
    parameters = reading.parameters(kind).values()
    offered = interactions(kind)
    links = [f"{kind}:{parameter.name}" for parameter in parameters if parameter.declared_kind == "reference"]
    described: Json = {
        "type": kind,
        "interaction": [{"code": code} for code in offered],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": "create" in offered,
        "conditionalRead": "full-support",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchInclude": links,
        "searchRevInclude": [*_REVERSE.get(kind, ()), "Provenance:target"],
        "searchParam": [{"name": row.name, "type": row.declared_kind} for row in parameters],
    }
    if not links:
        del described["searchInclude"]
    if kind == "Patient":
        described["operation"] = [{"name": "everything", "definition": _EVERYTHING}]
    return described


def _security(origin: str) -> Json:
    uris = {"authorize": "authorize", "token": "token", "revoke": "revoke", "introspect": "introspect"}
    return {
        "extension": [
            {
                "url": _OAUTH_URIS,
                "extension": [{"url": name, "valueUri": f"{origin}/auth/{path}"} for name, path in uris.items()],
            }
        ],
        "service": [{"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
    }


def smart_configuration(base_url: str, pages: dict[str, str] | None = None) -> Json:
    """Build the SMART configuration (SMART App Launch 2.2, conformance), naming only what exists.

    `pages` are those of the account service, in a portal that has one; it has articles too.
    """
    origin = base_url.removesuffix("/fhir")
    found = _smart_configuration(base_url, origin)
    if pages:
        found |= {"account_api_endpoint": f"{origin}{API}", "account_pages": pages}
        found["infobutton_endpoint"] = f"{origin}{EDUCATION}/infobutton"
        found["scopes_supported"].append(scopes.ACCOUNT)
    return found


def _smart_configuration(base_url: str, origin: str) -> Json:
    return {
        "issuer": base_url,
        "jwks_uri": f"{origin}/auth/jwks.json",
        "authorization_endpoint": f"{origin}/auth/authorize",
        "token_endpoint": f"{origin}/auth/token",
        "authorization_challenge_endpoint": f"{origin}/auth/challenge",
        "revocation_endpoint": f"{origin}/auth/revoke",
        "introspection_endpoint": f"{origin}/auth/introspect",
        "device_authorization_endpoint": f"{origin}/auth/device",
        "grant_types_supported": ["authorization_code", "refresh_token", DEVICE],
        "response_types_supported": ["code"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": [*_NAMED, "patient/*.rs", "patient/*.cruds", "patient/*.read"],
        "capabilities": [
            "launch-standalone",
            "client-public",
            "context-standalone-patient",
            "permission-patient",
            "permission-offline",
            "permission-v1",
            "permission-v2",
            "sso-openid-connect",
            "authorize-post",
        ],
    }

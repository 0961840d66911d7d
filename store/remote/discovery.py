"""What a portal says of itself: its SMART configuration and its CapabilityStatement (FHIR R4 §2.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from store.errors import BadAnswer, InsecureAddress, NotOffered, RemoteError

if TYPE_CHECKING:
    from store.remote.http import Answer, Http

_READ_INTERACTIONS = frozenset({"read", "search-type"})  # what a portal that declares none is taken to offer
_GUARDED = frozenset({401, 403})
_EVERYTHING = ("everything", "patient-everything")
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_WRITE_INTERACTIONS = frozenset({"create", "update", "patch"})


@dataclass(frozen=True)
class Smart:
    """A SMART configuration (SMART App Launch 2.2, `.well-known/smart-configuration`); addresses are absolute."""

    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None
    challenge_endpoint: str | None
    device_endpoint: str | None
    management_endpoint: str | None
    jwks_uri: str | None
    issuer: str | None
    scopes: frozenset[str]
    capabilities: frozenset[str]
    sends_issuer: bool


@dataclass(frozen=True)
class OfferedType:
    """What a portal offers for one FHIR type; `checks_versions` when an update may name the version that it is for."""

    name: str
    interactions: frozenset[str]
    search_parameters: frozenset[str]
    has_conditional_create: bool
    has_conditional_read: bool
    revincludes: frozenset[str] = frozenset()
    checks_versions: bool = False


@dataclass(frozen=True)
class Capability:
    """A CapabilityStatement, as far as planning needs it. `maker` is all that it says of who made the portal.

    `has_everything` is True where it names the operation that gives all of a patient (`Patient/[id]/$everything`).
    """

    software: str
    types: dict[str, OfferedType]
    maker: str = ""
    has_everything: bool = False

    @property
    def writable(self) -> frozenset[str]:
        """The types that may be created, updated or patched."""
        return frozenset(name for name, offered in self.types.items() if offered.interactions & _WRITE_INTERACTIONS)

    def offers(self, type_name: str, interaction: str) -> bool:
        """Whether an interaction (`read`, `search-type`, `create`, …) is offered for a type."""
        return type_name in self.types and interaction in self.types[type_name].interactions


def fetch_smart(http: Http, base_url: str) -> bytes:
    """Fetch the SMART configuration. Raises NotOffered when the portal has none, BadAnswer, Unreachable."""
    # Deferred: what is only read here needs no network.
    from store.remote.http import MAX_DESCRIPTION_BYTES, Request  # noqa: PLC0415

    url = f"{base_url}/.well-known/smart-configuration"
    answer = http.send(Request("GET", url, {"Accept": "application/json"}, most=MAX_DESCRIPTION_BYTES), patient=True)
    if answer.status in {401, 403, 404, 406}:
        raise NotOffered(http.origin, "sign-in with SMART on FHIR at this address")
    return _json_body(http, answer)


def fetch_capability(http: Http, base_url: str, token: str | None = None, client_id: str = "") -> bytes:
    """Fetch the CapabilityStatement; empty when the portal shows it only to those who are signed in.

    A portal of Epic's names its address for dynamic clients only to a `client_id`. Raises BadAnswer, Unreachable.
    """
    from store.remote.http import MAX_DESCRIPTION_BYTES, Request  # noqa: PLC0415 - as above

    headers = {"Accept": "application/fhir+json"}
    if client_id.isascii() and client_id.isprintable() and client_id:
        headers["Epic-Client-ID"] = client_id
    request = Request("GET", f"{base_url}/metadata", headers, token=token, most=MAX_DESCRIPTION_BYTES)
    answer = http.send(request, patient=True)
    if answer.status in _GUARDED and token is None:
        return b""
    return _json_body(http, answer)


def read_smart(content: bytes, base_url: str) -> Smart:
    """Read a SMART configuration. Raises BadAnswer when it lacks what sign-in needs, or refuses PKCE with S256."""
    found = _object(content, base_url)
    addresses = {
        name: _address(found, name, base_url)
        for name in (
            "authorization_endpoint", "token_endpoint", "revocation_endpoint", "authorization_challenge_endpoint",
            "device_authorization_endpoint", "jwks_uri",
        )
    }  # fmt: skip
    authorization, token = addresses["authorization_endpoint"], addresses["token_endpoint"]
    if not authorization or not token:
        raise BadAnswer(base_url, "its SMART configuration names no sign-in and token addresses")
    methods = _texts(found, "code_challenge_methods_supported")
    if methods and "S256" not in methods:
        raise BadAnswer(base_url, "its sign-in does not support PKCE with S256")
    issuer = found.get("issuer")
    return Smart(
        authorization_endpoint=authorization,
        token_endpoint=token,
        revocation_endpoint=addresses["revocation_endpoint"],
        challenge_endpoint=addresses["authorization_challenge_endpoint"],
        device_endpoint=addresses["device_authorization_endpoint"],
        management_endpoint=_shown_address(found, "management_endpoint", base_url),
        jwks_uri=addresses["jwks_uri"],
        issuer=issuer if isinstance(issuer, str) else None,
        scopes=_texts(found, "scopes_supported"),
        capabilities=_texts(found, "capabilities"),
        sends_issuer=found.get("authorization_response_iss_parameter_supported") is True,
    )


def with_keys(http: Http, smart: Smart, base_url: str) -> Smart:
    """A SMART configuration with the address of the portal's keys, taken from its OpenID configuration if it lacks it.

    That is asked for at the issuer, else at the FHIR base, and only believed where it names that very place as its
    issuer. A portal that has none, or whose answer cannot be used, is left as it was.
    """
    for place in dict.fromkeys(filter(None, (smart.issuer, base_url))) if not smart.jwks_uri else ():
        try:
            found = _openid_keys(http, place.rstrip("/"), base_url)
        except RemoteError:
            continue
        if found:
            return replace(smart, jwks_uri=found)
    return smart


def _openid_keys(http: Http, place: str, base_url: str) -> str | None:
    from store.remote.http import MAX_DESCRIPTION_BYTES, Request  # noqa: PLC0415 - as above

    _address({"issuer": place}, "issuer", base_url)
    url = f"{place}/.well-known/openid-configuration"
    answer = http.send(Request("GET", url, {"Accept": "application/json"}, most=MAX_DESCRIPTION_BYTES))
    if not answer.is_ok:
        return None
    found = _object(answer.body, base_url)
    issuer = found.get("issuer")
    return _address(found, "jwks_uri", base_url) if isinstance(issuer, str) and issuer.rstrip("/") == place else None


def read_capability(content: bytes, base_url: str) -> Capability:
    """Read a CapabilityStatement; of an empty one nothing is offered. Raises BadAnswer when it is none."""
    if not content:
        return Capability("", {})
    found = _object(content, base_url)
    if found.get("resourceType") != "CapabilityStatement":
        raise BadAnswer(base_url, "its description of itself is no CapabilityStatement")
    rest = next((item for item in _objects(found.get("rest")) if item.get("mode", "server") == "server"), {})
    everywhere = frozenset(str(item.get("name")) for item in _objects(rest.get("searchParam")))
    types = {
        str(item["type"]): OfferedType(
            name=str(item["type"]),
            interactions=frozenset(str(each.get("code")) for each in _objects(item.get("interaction")))
            or _READ_INTERACTIONS,
            search_parameters=everywhere
            | frozenset(str(each.get("name")) for each in _objects(item.get("searchParam"))),
            has_conditional_create=item.get("conditionalCreate") is True,
            has_conditional_read=item.get("conditionalRead") in ("not-match", "full-support"),
            revincludes=_texts(item, "searchRevInclude"),
            checks_versions=item.get("versioning") == "versioned-update",
        )
        for item in _objects(rest.get("resource"))
        if isinstance(item.get("type"), str)
    }
    software = _objects([found.get("software")])
    implementation = _objects([found.get("implementation")])
    name = next((item["name"] for item in software if isinstance(item.get("name"), str)), "")
    said = [name, found.get("publisher"), found.get("name"), *(item.get("description") for item in implementation)]
    maker = " ".join(text for text in said if isinstance(text, str))
    return Capability(name, types, maker, _names_everything(rest))


def registration_address(content: bytes, base_url: str) -> str | None:
    """Where a dynamic client registers itself, if a CapabilityStatement names a place on this very portal."""
    from store.remote.http import origin_of  # noqa: PLC0415 - as above

    if not content:
        return None
    for rest in _objects(_object(content, base_url).get("rest")):
        for outer in _objects(_objects([rest.get("security")])[:1] and rest["security"].get("extension")):
            for inner in _objects(outer.get("extension")) if outer.get("url") == _OAUTH_URIS else ():
                address = _shown_address({"register": inner.get("valueUri")}, "register", base_url)
                if inner.get("url") == "register" and address and origin_of(address) == origin_of(base_url):
                    return address
    return None


def _names_everything(rest: dict[str, Any]) -> bool:
    patients = [item for item in _objects(rest.get("resource")) if item.get("type") == "Patient"]
    named = [each for item in (rest, *patients) for each in _objects(item.get("operation"))]
    return any(
        each.get("name") in _EVERYTHING
        or str(each.get("definition"))
        .partition("|")[0]
        .endswith("Patient-everything")  # a canonical may have a version
        for each in named
    )


def _json_body(http: Http, answer: Answer) -> bytes:
    if not answer.is_ok:
        raise BadAnswer(http.origin, f"HTTP status {answer.status}", answer.status)
    _object(answer.body, http.origin)
    return answer.body


def _object(content: bytes, origin: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadAnswer(origin, "it is not JSON") from error
    if not isinstance(found, dict):
        raise BadAnswer(origin, "it is not a JSON object")
    return found


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(found: dict[str, Any], name: str) -> frozenset[str]:
    value = found.get(name)
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()


def _address(found: dict[str, Any], name: str, base_url: str) -> str | None:
    from store.remote.http import check_secure, is_inside, join, origin_of  # noqa: PLC0415 - as above

    value = found.get(name)
    if not isinstance(value, str) or not value:
        return None
    address = join(f"{base_url}/", value)
    check_secure(address)
    if is_inside(address) and origin_of(address) != origin_of(base_url) and not is_inside(base_url):
        raise InsecureAddress(address, "a portal elsewhere may not send its sign-in to this machine or network")
    return address


def _shown_address(found: dict[str, Any], name: str, base_url: str) -> str | None:
    """An address that sign-in can do without: None when it may not be used."""
    try:
        return _address(found, name, base_url)
    except InsecureAddress:
        return None

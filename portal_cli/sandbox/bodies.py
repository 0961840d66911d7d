"""Request bodies, read as FHIR resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.lossless import NotJsonError, decode, is_object
from portal_cli.sandbox.outcomes import bad_request

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json


def parse(kind: str, body: bytes) -> Json:
    """Read a request body as a resource of one type.

    Raises:
        FhirError: 400 for anything else.
    """
    try:
        resource = decode(body)
    except NotJsonError as error:
        raise bad_request(f"the body is not JSON: {error}", "structure") from error
    if not is_object(resource):
        raise bad_request("the body is not a FHIR resource", "structure")
    if resource["resourceType"] != kind:
        raise bad_request(f"the body is a {resource['resourceType']}, the address is of {kind}")
    found: Json = resource
    return found

"""What the portal says when it refuses: errors that become an OperationOutcome (FHIR R4 §2.36)."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json


class Why(Enum):
    """Why the practice portal cannot do something: it was asked for wrongly, named what is not there, and so on."""

    USAGE = auto()
    MISSING = auto()
    UNREACHABLE = auto()
    REFUSED = auto()
    FAILED = auto()


class SandboxError(Exception):
    """The practice portal cannot start, or not do something: `str()` is one sentence, `hint` what to do about it."""

    def __init__(self, sentence: str, hint: str = "", why: Why = Why.USAGE) -> None:
        super().__init__(sentence)
        self.hint = hint
        self.why = why


class FhirError(Exception):
    """A FHIR request is refused.

    Attributes:
        status: The HTTP status (100 to 599).
        code: An issue type of http://hl7.org/fhir/issue-type, such as `not-found`.
        headers: Further response headers.
    """

    def __init__(self, status: int, code: str, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.headers = headers or {}

    def outcome(self) -> Json:
        """Give the OperationOutcome resource that tells of this refusal."""
        return operation_outcome(self.code, str(self))


def operation_outcome(code: str, sentence: str, severity: str = "error") -> Json:
    """Build an OperationOutcome with one issue (FHIR R4 §2.36)."""
    issue = {"severity": severity, "code": code, "diagnostics": sentence}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def bad_request(sentence: str, code: str = "invalid") -> FhirError:
    """Give the 400 for a request that cannot be understood."""
    return FhirError(400, code, sentence)


def not_found(kind: str, key: str) -> FhirError:
    """Give the 404 for a resource that is absent or not this patient's: the two must look the same."""
    return FhirError(404, "not-found", f"there is no {kind}/{key} in this record")


def forbidden(sentence: str) -> FhirError:
    """Give the 403 for something the token does not permit."""
    return FhirError(403, "forbidden", sentence)


def business_rule(sentence: str) -> FhirError:
    """Give the 422 for a well-formed write that the portal's own rules refuse."""
    return FhirError(422, "business-rule", sentence)

"""What the account service refuses, as errors that a page and the API can both put into words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field."""

    field: str
    detail: str


class AccountRefusal(Exception):
    """The service refuses; `str()` is one sentence.

    Attributes:
        key: What kind of refusal, as the API names it.
        status: The HTTP status that goes with it.
    """

    key = "invalid"
    status = 400


class InvalidFields(AccountRefusal):
    """Fields are missing or malformed."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("Some of what was sent cannot be used.")
        self.problems = problems


class WrongCode(AccountRefusal):
    """The code is not right; `attempts_left` says how often one may still try."""

    key = "wrong-code"

    def __init__(self, attempts_left: int) -> None:
        super().__init__("The code is not right.")
        self.attempts_left = attempts_left


class ExpiredCode(AccountRefusal):
    """The code or link has ended, was used, or never was."""

    key = "expired-code"

    def __init__(self) -> None:
        super().__init__("The code has ended or was used already. Ask for a new one.")


class TooManyAttempts(AccountRefusal):
    """Something was tried too often; `seconds` says when to come back."""

    key = "too-many-attempts"
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("too many attempts: wait and try again")
        self.seconds = max(1, seconds)


class UsernameTaken(AccountRefusal):
    """Somebody else has the username."""

    key = "username-taken"
    status = 409

    def __init__(self) -> None:
        super().__init__("Somebody has this username already. Choose another.")


class WrongPassword(AccountRefusal):
    """The password that confirms a change is not right."""

    key = "wrong-password"
    status = 403

    def __init__(self) -> None:
        super().__init__("The password is not right.")


class NotFound(AccountRefusal):
    """There is no such registration, device or method."""

    key = "not-found"
    status = 404

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


class SignInNeeded(AccountRefusal):
    """No token, or one that is no good."""

    key = "sign-in-needed"
    status = 401

    def __init__(self) -> None:
        super().__init__("Sign in first.")


class InsufficientScope(AccountRefusal):
    """The token is good, but not for this."""

    key = "insufficient-scope"
    status = 403

    def __init__(self) -> None:
        super().__init__("This app was not allowed to see or change sign-in settings.")


def invalid(field: str, detail: str) -> InvalidFields:
    """Say what is wrong with one field."""
    return InvalidFields(FieldProblem(field, detail))

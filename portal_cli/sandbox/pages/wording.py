"""The sentences of the account pages, and which field a refusal belongs to."""

from __future__ import annotations

from portal_cli.sandbox.accounts.refusals import (
    AccountRefusal,
    FieldProblem,
    InvalidFields,
    TooManyAttempts,
    UsernameTaken,
    WrongCode,
    WrongPassword,
)

NOTICES = {
    "opened": "Your account is open. Sign in with your new username and password.",
    "reset": "Your password is set. Sign in with it.",
    "signed-out": "You are signed out.",
    "ended": "You are not signed in any more. Sign in again.",
    "sent": "A new code is on its way.",
    "password": "Your password was changed.",
    "contact": "Your contact details were changed.",
    "step-off": "That second step is switched off.",
    "revoked": "The access has ended.",
    "notifications": "Your choice was saved.",
    "taken": "Somebody has this username already. Both codes were right; choose another username.",
}
METHOD_WORDS = {
    "totp": ("Authenticator app", "Enter the code that your authenticator app shows."),
    "email": ("Code by e-mail", "Enter the code from the e-mail that we sent you."),
    "text": ("Code by text", "Enter the code from the text message that we sent you."),
    "recovery": ("Recovery code", "Enter one of your recovery codes. It works once."),
}
RESET_SENT = (
    "If there is an account with this username or e-mail address, a link to choose a new password is on its way "
    "to its e-mail address. It works for 30 minutes."
)
USERNAME_SENT = (
    "If there is an account with this e-mail address and date of birth, its username is on its way to that address."
)
_SECONDS = 60


def problems_of(error: AccountRefusal, code_field: str = "code", confirming: str = "password") -> list[FieldProblem]:
    """Say what a refusal is about, field by field; a field without a name is the whole form."""
    if isinstance(error, InvalidFields):
        return list(error.problems)
    if isinstance(error, WrongCode):
        left = error.attempts_left
        more = f" You can try {left} more {'time' if left == 1 else 'times'}." if left > 0 else " Ask for a new one."
        return [FieldProblem(code_field, f"{error}{more}")]
    if isinstance(error, TooManyAttempts):
        minutes = -(-error.seconds // _SECONDS)
        return [FieldProblem("", f"Too many attempts. Wait {minutes} {'minute' if minutes == 1 else 'minutes'}.")]
    if isinstance(error, UsernameTaken):
        return [FieldProblem("username", str(error))]
    if isinstance(error, WrongPassword):
        return [FieldProblem(confirming, str(error))]
    return [FieldProblem("", str(error))]

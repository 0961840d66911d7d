"""The words of what the portal sends. Nothing in them is about anybody's health."""

from __future__ import annotations

from portal_cli.sandbox.accounts.mailbox import Letter

_NOT_YOU = "If this was not you, ignore this message."
_WAS_NOT_YOU = "If this was not you, reset your password now and call the practice."
_WORDS = {"totp": "an authenticator app", "email": "codes by e-mail", "text": "codes by text"}


def code_letter(channel: str, to: str, code: str, purpose: str) -> Letter:
    """Send a code; `purpose` is what it does, such as `confirm this address`."""
    body = f"{code} is your code to {purpose} at the practice portal. It works once, within 10 minutes."
    if channel == "email":
        return Letter("email", to, "Your code", f"{body}\n\nNobody from the practice will ask you for it. {_NOT_YOU}")
    return Letter("text", to, "", f"{body} Tell it to nobody.")


def has_account_letter(to: str, sign_in: str, forgot: str) -> Letter:
    """Tell the holder of an account that somebody tried to use its e-mail address for another."""
    body = (
        "Somebody, perhaps you, wanted to use this e-mail address for an account at the practice portal. "
        f"It belongs to an account already, and nothing was changed.\n\nSign in: {sign_in}\n"
        f"If you forgot your password: {forgot}\n\n{_NOT_YOU}"
    )
    return Letter("email", to, "You have an account already", body, sign_in)


def welcome_letter(to: str, username: str, sign_in: str) -> Letter:
    """Tell of a new account."""
    body = f"Your account at the practice portal is open. Your username is {username}.\n\nSign in: {sign_in}"
    return Letter("email", to, "Your account is open", body, sign_in)


def reset_letter(to: str, link: str, token: str) -> Letter:
    """Send the way to a new password."""
    body = (
        "Somebody, perhaps you, asked for a new password at the practice portal. "
        f"Choose one within 30 minutes here:\n\n{link}\n\n"
        f"In a terminal, paste this instead:\n\n{token}\n\nEither works once. {_NOT_YOU}"
    )
    return Letter("email", to, "Choose a new password", body, link)


def usernames_letter(to: str, usernames: list[str], sign_in: str) -> Letter:
    """Send what somebody forgot."""
    listed = "\n".join(usernames)
    body = f"Somebody, perhaps you, asked for your username at the practice portal. It is:\n\n{listed}\n\n{_NOT_YOU}"
    return Letter("email", to, "Your username", f"{body}\n\nSign in: {sign_in}", sign_in)


def password_letter(to: str) -> Letter:
    """Tell that the password is another."""
    return _notice(to, "Your password was changed", "Your password at the practice portal was changed.")


def two_step_letter(to: str, method: str, *, is_on: bool) -> Letter:
    """Tell that a second step was switched on or off."""
    word = "on" if is_on else "off"
    sentence = f"Signing in to the practice portal with {_WORDS[method]} was switched {word}."
    return _notice(to, f"Two-step sign-in was switched {word}", sentence)


def recovery_used_letter(to: str, left: int) -> Letter:
    """Tell that a recovery code was spent."""
    sentence = f"A recovery code was used to sign in to the practice portal. You have {left} left."
    return _notice(to, "A recovery code was used", sentence)


def contact_letter(to: str, channel: str) -> Letter:
    """Tell the address that was on the account until now that it changed."""
    word = "e-mail address" if channel == "email" else "phone number"
    sentence = f"The {word} of your account at the practice portal was changed."
    return _notice(to, f"Your {word} was changed", sentence)


def _notice(to: str, subject: str, sentence: str) -> Letter:
    return Letter("email", to, subject, f"{sentence}\n\n{_WAS_NOT_YOU}")

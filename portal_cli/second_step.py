"""The second step of a sign-in with a password: which way, and the code that came by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import diagnostics, prompts

if TYPE_CHECKING:
    from store.services.sign_in import Reply, SecondStep

_SENT = ("email", "text")
_WAYS = {
    "totp": "the code that your authenticator app shows",
    "email": "a code by e-mail",
    "text": "a code by text",
    "recovery": "one of your recovery codes",
}
_AGAIN, _OTHER = "again", "other"
_MOST_ANSWERS = 20  # a portal that is never content is given up


class SecondStepAsker:
    """Answers what a portal wants after the password: a person at the terminal does, or the next line of stdin.

    `method` is the way that was chosen beforehand, None where a person is to choose.
    """

    def __init__(self, method: str | None, *, from_stdin: bool) -> None:
        self._method = method
        self._from_stdin = from_stdin
        self._sent = False
        self._answers = 0

    def __call__(self, wanted: SecondStep) -> Reply:
        """One answer. Raises SignInRefused where a code from a pipe is not right or the way is not offered."""
        from store.errors import SignInRefused  # noqa: PLC0415 - help needs none of it
        from store.services.sign_in import Reply  # noqa: PLC0415 - as above

        self._answers += 1
        if self._answers > _MOST_ANSWERS:
            raise SignInRefused("the portal wants one code after the other")
        if wanted.problem and self._from_stdin:
            raise SignInRefused(wanted.problem)
        if wanted.problem:
            diagnostics.note(wanted.problem)
        if self._method is None:
            self._method = _chosen(wanted)
        if self._method not in wanted.methods:
            raise SignInRefused(f"the portal takes no second step by {self._method}, but by {_listed(wanted)}")
        if self._method in _SENT and not self._sent:
            self._sent = True
            return Reply(self._method)
        code = self._code(wanted)
        return Reply(self._method, code)

    def _code(self, wanted: SecondStep) -> str | None:
        method = self._method or ""
        if self._from_stdin:
            return prompts.line("the code of the second step is missing on stdin")
        if method in wanted.sent_to:
            diagnostics.note(f"It was sent to {wanted.sent_to[method]}; type `{_AGAIN}` for another one.")
        if len(wanted.methods) > 1:
            diagnostics.note(f"Type `{_OTHER}` for another way.")
        typed = prompts.visible(f"{_WAYS.get(method, 'code').capitalize()}: ").strip()
        if typed.lower() == _OTHER and len(wanted.methods) > 1:
            self._method, self._sent = _chosen(wanted), False
            return None if self._method in _SENT else self._code(wanted)
        return None if typed.lower() == _AGAIN and method in _SENT else typed


def _chosen(wanted: SecondStep) -> str:
    from portal_cli.problems import NoTerminal  # noqa: PLC0415 - as above

    if len(wanted.methods) == 1:
        return wanted.methods[0]
    by_words = {_WAYS.get(method, method): method for method in wanted.methods}
    found = prompts.choose("This account has a second step. How do you want to prove it?", list(by_words))
    if found is None:
        raise NoTerminal("no way for the second step was chosen", "Name one with `--second-step`.")
    return by_words[found]


def _listed(wanted: SecondStep) -> str:
    return ", ".join(wanted.methods)

"""The second step of a sign-in as a page: which way, and the code. The account pages and the app's sign-in share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import make_response, render_template, request

from portal_cli.sandbox.accounts.refusals import AccountRefusal, FieldProblem, InvalidFields, WrongCode
from portal_cli.sandbox.pages.wording import METHOD_WORDS, problems_of

if TYPE_CHECKING:
    from flask import Response

    from portal_cli.sandbox.accounts.second_steps import SecondSteps

_SENT = ("email", "text")
_WORDS = {method: {"offer": offer, "ask": ask} for method, (offer, ask) in METHOD_WORDS.items()}


@dataclass(frozen=True)
class StepForm:
    """Where the form of a second step leads, and the secrets it carries; `request_key` is that of an app's sign-in."""

    text: str
    action: str
    csrf: str
    request_key: str = ""


class Steps:
    """Shows and takes second steps."""

    def __init__(self, second_steps: SecondSteps) -> None:
        self._second_steps = second_steps

    def is_needed(self, username: str) -> bool:
        """Say whether an account asks for a second step."""
        return self._second_steps.is_needed(username)

    def begin(self, username: str, context: dict[str, str]) -> str:
        """Begin to wait for a second step; a code is sent at once where the first way is to be sent one."""
        text = self._second_steps.begin(username, context)
        first = self._second_steps.offer(username).methods[0]
        if first in _SENT:
            try:
                self._second_steps.send(text, first)
            except AccountRefusal:  # the page offers to send another, and says then why it cannot
                return text
        return text

    def page(self, form: StepForm, error: AccountRefusal | None = None) -> Response:
        """Ask for the code of a method.

        Raises:
            NotFound: When the sign-in has ended.
        """
        waiting = self._second_steps.find(form.text)
        offer = self._second_steps.offer(waiting.username)
        wanted = request.values.get("method", "")
        method = wanted if wanted in offer.methods else offer.methods[0]
        problems = problems_of(error) if error else []
        return make_response(
            render_template(
                "second_step.html",
                problems=problems,
                words=_WORDS,
                method=method,
                methods=offer.methods,
                sent_to=offer.sent_to.get(method, "") if waiting.method == method else "",
                action=form.action,
                csrf=form.csrf,
                request_key=form.request_key,
            ),
            error.status if error else 200,
        )

    def other(self, text: str) -> str:
        """Take the wish for another way, sending a code where that needs one; gives the method, or an empty text.

        Raises:
            AccountRefusal: When a code cannot be sent, or the sign-in has ended.
        """
        wanted = request.form.get("other", "")
        if wanted in _SENT:
            self._second_steps.send(text, wanted)
        return wanted if wanted in METHOD_WORDS else ""

    def check(self, text: str) -> tuple[str, dict[str, str]]:
        """Check the code of a form; gives who is signed in now, and what for.

        Raises:
            AccountRefusal: When the code is not right, or the sign-in has ended.
        """
        code = request.form.get("code", "")
        if not code.strip():
            self._second_steps.find(text)
            raise InvalidFields(FieldProblem("code", "Enter the code."))
        waiting = self._second_steps.check(text, request.form.get("method", ""), code)
        return waiting.username, waiting.context


def has_ended(error: AccountRefusal) -> bool:
    """Say whether a sign-in cannot go on after a refusal: only from its start."""
    return error.key == "not-found" or (isinstance(error, WrongCode) and error.attempts_left < 1)

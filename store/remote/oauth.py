"""Signing in: authorization code with PKCE, refresh, revocation, and passwords where a portal takes them.

RFC 6749, 7636, 8252 and 7009; the authorization challenge endpoint is that of OAuth for first-party applications.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit

from store.errors import BadAnswer, InsecureAddress, NotOffered, SignInNeeded, SignInRefused
from store.records.text import one_line
from store.remote import whom
from store.remote.http import MAX_DESCRIPTION_BYTES, Request, origin_of
from store.remote.json_body import json_object
from store.remote.token_answers import ends_the_sign_in, read_tokens, words
from store.remote.whom import WhomStep

if TYPE_CHECKING:
    from store.remote.discovery import Smart
    from store.remote.http import Answer, Http
    from store.remote.token_answers import Tokens

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_WRONG_CREDENTIALS = frozenset({"access_denied", "invalid_grant", "insufficient_authorization", "invalid_credentials"})


@dataclass(frozen=True)
class Attempt:
    """One sign-in under way: what was asked for, and the secrets that tie its answer to it."""

    client_id: str
    redirect_uri: str
    scope: str
    base_url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True)
class SecondStep:
    """A second proof that a portal wants after the password.

    `methods` are the ways it takes, such as `totp`, `email`, `text` or `recovery`; `sent_to` says for a way where its
    code goes, with most of it masked; `problem` is what was wrong with the code before.
    """

    session: str = field(repr=False)
    methods: tuple[str, ...]
    sent_to: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class Reply:
    """The answer to a second step: the code of `method`, or None to have one sent."""

    method: str
    code: str | None = field(default=None, repr=False)


Wanted: TypeAlias = str | SecondStep | WhomStep
"""What a challenge endpoint answers: the code, or what it wants before it gives one."""


def begin(client_id: str, redirect_uri: str, scope: str, base_url: str) -> Attempt:
    """Begin a sign-in with a new state (256 bits), a new PKCE verifier and a new nonce."""
    state, verifier, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(64), secrets.token_urlsafe(32)
    return Attempt(client_id, redirect_uri, scope, base_url, state, verifier, nonce)


def authorization_url(smart: Smart, attempt: Attempt) -> str:
    """The address of the portal's sign-in page for this attempt."""
    query = {
        "response_type": "code",
        "client_id": attempt.client_id,
        "redirect_uri": attempt.redirect_uri,
        "scope": attempt.scope,
        "state": attempt.state,
        "aud": attempt.base_url,
        "code_challenge": _challenge(attempt.verifier),
        "code_challenge_method": "S256",
        **({"nonce": attempt.nonce} if "openid" in attempt.scope.split() else {}),
    }
    joint = "&" if urlsplit(smart.authorization_endpoint).query else "?"
    return f"{smart.authorization_endpoint}{joint}{urlencode(query)}"


def has_state(attempt: Attempt, redirected: str) -> bool:
    """Whether an address carries the state of this attempt."""
    try:
        states = parse_qs(urlsplit(redirected).query).get("state", [])
    except ValueError:
        return False
    return states == [attempt.state]


def read_redirect(smart: Smart, attempt: Attempt, redirected: str) -> str:
    """Take the code out of the address the portal sent the browser to. Raises SignInRefused.

    The state must be this attempt's, and the issuer, where it is sent (RFC 9207), this portal's.
    """
    text = redirected.strip()
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SignInRefused("it is not a web address") from error
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if not secrets.compare_digest(query.get("state", "").encode(), attempt.state.encode()):
        raise SignInRefused("the address does not belong to this sign-in")
    if (smart.sends_issuer or "iss" in query) and not _is_issuer(smart, query.get("iss", "")):
        raise SignInRefused("the answer came from another portal than the one that was asked")
    if "error" in query:
        said = one_line(query.get("error_description") or query["error"])
        raise SignInRefused(f"the portal ended the sign-in: {said}")
    if not query.get("code"):
        raise SignInRefused("the address holds no sign-in code")
    return query["code"]


def _is_issuer(smart: Smart, named: str) -> bool:
    """Whether an answer names this portal: the issuer it has announced, else the server that takes its codes."""
    if smart.issuer:
        return named == smart.issuer
    try:
        return origin_of(named) == origin_of(smart.token_endpoint)
    except InsecureAddress:
        return False


def redeem(http: Http, smart: Smart, attempt: Attempt, code: str, *, from_browser: bool = True) -> Tokens:
    """Exchange a code for tokens. Raises SignInRefused, BadAnswer, Unreachable."""
    form = {"grant_type": "authorization_code", "code": code, "client_id": attempt.client_id}
    if from_browser:
        form["redirect_uri"] = attempt.redirect_uri
    form["code_verifier"] = attempt.verifier
    answer = _post(http, smart.token_endpoint, form)
    if not answer.is_ok:
        raise SignInRefused(f"the portal refused the sign-in: {words(answer)}")
    return read_tokens(http, answer, attempt.scope)


def challenge(http: Http, smart: Smart, attempt: Attempt, username: str, password: str) -> Wanted:
    """Get a code for a user name and a password, where the portal takes them from a terminal.

    A portal may want a second step first, and to know whose chart is meant. Raises NotOffered when it takes no
    passwords, SignInRefused when they are wrong.
    """
    form = {
        "client_id": attempt.client_id,
        "scope": attempt.scope,
        "aud": attempt.base_url,
        "code_challenge": _challenge(attempt.verifier),
        "code_challenge_method": "S256",
        "username": username,
        "password": password,
    }
    answer = _challenged(http, smart, form)
    found = json_object(answer.body)
    is_judged = answer.status < 500  # noqa: PLR2004 - the class of server errors
    if is_judged and found.get("error") in _WRONG_CREDENTIALS and not _wants_more(found):
        raise SignInRefused("the user name or the password is not right")
    return _code_or_step(http, answer, None)


def send_second_step(http: Http, smart: Smart, attempt: Attempt, step: SecondStep, method: str) -> Wanted:
    """Have the portal send a code for the second step by `method`. Raises SignInRefused."""
    form = _step_form(attempt, step, method) | {"second_step_send": "1"}
    return _code_or_step(http, _challenged(http, smart, form), step)


def prove_second_step(http: Http, smart: Smart, attempt: Attempt, step: SecondStep, reply: Reply) -> Wanted:
    """Prove the second step with a code. A wrong one gives the step again, with what the portal said of it.

    Raises SignInRefused when the portal waits for no further code.
    """
    form = _step_form(attempt, step, reply.method) | {"second_step_code": reply.code or ""}
    return _code_or_step(http, _challenged(http, smart, form), step)


def choose_patient(http: Http, smart: Smart, attempt: Attempt, step: WhomStep, patient: str) -> Wanted:
    """Say whose chart the sign-in is for. Raises SignInRefused when the portal does not let that one be seen."""
    form = {"client_id": attempt.client_id, "auth_session": step.session, "patient": patient}
    return _code_or_step(http, _challenged(http, smart, form), None)


def _step_form(attempt: Attempt, step: SecondStep, method: str) -> dict[str, str]:
    return {"client_id": attempt.client_id, "auth_session": step.session, "second_step_method": method}


def _challenged(http: Http, smart: Smart, form: dict[str, str]) -> Answer:
    if not smart.challenge_endpoint:
        raise NotOffered(http.origin, "sign-in with a password at the terminal")
    return _post(http, smart.challenge_endpoint, form)


def _wants_second_step(found: dict[str, Any]) -> bool:
    return isinstance(found.get("second_step"), dict) and isinstance(found.get("auth_session"), str)


def _wants_more(found: dict[str, Any]) -> bool:
    return _wants_second_step(found) or whom.read(found) is not None


def _code_or_step(http: Http, answer: Answer, before: SecondStep | None) -> Wanted:
    """What the challenge endpoint answered: a code, or what is wanted first, `before` being the one just taken."""
    found = json_object(answer.body)
    code, error = found.get("authorization_code"), found.get("error")
    if answer.is_ok and isinstance(code, str) and code:
        return code
    if answer.status >= 500:  # noqa: PLR2004 - the class of server errors
        raise BadAnswer(http.origin, f"HTTP status {answer.status}", answer.status)
    if error == "insufficient_authorization":
        if choice := whom.read(found):
            return choice
        if _wants_second_step(found):
            return _second_step(found)
        if before and isinstance(found.get("auth_session", before.session), str):
            return replace(before, session=found.get("auth_session", before.session), problem="")
    if before and error == "access_denied":
        session = found.get("auth_session")
        return replace(before, session=session if isinstance(session, str) else before.session, problem=words(answer))
    if before and error == "invalid_session":
        raise SignInRefused("the portal waits for no further code in this sign-in")
    raise SignInRefused(f"the portal refused the sign-in: {words(answer)}")


def _second_step(found: dict[str, Any]) -> SecondStep:
    told = found["second_step"]
    methods, sent_to = told.get("methods"), told.get("sent_to")
    known = [item for item in methods if isinstance(item, str)] if isinstance(methods, list) else []
    masked = sent_to.items() if isinstance(sent_to, dict) else ()
    return SecondStep(
        session=found["auth_session"],
        methods=tuple(known),
        sent_to={name: one_line(text) for name, text in masked if isinstance(text, str)},
    )


def refresh(http: Http, smart: Smart, client_id: str, refresh_token: str, scope: str) -> Tokens:
    """Renew an access token. Raises SignInNeeded when the portal no longer accepts the refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    answer = _post(http, smart.token_endpoint, form)
    if ends_the_sign_in(answer):
        raise SignInNeeded(http.origin)
    if not answer.is_ok:
        raise BadAnswer(http.origin, f"HTTP status {answer.status}", answer.status)
    return read_tokens(http, answer, scope)


def revoke(http: Http, smart: Smart, client_id: str, token: str, kind: str = "refresh_token") -> bool:
    """Ask the portal to end a sign-in (RFC 7009); False when it offers no way to."""
    if not smart.revocation_endpoint:
        return False
    form = {"token": token, "token_type_hint": kind, "client_id": client_id}
    return _post(http, smart.revocation_endpoint, form).is_ok


def _post(http: Http, url: str, form: dict[str, str]) -> Answer:
    return http.send(Request("POST", url, _FORM, urlencode(form).encode("ascii"), most=MAX_DESCRIPTION_BYTES))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

"""The staff's door to a running practice portal: behind a secret, which a file of the user who runs it holds."""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from portal_cli.sandbox.lossless import NotJsonError, decode, encode
from portal_cli.sandbox.outcomes import FhirError, SandboxError, Why, bad_request, business_rule

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.staff import Staff

PATH = "/staff"
_WHY: dict[int, Why] = {HTTPStatus.NOT_FOUND: Why.MISSING, HTTPStatus.BAD_REQUEST: Why.USAGE}
_LISTED = "`portal sandbox clinic` lists what waits, and what can be done with it."
_HINT = "Start one with `portal sandbox`, and name it with `--url` when there are several."
_SECONDS = 30
_MOST_WORDS = 4000


def staff_routes(staff: Staff, secret: str) -> Blueprint:
    """Build the door: `GET waiting`, and `POST act` with `id`, `way` and `words`."""
    routes = Blueprint("staff", __name__)

    def check() -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.encode(), secret.encode()):
            raise FhirError(401, "login", "only the practice's staff comes in here", {"WWW-Authenticate": "Bearer"})

    def waiting() -> Response:
        return _document({"waiting": staff.waiting()})

    def act() -> Response:
        try:
            asked = decode(request.get_data())
        except NotJsonError as error:
            raise bad_request("the body is not JSON", "structure") from error
        given = [asked.get(name, "") for name in ("id", "way", "words")] if isinstance(asked, dict) else []
        if not given or not all(isinstance(one, str) for one in given):
            raise bad_request("the body has `id`, `way` and `words`, each a text", "structure")
        if len(given[2]) > _MOST_WORDS:
            raise business_rule(f"at most {_MOST_WORDS} characters can be said")
        return _document(staff.act(*given))

    routes.before_request(check)
    routes.add_url_rule("/waiting", "waiting", waiting)
    routes.add_url_rule("/act", "act", act, methods=["POST"])
    return routes


def keep(url: str, secret: str) -> Path:
    """Write down where a portal runs and its secret, for the same user alone."""
    folder = _folder()
    path = folder / f"{url.rpartition(':')[2].partition('/')[0]}.json"
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w") as stream:
        json.dump({"url": url, "secret": secret}, stream)
    return path


class Visitor:
    """A member of the staff who calls on a running portal from another process.

    Raises:
        SandboxError: When no portal of that address, or none at all or several, run for this user.
    """

    def __init__(self, url: str | None = None) -> None:
        doors = [door for path in sorted(_folder().glob("*.json")) if (door := _door(path))]
        found = [door for door in doors if url is None or door["url"].rstrip("/") == url.rstrip("/")]
        if url is None and len(found) > 1:
            found = [door for door in found if _is_open(door)]
        if not found:
            raise SandboxError("no practice portal of yours runs here", _HINT, Why.UNREACHABLE)
        if len(found) > 1:
            raise SandboxError("several practice portals run here", f"Name one: --url {found[0]['url']}")
        self.url = found[0]["url"]
        self._secret = found[0]["secret"]

    def waiting(self) -> list[Json]:
        """What waits. Raises SandboxError."""
        found: list[Json] = _asked(self.url, self._secret, "waiting")["waiting"]
        return found

    def act(self, name: str, way: str, words: str) -> Json:
        """Do one thing about something that waits. Raises SandboxError, with the portal's own words."""
        return _asked(self.url, self._secret, "act", {"id": name, "way": way, "words": words})


def _asked(url: str, secret: str, what: str, body: Json | None = None) -> Json:
    origin = url.removesuffix("/fhir")
    asked = urllib.request.Request(  # noqa: S310 -- the address is one that this program wrote down itself
        f"{origin}{PATH}/{what}",
        data=None if body is None else encode(body),
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=_SECONDS) as answer:
            found: Json = decode(answer.read())
            return found
    except urllib.error.HTTPError as error:
        why = _WHY.get(error.code, Why.REFUSED)
        raise SandboxError(_reason(error.read()), _LISTED, why) from error
    except (OSError, NotJsonError) as error:
        raise SandboxError(f"the practice portal at {url} cannot be reached", _HINT, Why.UNREACHABLE) from error


def _reason(body: bytes) -> str:
    try:
        found = decode(body)
        return str(found["issue"][0]["diagnostics"])
    except (NotJsonError, KeyError, IndexError, TypeError):
        return "the practice portal did not understand"


def _is_open(door: dict[str, str]) -> bool:
    try:
        _asked(door["url"], door["secret"], "waiting")
    except SandboxError:
        return False
    return True


def _folder() -> Path:
    """The user's own folder of doors, which nobody else can look into or write to."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    named = f"portal-sandbox-{os.getuid()}" if hasattr(os, "getuid") else "portal-sandbox"
    folder = Path(base) / "portal-sandbox" if base else Path(tempfile.gettempdir()) / named
    try:
        folder.mkdir(mode=0o700, parents=False, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise SandboxError(
            f"the folder {folder} cannot be used", "Set XDG_RUNTIME_DIR to a folder of yours.", Why.FAILED
        ) from error
    is_own = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    if not stat.S_ISDIR(found.st_mode) or not is_own:
        raise SandboxError(f"the folder {folder} is not yours alone", "Remove it, then try again.", Why.FAILED)
    return folder


def _door(path: Path) -> dict[str, str] | None:
    try:
        found = decode(path.read_bytes())
    except (OSError, NotJsonError):
        return None
    is_whole = isinstance(found, dict) and isinstance(found.get("url"), str) and isinstance(found.get("secret"), str)
    return found if is_whole and found["url"].startswith("http://127.0.0.1:") else None


def _document(document: Json) -> Response:
    return Response(encode(document), content_type="application/json")

"""Somebody who acts for an adolescent who has, of every type, something open and something confidential."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.compartment import COMPARTMENT
from portal_cli.sandbox.granting import Wish
from portal_cli.sandbox.rights import FULL, Rights
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.isolation.conftest import KINDS, SCOPE, SECRET, Intruder, owned

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = tuple(kind for kind in KINDS if kind not in {"Patient", "Person"})
# What is hidden only because of what it belongs to, and carries no label of its own.
UNLABELLED = frozenset({"AuditEvent", "Binary", "Provenance"})
BORN = f"{datetime.now(tz=UTC).year - 15}-01-01"


def open_one(kind: str) -> dict[str, Any]:
    """What anybody may see who acts for the patient; it refers to all that is confidential."""
    found = owned(kind, "ada", id="ada" if kind == "Patient" else f"open-{kind}")
    links = [{"reference": f"{other}/hidden-{other}"} for other in HIDDEN]
    if kind == "Patient":
        found["birthDate"] = BORN
    elif kind == "Provenance":
        found["target"] = [{"reference": "Observation/open-Observation"}]
    elif kind == "AuditEvent":
        found["entity"] = [{"what": {"reference": "Observation/open-Observation"}}]
    elif kind not in {"Binary", "RelatedPerson", "Consent", "Person"}:
        for name in ("hasMember", "derivedFrom", "basedOn", "partOf", "encounter", "reasonReference", "about", "focus"):
            found.setdefault(name, links)
    return found


def hidden_one(kind: str) -> dict[str, Any]:
    """What is confidential, and says the secret."""
    theirs = json.dumps(owned(kind, "ben", id=f"hidden-{kind}"))
    found: dict[str, Any] = json.loads(theirs.replace("Patient/ben", "Patient/ada").replace("bens-", "hidden-"))
    if kind not in UNLABELLED:
        code = "R" if len(kind) % 2 else "V"
        system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
        found["meta"] = {"security": [{"system": system, "code": code}]}
    if kind == "Provenance":
        found["target"] = [{"reference": "Observation/hidden-Observation"}]
        found["text"] = {"status": "generated", "div": f"<div>{SECRET}</div>"}
    if kind == "AuditEvent":
        found["entity"] = [{"what": {"reference": "Observation/hidden-Observation"}}]
    if kind == "Binary":
        found.pop("securityContext")
    if kind == "DocumentReference":
        found["content"] = [{"attachment": {"url": "Binary/hidden-Binary"}}]
    return found


@dataclass
class Actor(Intruder):
    """Mona, who acts for Ada."""

    rights: Rights = FULL
    actor: str = field(init=False)

    def __post_init__(self) -> None:
        portal = self.sandbox.portal
        self.client = self.sandbox.app.test_client()
        self.actor = portal.granting.give(Wish("mona", "ada", "MTH", portal.clock.now().date(), rights=self.rights))
        (username,) = (one.username for one in self.sandbox.sign_ins if one.patient == "mona")
        grant = portal.tokens.new_grant("app", username, "ada", SCOPE, "", self.actor)
        self.token = portal.tokens.issue(grant, "access", SCOPE)

    def answers(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """An answer as far as it may tell things apart, with names of what is asked for taken out."""
        given = self.call(method, path, body, **headers)
        text = given.get_data(as_text=True)
        for name in ("hidden-", "absent-"):
            text = text.replace(name, "")
        return given.status_code, text

    def kept(self) -> dict[str, tuple[int, bytes]]:
        """Everything confidential, as it stands."""
        found = {}
        for kind in HIDDEN:
            version = self.sandbox.portal.repository.current(kind, f"hidden-{kind}")
            assert version is not None
            found[version.name] = (version.number, version.body)
        return found


def folder(path: Path) -> Path:
    """A record of the two, to be loaded."""
    resources = [{"resourceType": "Patient", "id": "mona", "birthDate": "1980-04-04"}]
    resources += [open_one(kind) for kind in KINDS]
    resources += [hidden_one(kind) for kind in HIDDEN]
    for number, resource in enumerate(resources):
        (path / f"{number}.json").write_text(json.dumps(resource), encoding="utf-8")
    return path


def portal(path: Path, quirks: str | None = None) -> Sandbox:
    """A portal with that record."""
    found = Sandbox(SandboxOptions(load=folder(path), quirks=quirks, page_size=5))
    assert not found.skipped, found.skipped
    assert set(HIDDEN) < set(COMPARTMENT)
    return found

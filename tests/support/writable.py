"""A scripted portal whose records can be changed: by version, as a whole or by JSON Patch."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from store.records.lossless import canonical, decode, encode
from tests.support.hostile import PATIENT, Offer, ScriptedPortal, outcome
from tests.support.wire import Answer

if TYPE_CHECKING:
    from tests.support.wire import Call

BOTH = Offer(("read", "update", "patch"), (), versioned=True)
ONLY_UPDATE = Offer(("read", "update"), (), versioned=True)
ONLY_PATCH = Offer(("read", "patch"), (), versioned=True)
CARELESS = Offer(("read", "update"), ())


class PatchFailed(ValueError):
    """A patch cannot be applied."""


class WritablePortal(ScriptedPortal):
    """A portal that takes changes of the patient's record.

    `stale` is its answer to a version that is past; with `demands` a change that names none is refused with 428.
    `tells_version` says whether its records carry one, `looks_at_version` whether it heeds the one of a change.
    `writes` has each body that it stored.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stale = 412
        self.demands = False
        self.tells_version = True
        self.looks_at_version = True
        self.number = 1
        self.writes: list[bytes] = []
        self.put(decode(self.resources["Patient"][PATIENT]))
        self.types["Patient"] = BOTH

    @property
    def record(self) -> dict[str, Any]:
        """The patient's record as it is now."""
        found: dict[str, Any] = decode(self.resources["Patient"][PATIENT])
        return found

    def change(self, **parts: Any) -> None:
        """Change the record behind the client's back; a part of None is removed."""
        changed = {name: value for name, value in {**self.record, **parts}.items() if value is not None}
        self.number += 1
        self.put(changed)

    def put(self, record: dict[str, Any]) -> None:
        """Store the record under the version that the portal is at."""
        meta = {"meta": {"versionId": str(self.number)}} if self.tells_version else {}
        rest = {name: value for name, value in record.items() if name != "meta"}
        self.resources["Patient"][PATIENT] = encode({**rest, **meta})

    def usual(self, call: Call) -> Answer:
        """Changes, beside what every scripted portal answers."""
        if call.method in {"PUT", "PATCH"}:
            return self._changed(call)
        return super().usual(call)

    def _changed(self, call: Call) -> Answer:
        tag = call.headers.get("if-match", "")
        with self._lock:
            if self.demands and not tag:
                return outcome(428, "which version?")
            if self.looks_at_version and tag and tag != f'W/"{self.number}"':
                return outcome(self.stale, f"the version is {self.number} now")
            try:
                body = call.body if call.method == "PUT" else encode(apply(self.record, json.loads(call.body)))
            except PatchFailed as error:
                return outcome(422, str(error))
            self.number += 1
            self.writes.append(call.body)
            self.put(decode(body))
            return Answer(200, self.resources["Patient"][PATIENT], {"Content-Type": "application/fhir+json"})


def apply(document: Any, operations: list[dict[str, Any]]) -> Any:
    """Apply a JSON Patch (RFC 6902), as far as clients here use it. Raises PatchFailed."""
    changed = copy.deepcopy(document)
    for operation in operations:
        *way, name = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        place = changed
        for part in way:
            place = place[part]
        if operation["op"] == "add":
            place[name] = operation["value"]
            continue
        if name not in place:
            raise PatchFailed(f"there is no {operation['path']}")
        if operation["op"] == "test" and canonical(place[name]) != canonical(operation["value"]):
            raise PatchFailed(f"{operation['path']} is another")
        if operation["op"] == "replace":
            place[name] = operation["value"]
        elif operation["op"] == "remove":
            del place[name]
    return changed

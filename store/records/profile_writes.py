"""Changes of a patient's own details: made in a copy of the record that is otherwise left as it is (pure)."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound
from store.records import elements
from store.records.profiles import OWN_NAMES
from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from store.records.elements import Json

CHANGEABLE = ("telecom", "address", "contact", "communication", "name")
_PHONE_USES = frozenset({"home", "work", "temp", "old", "mobile"})
_ADDRESS_USES = frozenset({"home", "work", "temp", "old", "billing"})
_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_PHONE = re.compile(r"^[+()\d][\d\s().\-/x]*$")
_LEAST_DIGITS = 4
_ADDRESS_PARTS = (4, 5)
_RELATION: Json = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "C"}],
    "text": "Emergency contact",
}


class Part(StrEnum):
    """A kind of detail that a patient may change."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    CONTACT = "contact"
    LANGUAGE = "language"
    PREFERRED_NAME = "preferred name"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: of a `part`, that which `key` names (a use, what it is now, or a name), to `value`; "" removes it."""

    part: Part
    key: str
    value: str


def applied(patient: Json, edits: Iterable[Edit]) -> Json:
    """A patient with changes made.

    Raises InvalidInput, also for two different changes of one detail, and NotFound for what is to be removed and is
    not there.
    """
    edits = tuple(edits)
    _check_agreement(edits)
    changed = deepcopy(patient)
    for edit in edits:
        _WAYS[edit.part](changed, edit)
    return changed


def _check_agreement(edits: tuple[Edit, ...]) -> None:
    said: dict[tuple[Part, str], str] = {}
    for edit in edits:
        if said.setdefault((edit.part, edit.key.casefold()), edit.value) != edit.value:
            name = " ".join(filter(None, (edit.part.value, one_line(edit.key))))
            raise InvalidInput(f"two different things were said of `{name}`; say one of them")


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail as it is: what it is used for, how it is written here, and the edit that would leave it as it is."""

    use: Safe
    written: Safe
    edit: Edit


def current(patient: Json) -> Iterator[Detail]:
    """Every detail that can be changed, in the order of the parts."""
    for part in (Part.PHONE, Part.EMAIL):
        for point in elements.objects(patient.get("telecom")):
            value = point.get("value")
            if point.get("system") == part.value and isinstance(value, str) and value:
                yield _detail(part, value, value, elements.text(point.get("use")))
    for item in elements.objects(patient.get("address")):
        if (use := item.get("use")) in _ADDRESS_USES:
            yield _detail(Part.ADDRESS, str(use), _written(item), elements.text(use))
    for item in elements.objects(patient.get("contact")):
        if name := elements.human_name(item.get("name")):
            points = elements.objects(item.get("telecom"))
            number = next((one.get("value") for one in points if one.get("system") == "phone"), "")
            yield _detail(Part.CONTACT, str(name), str(number or ""), name)
    names = [one for one in elements.objects(patient.get("name")) if one.get("use") in OWN_NAMES]
    yield _detail(Part.LANGUAGE, "", _spoken(patient), Safe(""))
    yield _detail(Part.PREFERRED_NAME, "", str(elements.human_name(names[:1])), Safe(""))


def _detail(part: Part, key: str, value: str, use: Safe) -> Detail:
    return Detail(use, one_line(value), Edit(part, key, value))


def _written(address: Json) -> str:
    """An address as one writes it: `LINE|LINE; CITY; STATE; POSTCODE; COUNTRY`."""
    lines = address.get("line")
    if not isinstance(lines, list):
        return str(elements.text(address.get("text")))
    parts = ["|".join(map(str, lines))]
    parts += [str(elements.text(address.get(name))) for name in ("city", "state", "postalCode", "country")]
    return "; ".join(parts if parts[-1] else parts[:-1])


def _spoken(patient: Json) -> str:
    known = elements.objects(patient.get("communication"))
    chosen = next((one for one in known if one.get("preferred") is True), known[0] if len(known) == 1 else {})
    codes = (elements.text(each.get("code")) for each in elements.codings(chosen.get("language")))
    return next((str(code) for code in codes if _LANGUAGE.match(code)), "")


def proposed(patient: Json, changed: Json) -> Json:
    """The details that differ, whole, as a patient to be contained in a proposal; of names only the preferred one."""
    found: Json = {"resourceType": "Patient", "id": "proposed"}
    for name in CHANGEABLE:
        if changed.get(name) == patient.get(name):
            continue
        items = elements.objects(changed.get(name))
        if name == "name":
            items = [one for one in items if one.get("use") in OWN_NAMES]
        found[name] = items
    return found


def wanted(task: Json) -> Json:
    """The details that a proposal has in it, as `proposed` put them there."""
    found = next((one for one in elements.objects(task.get("contained")) if one.get("resourceType") == "Patient"), {})
    return {name: value for name, value in found.items() if name in CHANGEABLE}


def _telecom(patient: Json, edit: Edit) -> None:
    system = edit.part.value
    value = _checked_reach(edit)
    points = elements.objects(patient.get("telecom"))
    found = [one for one in points if one.get("system") == system and edit.key in {one.get("use"), one.get("value")}]
    if len(found) > 1:
        raise InvalidInput(f"there are several of the kind `{one_line(edit.key)}`; name the one by what it is now")
    if not value:
        _remove(patient, "telecom", found, edit)
    elif found:
        found[0]["value"] = value
    elif edit.key not in _PHONE_USES:
        raise NotFound(f"{edit.part} to change", edit.key)
    else:
        patient["telecom"] = [*points, {"system": system, "value": value, "use": edit.key}]


def _address(patient: Json, edit: Edit) -> None:
    known = elements.objects(patient.get("address"))
    found = [one for one in known if one.get("use") == edit.key]
    if edit.key not in _ADDRESS_USES:
        raise InvalidInput(
            f"`{one_line(edit.key)}` is no kind of address; there are {', '.join(sorted(_ADDRESS_USES))}"
        )
    if not edit.value:
        _remove(patient, "address", found, edit)
        return
    if len(found) > 1:
        raise InvalidInput(f"there are several addresses of the kind `{one_line(edit.key)}`; ask the practice")
    parts = [part.strip() for part in edit.value.split(";")]
    if len(parts) not in _ADDRESS_PARTS or not parts[0] or not parts[1]:
        raise InvalidInput("an address is written as `LINE|LINE; CITY; STATE; POSTCODE; COUNTRY`")
    lines = [line.strip() for line in parts[0].split("|") if line.strip()]
    written = dict(zip(("city", "state", "postalCode", "country"), parts[1:], strict=False))
    given = {"line": lines, **{name: text for name, text in written.items() if text}}
    if found:
        for name in (
            "text",
            "line",
            "city",
            "district",
            "state",
            "postalCode",
            *(("country",) if "country" in given else ()),
        ):
            found[0].pop(name, None)
        found[0].update(given)
    else:
        patient["address"] = [*known, {"use": edit.key, **given}]


def _contact(patient: Json, edit: Edit) -> None:
    known = elements.objects(patient.get("contact"))
    wanted = edit.key.casefold()
    found = [one for one in known if elements.human_name(one.get("name")).casefold() == wanted]
    if not edit.value:
        _remove(patient, "contact", found, edit)
        return
    number = _checked_phone(edit.value)
    if not found:
        name = {"text": edit.key}
        point = {"system": "phone", "value": number}
        patient["contact"] = [*known, {"relationship": [deepcopy(_RELATION)], "name": name, "telecom": [point]}]
        return
    points = elements.objects(found[0].get("telecom"))
    phone = next((one for one in points if one.get("system") == "phone"), None)
    if phone is None:
        found[0]["telecom"] = [*points, {"system": "phone", "value": number}]
    else:
        phone["value"] = number


def _language(patient: Json, edit: Edit) -> None:
    if not _LANGUAGE.match(edit.value):
        raise InvalidInput(f"`{one_line(edit.value)}` is no language such as en, es-MX or pt-BR")
    known = elements.objects(patient.get("communication"))
    wanted = edit.value.casefold()
    chosen = next(
        (one for one in known if wanted in {code.casefold() for code in elements.codes(one.get("language"))}), None
    )
    for one in known:
        if one is not chosen:
            one.pop("preferred", None)
    if chosen is None:
        chosen = {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": edit.value}]}}
        patient["communication"] = [*known, chosen]
    chosen["preferred"] = True


def _preferred_name(patient: Json, edit: Edit) -> None:
    names = elements.objects(patient.get("name"))
    found = next((one for one in names if one.get("use") in OWN_NAMES), None)
    if not edit.value:
        _remove(patient, "name", [found] if found else [], edit)
    elif found is None:
        patient["name"] = [*names, {"use": "nickname", "text": edit.value}]
    else:
        for part in ("family", "given", "prefix", "suffix"):
            found.pop(part, None)
        found["text"] = edit.value


def _remove(patient: Json, name: str, found: list[Json], edit: Edit) -> None:
    if not found:
        raise NotFound(f"{edit.part} to remove", edit.key)
    kept = [one for one in elements.objects(patient.get(name)) if not any(one is each for each in found)]
    if kept:
        patient[name] = kept
    else:
        patient.pop(name)


def _checked_reach(edit: Edit) -> str:
    value = edit.value.strip()
    if not value:
        return ""
    if edit.part is Part.PHONE:
        return _checked_phone(value)
    if not _EMAIL.match(value):
        raise InvalidInput(f"`{one_line(value)}` is no e-mail address")
    return value


def _checked_phone(value: str) -> str:
    number = value.strip()
    if not _PHONE.match(number) or sum(sign.isdigit() for sign in number) < _LEAST_DIGITS:
        raise InvalidInput(f"`{one_line(number)}` is no telephone number")
    return number


_WAYS: dict[Part, Callable[[Json, Edit], None]] = {
    Part.PHONE: _telecom,
    Part.EMAIL: _telecom,
    Part.ADDRESS: _address,
    Part.CONTACT: _contact,
    Part.LANGUAGE: _language,
    Part.PREFERRED_NAME: _preferred_name,
}

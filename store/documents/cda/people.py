"""People and organizations in a CDA document: names, addresses and telephones, as words and as FHIR."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from store.documents.cda import times, tree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

_GENDERS = {"M": "male", "F": "female", "UN": "other"}
_USES = {"HP": "home", "H": "home", "HV": "home", "WP": "work", "MC": "mobile", "TMP": "temp"}
_SYSTEMS = {"tel": "phone", "mailto": "email", "fax": "fax", "http": "url", "https": "url"}
_NAME_PARTS = ("prefix", "given", "family", "suffix")


def name(element: Element | None) -> str:
    """A name as one line."""
    if tree.is_null(element) or element is None:
        return ""
    parts = [tree.texts(part) for kind in _NAME_PARTS for part in element.findall(kind)]
    return " ".join(filter(None, parts)) or tree.texts(element)


def author(element: Element) -> str:
    """Who wrote something: a person, else a device, else an organization."""
    for path in (
        "assignedAuthor/assignedPerson/name",
        "assignedAuthor/assignedAuthoringDevice/softwareName",
        "assignedAuthor/representedOrganization/name",
    ):
        if found := name(element.find(path)):
            return found
    return ""


def patient(root: Element) -> Json | None:
    """The Patient that a document is about; None where it names none."""
    role = root.find("recordTarget/patientRole")
    person = role.find("patient") if role is not None else None
    if role is None or person is None:
        return None
    found: Json = {"resourceType": "Patient", "id": patient_id(role, person)}
    found |= _parts(
        identifier=identifiers(role.findall("id")),
        name=[_name(each) for each in person.findall("name") if name(each)],
        telecom=_telecom(role),
        gender=_gender(person.find("administrativeGenderCode")),
        birthDate=times.day(times.read(person.find("birthTime"))),
        address=[each for each in map(_address, role.findall("addr")) if each],
        communication=_languages(person),
    )
    return found


def patient_id(role: Element, person: Element) -> str:
    """An id that is the same in every document of one organization about one patient.

    Name and birth are in it, too: where one number stands for two people, they are two.
    """
    own = [(each.get("root", ""), each.get("extension", "")) for each in role.findall("id") if not tree.is_null(each)]
    who = (name(person.find("name")).casefold(), times.day(times.read(person.find("birthTime"))))
    key = "|".join((*(own[0] if own else ()), *who))
    return f"cda-{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def identifiers(elements: list[Element]) -> list[Json]:
    """Instance identifiers as FHIR has them."""
    found = []
    for each in elements:
        root, extension = each.get("root", ""), each.get("extension", "")
        if root and extension:
            found.append({"system": f"urn:oid:{root}", "value": extension})
        elif root:
            found.append({"system": "urn:ietf:rfc:3986", "value": f"urn:{'uuid' if '-' in root else 'oid'}:{root}"})
    return found


def _name(element: Element) -> Json:
    given = [text for text in map(tree.texts, element.findall("given")) if text]
    found = _parts(
        use="official" if "L" in element.get("use", "") else "",
        prefix=[text for text in map(tree.texts, element.findall("prefix")) if text],
        given=given,
        family=" ".join(filter(None, map(tree.texts, element.findall("family")))),
        suffix=[text for text in map(tree.texts, element.findall("suffix")) if text],
    )
    return found if given or "family" in found else {"text": name(element)}


def _telecom(role: Element) -> list[Json]:
    found = []
    for each in role.findall("telecom"):
        scheme, _, rest = each.get("value", "").partition(":")
        if rest:
            is_url = scheme in {"http", "https"}
            value = each.get("value", "") if is_url else rest
            found.append(_parts(system=_SYSTEMS.get(scheme, "other"), value=value, use=_use(each)))
    return found


def _use(element: Element) -> str:
    return _USES.get(element.get("use", "").partition(" ")[0], "")


def _gender(element: Element | None) -> str:
    if element is None:
        return ""
    return _GENDERS.get(element.get("code", ""), "unknown")


def _address(element: Element) -> Json:
    if tree.is_null(element):
        return {}
    found = _parts(
        line=[text for text in map(tree.texts, element.findall("streetAddressLine")) if text],
        city=tree.texts(element.find("city")),
        state=tree.texts(element.find("state")),
        postalCode=tree.texts(element.find("postalCode")),
        country=tree.texts(element.find("country")),
    )
    return found and {**_parts(use=_use(element).replace("mobile", "")), **found}


def _languages(person: Element) -> list[Json]:
    codes = [each.get("code", "") for each in person.findall("languageCommunication/languageCode")]
    return [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}} for code in codes if code]


def _parts(**parts: object) -> Json:
    """Those parts that there are."""
    return {name: value for name, value in parts.items() if value}

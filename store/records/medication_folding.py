"""One list of medicines out of what was prescribed, dispensed and reported by the patient (pure).

Entries of the same medicine, by RxNorm, become one, unless their directions differ: no dose is ever hidden.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from store.light import dataclass
from store.records import elements
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.records.elements import Json
    from store.records.medications import Medication

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_STRENGTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mg|mcg|ug|g|ml|unt|units?|iu|%|actuat)(?![a-z])", re.IGNORECASE)
_RANKS = {"prescribed": 0, "self-reported": 1, "dispensed": 2}
_WORDS = {"MedicationRequest": "prescription", "MedicationStatement": "statement", "MedicationDispense": "dispense"}
Dose: TypeAlias = tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class Entry:
    """One entry before it is folded. `codes` are those of RxNorm, `order` what a dispense was given for.

    `dose` is what it says of amount and rhythm in numbers, as far as it does.
    """

    medication: Medication
    is_current: bool
    codes: frozenset[str]
    order: str = ""
    dose: Dose = ()


def entry(medication: Medication, resource: Json, medicine: Json, order: str, *, is_current: bool) -> Entry:
    """An entry of a resource; `medicine` is the Medication that it refers to, or nothing."""
    concepts = (resource.get("medicationCodeableConcept"), medicine.get("code"))
    dosages = resource.get("dosageInstruction") or resource.get("dosage")
    return Entry(medication, is_current, frozenset().union(*map(_rxnorm, concepts)), order, _dose(dosages))


def fold(entries: Iterable[Entry]) -> tuple[Medication, ...]:
    """Fold the entries of one patient at one portal; prescriptions stand for the others, the newest first."""
    every = sorted(entries, key=lambda each: (_RANKS[str(each.medication.source)], -_began(each)))
    groups: list[list[Entry]] = []
    known: dict[str, set[int]] = {}  # which groups have a code or, with a slash before it, an id of a prescription
    for each in every:
        names = [*each.codes, *([f"/{each.order}"] if each.order else ())]
        near = set().union(*(known.get(name, ()) for name in names))
        alike = [place for place in sorted(near) if _is_same(groups[place], each)]
        home = next((place for place in alike if not any(_differs(one, each) for one in groups[place])), None)
        if home is None:
            home = len(groups)
            groups.append([_apart(each, groups[alike[0]][0]) if alike else each])
        else:
            groups[home].append(each)
        for name in (*each.codes, f"/{each.medication.id}"):
            known.setdefault(name, set()).add(home)
    found = [_standing(group) for group in groups]
    return tuple(sorted(found, key=lambda one: -(one.started.epoch or 0) if one.started else 0))


def _apart(each: Entry, other: Entry) -> Entry:
    """An entry that says from which other one of its medicine its directions differ."""
    return replace(each, medication=replace(each.medication, differs=_named(other)))


def _is_same(group: Sequence[Entry], each: Entry) -> bool:
    """Whether an entry is of the medicine of a group, and as current as that is."""
    first = group[0]
    if first.is_current != each.is_current:
        return False
    if each.order and any(each.order == one.medication.id for one in group):
        return True
    return any(_is_same_medicine(one, each) for one in group)


def _is_same_medicine(one: Entry, other: Entry) -> bool:
    """By RxNorm; where only some codes are shared, one may be of the ingredient, so the strengths have to fit."""
    if not one.codes & other.codes:
        return False
    return one.codes == other.codes or _strengths(one) == _strengths(other)


def _strengths(each: Entry) -> frozenset[tuple[str, str]]:
    return frozenset((amount, unit.lower()) for amount, unit in _STRENGTH.findall(each.medication.name))


def _differs(one: Entry, other: Entry) -> bool:
    """Whether two entries tell to take a medicine in different ways; one that tells nothing differs from none."""
    words, others = _plain(one.medication.directions), _plain(other.medication.directions)
    if one.dose and other.dose:
        return one.dose != other.dose
    return bool(words) and bool(others) and words != others


def _plain(words: str) -> str:
    return " ".join(re.findall(r"[\w./]+", words.casefold()))


def _standing(group: Sequence[Entry]) -> Medication:
    """The entry that stands for a group, with what it needs of the others."""
    first = group[0].medication
    if len(group) == 1 and first.source != "dispensed":
        return first
    filled = [
        each.medication.started for each in group if each.medication.source == "dispensed" and each.medication.started
    ]
    return replace(
        first,
        directions=next((each.medication.directions for each in group if each.medication.directions), EMPTY),
        filled=max(filled, key=lambda date: date.epoch or 0) if filled else None,
        folded=tuple(_named(each) for each in group[1:]),
    )


def _named(each: Entry) -> Safe:
    found = each.medication
    since = f" of {found.started.day()}" if found.started else ""
    return Safe(f"{_WORDS.get(str(found.type), str(found.type))}{since} ({found.id})")


def _began(each: Entry) -> int:
    return each.medication.started.epoch or 0 if each.medication.started else 0


def _rxnorm(concept: object) -> frozenset[str]:
    found = (elements.text(one.get("code")) for one in elements.codings(concept) if one.get("system") == RXNORM)
    return frozenset(str(code) for code in found if code)


def _dose(dosages: object) -> Dose:
    """Amount and rhythm of each dosage in numbers; nothing where one of them leaves either to its words."""
    found = []
    for one in elements.objects(dosages):
        amount = elements.first(elements.first(one.get("doseAndRate")).get("doseQuantity"))
        repeat = elements.first(elements.first(one.get("timing")).get("repeat"))
        numbers = [
            elements.number(amount.get("value")),
            *(elements.number(repeat.get(name)) for name in ("frequency", "period")),
        ]
        if any(number is None for number in numbers):
            return ()
        unit = elements.text(amount.get("unit")) or elements.text(amount.get("code"))
        found.append((*numbers, unit, elements.text(repeat.get("periodUnit")), one.get("asNeededBoolean") is True))
    return tuple(found)

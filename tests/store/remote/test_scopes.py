"""Scopes, in every spelling that portals use."""

from __future__ import annotations

import pytest

from store.remote import scopes
from store.remote.scopes import parse, wanted


def granted(scope: str, type_name: str) -> str:
    grants = parse(scope)
    return "".join(letter for letter in "cruds" if grants.allow(type_name, letter))


@pytest.mark.parametrize(
    ("scope", "letters"),
    [
        ("patient/Observation.read", "rs"),
        ("patient/Observation.write", "cud"),
        ("patient/Observation.*", "cruds"),
        ("patient/Observation.search", "s"),
        ("patient/Observation.rs", "rs"),
        ("patient/Observation.cruds", "cruds"),
        ("patient/Observation.cu", "cu"),
        ("patient/*.read", "rs"),
        ("patient/*.r patient/Observation.s", "rs"),
        ("user/Observation.rs", "rs"),
        ("system/Observation.r", "r"),
        ("Observation.read Observation.search", "rs"),
        ("patient/Observation.Read", "rs"),
        ("PATIENT/Observation.RS", "rs"),
        ("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/x|laboratory", "rs"),
        ("patient/Observation.read patient/Observation.c", "crs"),
        ("  patient/Observation.r \n patient/Observation.s ", "rs"),
        ("patient/Condition.rs", ""),
        ("patient/Observation.sr patient/Condition.r", ""),
        ("patient/Observation. patient/Condition.r", ""),
    ],
)
def test_a_scope_grants_its_letters(scope: str, letters: str) -> None:
    assert granted(scope, "Observation") == letters


@pytest.mark.parametrize("scope", ["", "openid fhirUser launch/patient offline_access", "profile email online_access"])
def test_a_token_that_names_no_type_leaves_the_decision_to_the_portal(scope: str) -> None:
    assert granted(scope, "Observation") == "cruds"


def test_scopes_that_are_none_of_ours_do_not_narrow_or_widen() -> None:
    assert granted("openid https://portal.example/scope patient/Observation.rs launch", "Observation") == "rs"


def test_reading_is_asked_for_in_the_spelling_that_the_portal_knows() -> None:
    assert "patient/*.read" in wanted(frozenset({"patient/*.read"}), frozenset({"x"}), frozenset()).split()
    assert "patient/*.rs" in wanted(frozenset(), frozenset({"permission-v2"}), frozenset()).split()
    assert "patient/*.rs" in wanted(frozenset({"patient/Observation.rs"}), frozenset(), frozenset()).split()
    assert "patient/*.rs" in wanted(frozenset({"patient/*.cruds"}), frozenset(), frozenset()).split()


def test_writing_is_asked_for_only_where_it_is_offered() -> None:
    version_2 = wanted(frozenset(), frozenset({"permission-v2"}), frozenset({"Task", "Observation"}))
    assert [word for word in version_2.split() if "Task" in word or "Observation" in word] == ["patient/Task.crus"]
    version_1 = wanted(frozenset({"patient/*.read"}), frozenset(), frozenset({"Task"}))
    assert "patient/Task.write" in version_1.split()
    assert "patient/Communication" not in version_1


@pytest.mark.parametrize(
    ("supported", "capabilities", "is_asked"),
    [
        (frozenset[str](), frozenset[str](), True),
        (frozenset[str](), frozenset({"permission-offline"}), True),
        (frozenset({"offline_access"}), frozenset({"x"}), True),
        (frozenset({"openid"}), frozenset({"x"}), False),
    ],
)
def test_a_lasting_sign_in_is_asked_for_unless_the_portal_has_none(
    supported: frozenset[str], capabilities: frozenset[str], *, is_asked: bool
) -> None:
    assert ("offline_access" in wanted(supported, capabilities, frozenset()).split()) is is_asked


@pytest.mark.parametrize(
    ("requested", "granted", "for_patient", "past_patient"),
    [
        ("patient/*.rs", "patient/*.read", (), ()),
        ("patient/*.read", "patient/Observation.rs patient/Condition.s launch/patient openid", (), ()),
        ("patient/*.rs", "patient/*.cruds", ("patient/*.cruds",), ()),
        ("patient/Observation.rs", "patient/*.rs", ("patient/*.rs",), ()),
        ("patient/Observation.read", "patient/Observation.Read Observation.search", (), ()),
        ("patient/Observation.rs", "patient/Observation.rs?category=x", (), ()),
        ("patient/*.rs", "user/*.rs system/Patient.read", (), ("user/*.rs", "system/Patient.read")),
        ("patient/*.rs", "patient/*.rs offline_access", ("offline_access",), ()),
        ("patient/*.rs offline_access", "patient/*.rs offline_access", (), ()),
        ("patient/*.rs system/DynamicClient.register", "patient/*.rs system/DynamicClient.register", (), ()),
        ("patient/*.rs", "", (), ()),
    ],
)
def test_a_grant_is_compared_with_what_was_asked_for(
    requested: str, granted: str, for_patient: tuple[str, ...], past_patient: tuple[str, ...]
) -> None:
    assert scopes.wider(requested, granted) == scopes.Wider(for_patient, past_patient)


def test_the_least_that_is_asked_for_is_to_read_what_is_read() -> None:
    read = frozenset({"Observation", "Condition"})
    assert scopes.minimal(frozenset(), frozenset({"permission-v2", "permission-offline"}), read) == (
        "openid fhirUser launch/patient offline_access patient/Condition.rs patient/Observation.rs patient/Patient.rs"
    )
    assert scopes.minimal(frozenset(), frozenset({"permission-v1"}), read).endswith(
        "launch/patient patient/Condition.read patient/Observation.read patient/Patient.read"
    )

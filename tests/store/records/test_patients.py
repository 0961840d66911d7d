from __future__ import annotations

from store.records import patients


def test_a_patient_has_a_name_a_birthday_and_a_gender() -> None:
    ada = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"given": ["Ada"], "family": "Byron"}],
        "birthDate": "1815-12-10",
        "gender": "female",
    }
    found = patients.read(ada)
    assert (found.id, found.name, found.gender) == ("p1", "Ada Byron", "female")
    assert found.born
    assert found.born.text == "1815-12-10"
    shown = patients.read_envelope(ada)
    assert (shown.kind, shown.title, shown.date, shown.status) == ("patient", "Ada Byron", found.born, "female")


def test_other_people_are_listed_under_their_own_kind() -> None:
    assert patients.read_envelope({"resourceType": "RelatedPerson"}).kind == "relatedperson"
    assert patients.read_envelope({"resourceType": "Practitioner"}).kind == "practitioner"

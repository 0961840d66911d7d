"""The health summary of several people: whose each entry is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import incoming
from store.vault import resources
from tests.support.caring import OWN, CaringPortal, sign_in_for

if TYPE_CHECKING:
    from store.client import Client


def test_a_summary_of_several_people_says_of_each_entry_whose_it_is(both: Client) -> None:
    both.sync.run()
    found = both.summaries.make()
    entries = [entry for section in found.sections for entry in section.entries]
    assert len(found.patients) > 1
    assert {entry.patient for entry in entries} <= set(found.patients)
    assert all(entry.patient for entry in entries)


def test_namesakes_in_a_summary_are_told_apart_by_the_day_of_their_birth(client: Client) -> None:
    with CaringPortal() as one, CaringPortal() as two:
        two.resources["Patient"][OWN] = two.resources["Patient"][OWN].replace(b"1980", b"2011")
        for portal, name in ((one, "one"), (two, "two")):
            sign_in_for(client, portal, "self", name)
            client.sync.run(name)
        found = client.summaries.make()
        medicines = next(section for section in found.sections if section.name == "medications")
        coming = next(section for section in found.sections if section.name == "care")
        assert len(found.patients) == 2
        assert all(name.startswith("Ada Doe, born ") for name in found.patients)
        for section in (medicines, coming):
            assert {entry.patient for entry in section.entries} == set(found.patients)


def test_another_patient_whom_a_portal_tells_of_gives_its_name_to_no_entry(
    client: Client, caring: CaringPortal
) -> None:
    other = caring.resources["Patient"][OWN].replace(f'"{OWN}"'.encode(), b'"other"').replace(b"Ada", b"Zoe")
    sign_in_for(client, caring, "self", "own")
    client.sync.run("own")
    with client.vault.transaction() as tx:
        resources.store(tx, 1, [record for record in [incoming.decode(other)] if record])
    found = client.summaries.make()
    entries = [entry for section in found.sections for entry in section.entries]
    assert {entry.patient for entry in entries} == {"Ada Doe"}
    assert set(found.patients) == {"Ada Doe", "Zoe Doe"}

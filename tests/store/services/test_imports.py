from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import InvalidInput, NotFound, NotImportable, NotOffered, PortalError, SignInNeeded
from store.services.import_plans import Standing
from store.services.scope import Choice
from tests.conftest import shared_data, sign_in
from tests.support import papers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox
    from store.client import Client
    from store.services.import_plans import ImportReport

ADA = {
    "resourceType": "Patient",
    "id": "ada",
    "name": [{"given": ["Ada"], "family": "Byron"}],
    "birthDate": "1970-12-10",
}
BOB = {
    "resourceType": "Patient",
    "id": "bob",
    "name": [{"given": ["Bob"], "family": "Gray"}],
    "birthDate": "1980-01-01",
}


def about(person: str, kind: str = "Condition", own: str = "c1", **more: object) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": own,
        "subject": {"reference": f"Patient/{person}"},
        "code": {"text": "Cough"},
        **more,
    }


def bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": each} for each in resources]}


def written(path: Path, *documents: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(each) for each in documents))
    return path


def take(client: Client, *paths: Path, patient: str | None = None, every: bool = False) -> ImportReport:
    return client.imports.run(client.imports.plan(paths, patient, every=every))


def kept(client: Client) -> dict[str, bytes]:
    return {
        f"{row.portal} {row.type}/{row.id}": client.records.show(f"{row.type}/{row.id}").fhir
        for row in client.records.list().items
    }


@pytest.mark.parametrize("kind", ["collection", "document", "searchset", "transaction", "batch", "history"])
def test_a_bundle_of_any_kind_is_imported_byte_for_byte(client: Client, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "chart.json"
    whole = json.dumps(bundle(ADA, about("ada", "Observation", "o1", valueQuantity={"value": 1.5}), kind=kind))
    path.write_text(whole.replace("1.5", "1.00"))
    report = take(client, path)
    assert [(done.source, done.patient, done.records, done.new) for done in report.sources] == [
        ("chart.json", "Ada Byron", 2, 2)
    ]
    assert b'"value": 1.00' in kept(client)["chart.json Observation/o1"]
    assert [(row.portal, row.patient) for row in client.records.list().items] == [("chart.json", "Ada Byron")] * 2


def test_what_is_imported_twice_changes_nothing(client: Client, tmp_path: Path) -> None:
    path = written(tmp_path / "chart.json", bundle(ADA, about("ada")))
    document = tmp_path / "CCD.xml"
    document.write_bytes(papers.cda("x"))
    take(client, path, document)
    before, sources = kept(client), client.imports.list()
    assert len(before) == 4
    copied = tmp_path / "elsewhere" / "renamed.json"
    copied.parent.mkdir()
    copied.write_bytes(path.read_bytes())
    for again in (path, document, copied):
        report = take(client, again)
        assert report.new == 0
        assert [source.standing for each in client.imports.plan([again]).sources for source in each.people] == [
            Standing.KNOWN
        ]
    assert kept(client) == before
    assert client.imports.list() == sources


def test_names_inside_a_bundle_become_types_and_ids(client: Client, tmp_path: Path) -> None:
    patient = {**ADA, "id": None}
    entries = [
        {
            "fullUrl": "urn:uuid:5cbc121b-cd71-4428-b8b7-31e53eba8184",
            "resource": {k: v for k, v in patient.items() if v},
        },
        {"fullUrl": "urn:uuid:m1", "resource": {"resourceType": "Medication", "id": "m1", "code": {"text": "Aspirin"}}},
        {
            "fullUrl": "urn:uuid:r1",
            "resource": {
                "resourceType": "MedicationRequest",
                "id": "r1",
                "status": "active",
                "intent": "order",
                "identifier": [{"value": "urn:uuid:m1"}],
                "subject": {"reference": "urn:uuid:5cbc121b-cd71-4428-b8b7-31e53eba8184"},
                "medicationReference": {"reference": "urn:uuid:m1"},
            },
        },
    ]
    path = written(tmp_path / "synthea.json", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    take(client, path)
    assert client.medications.list().items[0].name == "Aspirin"
    fhir = json.loads(client.records.show("MedicationRequest/r1").fhir)
    assert fhir["subject"] == {"reference": "Patient/5cbc121b-cd71-4428-b8b7-31e53eba8184"}
    assert fhir["identifier"] == [{"value": "urn:uuid:m1"}], "what is no reference stays as it is"


def test_lines_single_resources_arrays_folders_and_gzip_are_taken(client: Client, tmp_path: Path) -> None:
    bulk = tmp_path / "bulk"
    written(bulk / "Patient.ndjson", ADA)
    written(bulk / "Condition.ndjson", about("ada"), about("ada", own="c2"))
    (bulk / "Observation.ndjson.gz").write_bytes(gzip.compress(json.dumps(about("ada", "Observation", "o1")).encode()))
    written(bulk / "single.json", about("ada", "Procedure", "p1"))
    (bulk / "notes.txt").write_text("not meant")
    (bulk / ".hidden.json").write_text("not meant")
    plan = client.imports.plan([bulk])
    assert (plan.sources[0].name, plan.passed_by, plan.sources[0].types) == (
        "bulk",
        2,
        {"Condition": 2, "Observation": 1, "Patient": 1, "Procedure": 1},
    )
    assert client.imports.run(plan).new == 5
    array = tmp_path / "array.json"
    array.write_text("\ufeff" + json.dumps([about("ada", "Goal", "g1")]), encoding="utf-8")
    assert take(client, array, patient="Ada").new == 1


def test_a_clinical_document_is_kept_as_it_is_beside_its_records(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "CCD.xml"
    path.write_bytes(papers.cda("x", body=papers.sections(papers.section("1", "Plan", "Drink <br/>water"))))
    take(client, path)
    (row,) = client.records.list(("document",)).items
    (attached,) = client.attachments.list(f"DocumentReference/{row.id}")
    assert (attached.is_in_vault, attached.size, attached.title) == (True, path.stat().st_size, "CCD.xml")
    assert b"".join(client.attachments.content(f"DocumentReference/{row.id}")) == path.read_bytes()
    (document,) = client.documents.read(f"DocumentReference/{row.id}")
    assert "Drink\nwater" in [getattr(block, "text", "") for block in document.blocks]
    assert client.attachments.fetch(f"DocumentReference/{row.id}").fetched == 0


def test_every_clinical_document_of_others_is_imported_and_shown(client: Client) -> None:
    paths = sorted(shared_data("ccda").iterdir())
    for path in paths:
        take(client, path, every=True)
    shown = 0
    for source in client.imports.list():
        client.choice = Choice(portal=source.name)
        (row,) = client.records.list(("document",)).items
        (document,) = client.documents.read(f"DocumentReference/{row.id}")
        assert document.blocks, source.name
        for each in client.records.list().items:
            assert client.records.show(f"{each.type}/{each.id}").row.title
        shown += 1
    assert shown == len({path.read_bytes() for path in paths}) >= 30


def test_a_binary_of_the_same_file_is_the_content_of_a_document(client: Client, tmp_path: Path) -> None:
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "RGVhciBBZGE="}
    content = [{"attachment": {"url": "Binary/b1", "title": "Letter"}}, {"attachment": {"url": "https://x.example/1"}}]
    document = about("ada", "DocumentReference", "d1", content=content)
    take(client, written(tmp_path / "chart.json", bundle(ADA, document, binary)))
    assert b"".join(client.attachments.content("DocumentReference/d1")) == b"Dear Ada"
    with pytest.raises(PortalError, match="came out of a file"):
        client.attachments.fetch("DocumentReference/d1")


WRONG: dict[str, tuple[bytes, str]] = {
    "empty.json": (b"", "it is empty"),
    "notes.txt": (b"Dear Ada", "neither FHIR JSON, nor NDJSON, nor a C-CDA document"),
    "broken.json": (b'{"resourceType": "Patient"', "no JSON, or its JSON is broken"),
    "other.json": (b'{"name": "x"}', "says of itself no FHIR"),
    "shape.json": (b'{"resourceType": "Bundle", "entry": 5}', "not of the shape"),
    "deep.json": (b'{"resourceType": "Patient", "id":' + b"[" * 100_000, "nested too deeply|broken"),
    "none.json": (b'{"resourceType": "Bundle", "type": "collection", "entry": []}', "no record in it"),
    "page.html": (b"<html><body>x", "neither"),
    "fhir.xml": (b"<?xml version='1.0'?><Bundle xmlns='http://hl7.org/fhir'/>", "FHIR as XML"),
    "packed.zip": (b"PK\x03\x04", "unpack it first"),
    "bad.gz": (b"\x1f\x8bnonsense", "damaged"),
    "bomb.xml": (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>" + papers.cda(), "may be an attack"),
    "cut.xml": (papers.cda()[:-30], "XML is broken"),
    "nobody.json": (b'{"resourceType": "Organization", "id": "o", "name": "x"}', "does not say whose"),
    "anonymous.xml": (b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>", "names no patient"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_one_sentence(client: Client, tmp_path: Path, name: str) -> None:
    content, why = WRONG[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NotImportable, match=why) as caught:
        take(client, tmp_path / name)
    assert "\n" not in str(caught.value)
    assert not client.has_vault


def test_what_is_not_there_or_no_file_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotImportable, match="not there"):
        client.imports.plan([tmp_path / "nothing.json"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotImportable):
        client.imports.plan([tmp_path / "empty"])


def test_a_first_line_of_megabytes_is_a_line_like_others(client: Client, tmp_path: Path) -> None:
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "eHh4" * 500_000}
    assert take(client, written(tmp_path / "x.ndjson", binary, ADA)).new == 2


def test_a_file_that_changes_after_it_was_looked_at_is_not_taken(client: Client, tmp_path: Path) -> None:
    path = written(tmp_path / "chart.json", bundle(ADA))
    plan = client.imports.plan([path])
    written(path, bundle(BOB))
    with pytest.raises(NotImportable, match="changed while it was read"):
        client.imports.run(plan)
    assert client.records.list().total == 0


def test_a_bomb_of_gzip_is_given_up(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.services.import_files.MAX_BYTES", 1 << 20)
    (tmp_path / "x.json.gz").write_bytes(gzip.compress(b'{"resourceType":"Patient","id":"' + b"x" * (2 << 20)))
    with pytest.raises(NotImportable, match="larger than 1 MiB"):
        take(client, tmp_path / "x.json.gz")


def test_one_wrong_file_does_not_stop_the_others(client: Client, tmp_path: Path) -> None:
    written(tmp_path / "a" / "good.json", bundle(ADA))
    (tmp_path / "a" / "bad.json").write_text("{")
    plan = client.imports.plan([tmp_path / "a"])
    assert [error.path.name for error in plan.refused] == ["bad.json"]
    assert client.imports.run(plan).new == 1


def test_a_resource_that_cannot_be_used_is_named_and_the_others_are_kept(client: Client, tmp_path: Path) -> None:
    strange = {**about("ada"), "id": "not an id!"}
    path = written(tmp_path / "x.ndjson", ADA, strange, about("ada"))
    path.write_text(path.read_text() + '\n{"resourceType": "Condi')
    report = take(client, path)
    assert report.new == 2
    assert [failure.partition(":")[2].split()[0] for failure in report.failures] == ["Condition/not", "line"]


def test_whose_chart_it_is_is_compared_with_who_is_in_the_vault(client: Client, tmp_path: Path) -> None:
    ada = written(tmp_path / "ada.json", bundle(ADA, about("ada")))
    bob = written(tmp_path / "bob.json", bundle(BOB, about("bob")))

    def standing(path: Path, patient: str | None = None) -> list[Standing]:
        return [each.standing for source in client.imports.plan([path], patient).sources for each in source.people]

    assert standing(ada) == [Standing.FIRST]
    take(client, ada)
    assert standing(bob) == [Standing.OTHER]
    assert [person.title for person in client.imports.plan([bob]).to_confirm] == ["Bob Gray, born 1980-01-01"]
    assert standing(bob, "bob gray") == [Standing.NAMED]
    same = {**ADA, "id": "elsewhere", "name": [{"text": "Ms. Ada Lovelace Byron"}]}
    assert standing(written(tmp_path / "same.json", bundle(same))) == [Standing.SAME]
    son = {**ADA, "id": "son", "birthDate": "2001-01-01"}
    assert standing(written(tmp_path / "son.json", bundle(son))) == [Standing.OTHER]
    no_birth = {key: value for key, value in ADA.items() if key != "birthDate"} | {"id": "x"}
    assert standing(written(tmp_path / "unsure.json", bundle(no_birth))) == [Standing.OTHER]
    with pytest.raises(NotFound, match="no patient in the file matches `Carol`"):
        client.imports.plan([bob], "Carol")


def test_of_a_file_of_several_people_each_has_their_own_and_what_they_refer_to(client: Client, tmp_path: Path) -> None:
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"text": "Dr. Lee"}], "extension": []}
    clinic = {"resourceType": "Organization", "id": "o1", "name": "Clinic"}
    role = {
        "resourceType": "PractitionerRole",
        "id": "pr",
        "practitioner": {"reference": "Practitioner/d1"},
        "organization": {"reference": "Organization/o1"},
    }
    visit = about("ada", "Encounter", "e1", participant=[{"individual": {"reference": "PractitionerRole/pr"}}])
    path = written(tmp_path / "family.json", bundle(ADA, BOB, doctor, clinic, role, visit, about("bob", own="c9")))
    plan = client.imports.plan([path])
    assert {(person.id, person.standing) for person in plan.sources[0].people} == {
        ("ada", Standing.OTHER),
        ("bob", Standing.OTHER),
    }
    client.imports.run(plan)
    client.choice = Choice(patient="Ada")
    assert {f"{row.type}/{row.id}" for row in client.records.list().items} == {
        "Patient/ada", "Encounter/e1", "PractitionerRole/pr", "Practitioner/d1", "Organization/o1",
    }  # fmt: skip
    client.choice = Choice(patient="Bob")
    assert {f"{row.type}/{row.id}" for row in client.records.list().items} == {"Patient/bob", "Condition/c9"}


def test_only_the_person_who_was_named_is_imported(client: Client, tmp_path: Path) -> None:
    path = written(tmp_path / "family.json", bundle(ADA, BOB, about("ada"), about("bob", own="c9")))
    take(client, path, patient="Bob")
    assert {f"{row.type}/{row.id}" for row in client.records.list().items} == {"Patient/bob", "Condition/c9"}


def test_a_person_who_was_not_confirmed_is_left_out(client: Client, tmp_path: Path) -> None:
    path = written(tmp_path / "family.json", bundle(ADA, BOB, about("bob")))
    plan = client.imports.plan([path])
    client.imports.run(plan, [person for person in plan.to_confirm if person.name == "Bob Gray"])
    assert [f"{row.type}/{row.id}" for row in client.records.list().items] == ["Patient/ada"]


def test_sync_neither_asks_nor_changes_nor_signs_out_what_came_out_of_a_file(
    client: Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    sign_in(client, sandbox)
    client.sync.run()
    take(client, written(tmp_path / "chart.json", bundle(ADA, about("ada"))), every=True)
    client.choice = Choice(portal="chart.json")
    before = kept(client)
    client.choice = Choice()
    report = client.sync.run(full=True)
    assert [portal.portal for portal in report.portals] == [client.portals.list()[0].name]
    client.choice = Choice(portal="chart.json")
    assert kept(client) == before
    assert all(row.gone is None for row in client.records.list().items)
    with pytest.raises(InvalidInput, match="imported from a file"):
        client.sync.run("chart.json")
    with pytest.raises(NotOffered):
        client.sync.check_offers(client.portals.choose("chart.json"), "Task", "create", "c", "refills")
    client.choice = Choice()
    client.sign_ins.end_all(erase=True)
    assert [row.name for row in client.imports.list()] == ["chart.json"]


def test_files_alone_are_no_portal_to_sign_in_to(client: Client, tmp_path: Path) -> None:
    take(client, written(tmp_path / "chart.json", bundle(ADA, about("ada"))))
    assert client.portals.list() == ()
    with pytest.raises(SignInNeeded):
        client.sync.run()
    assert not client.overview.status().needs_sign_in


def test_an_import_is_removed_with_all_that_came_of_it(client: Client, tmp_path: Path) -> None:
    document = tmp_path / "CCD.xml"
    document.write_bytes(papers.cda("x"))
    take(client, written(tmp_path / "chart.json", bundle(ADA, about("ada"))), document, every=True)
    assert client.imports.remove("chart.json") == 2
    assert client.imports.remove("CCD.xml") == 2
    assert client.records.list().total == 0
    with pytest.raises(NotFound):
        client.imports.remove("chart.json")


def test_what_was_broken_off_is_finished_by_the_next_import(
    make_client: Callable[[], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "x.ndjson", ADA, *(about("ada", own=f"c{number}") for number in range(25)))
    monkeypatch.setattr("store.services.importing._BATCH", 10)

    def stop(name: str) -> None:
        if name == "import.batch":
            raise KeyboardInterrupt

    client = make_client()
    with monkeypatch.context() as patch:
        patch.setattr("store.failpoints.reach", stop)
        with pytest.raises(KeyboardInterrupt):
            take(client, path)
    assert [(row.records, row.imported) for row in client.imports.list()] == [(10, None)]
    assert take(client, path).new == 16
    assert client.records.list().total == 26
    assert client.imports.list()[0].imported is not None


def test_a_synthetic_chart_of_others_is_imported_whole(client: Client) -> None:
    path = min(shared_data("synthea").glob("*.json"), key=lambda file: file.stat().st_size)
    wanted = {
        (each["resource"]["resourceType"], each["resource"]["id"]) for each in json.loads(path.read_bytes())["entry"]
    }
    report = take(client, path)
    assert (report.new, report.failures) == (len(wanted), ())
    assert {(row.type, row.id) for row in client.records.list().items} == wanted
    assert all(row.title for row in client.records.list().items)

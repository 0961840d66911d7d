from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from store.vault import attached, attachments, reading, repair
from tests.support.filling import fill
from tests.support.hostile import resource
from tests.support.papers import pdf
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal

PAGE = b"<html><body><h1>Visit</h1><p>Bilateral <b>nephro</b>lithiasis, seen <script>steal()</script></p></body></html>"
RTF = rb"{\rtf1\ansi Patient reports palpitations\par at night.}"


def document(record_id: str, *held: dict[str, str], **more: object) -> bytes:
    content = [{"attachment": each} for each in held]
    return resource("DocumentReference", record_id, status="current", content=content, **more)


def inside(kind: str, content: bytes) -> dict[str, str]:
    return {"contentType": kind, "data": base64.b64encode(content).decode()}


def found(client: Client, words: str) -> list[str]:
    return [str(hit.id) for hit in client.records.search(words).items]


def test_documents_inside_records_are_searched_when_they_have_arrived(client: Client, portal: ScriptedPortal) -> None:
    fill(
        client, portal, document("page", inside("text/html", PAGE)), document("rtf", inside("text/rtf", RTF)),
        document("pdf", inside("application/pdf", pdf("Sinus bradycardia"))),
        document("plain", inside("text/plain", b"Wheezing at rest")),
        document("png", inside("image/png", b"\x89PNG\r\n\x1a\nwheezing")),
    )  # fmt: skip
    assert found(client, "nephrolithiasis") == ["page"]
    assert found(client, "palpitations night") == ["rtf"]
    assert found(client, "bradycardia") == ["pdf"]
    assert found(client, "wheezing") == ["plain"]
    assert found(client, "steal") == []
    (hit,) = client.records.search("nephrolithiasis").items
    assert hit.snippet.text == "Bilateral nephrolithiasis, seen"
    assert [hit.snippet.text[slice(*place)] for place in hit.snippet.hits] == ["nephrolithiasis"]


def test_a_document_is_searched_once_it_is_fetched_for_each_record_that_names_it(
    client: Client, portal: ScriptedPortal
) -> None:
    portal.behaviours["/fhir/Binary/1"] = Answer(200, RTF, {"Content-Type": "application/rtf"})
    link = {"contentType": "application/rtf", "url": "Binary/1"}
    fill(client, portal, document("one", link), document("two", link))
    assert found(client, "palpitations") == []
    client.attachments.fetch_all()
    assert sorted(found(client, "palpitations")) == ["one", "two"]
    portal.behaviours["/fhir/Binary/1"] = Answer(200, rb"{\rtf1 Resting tremor}", {"Content-Type": "application/rtf"})
    client.attachments.fetch("one", again=True)
    assert found(client, "tremor") == ["one"]
    assert found(client, "palpitations") == ["two"]


def test_what_an_earlier_release_fetched_is_read_at_the_next_fetch(client: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/Binary/1"] = Answer(200, RTF, {"Content-Type": "application/rtf"})
    fill(client, portal, document("one", {"url": "Binary/1"}), document("page", inside("text/html", PAGE)))
    client.attachments.fetch_all()
    with client.vault.transaction() as tx:
        for pk in attached.known(tx.connection, 1):
            attachments.remove(tx, 1, f"{attachments.WORDS}{pk}")
        tx.connection.execute("DELETE FROM resource_fts")
    assert client.attachments.fetch_all().fetched == 0
    assert found(client, "palpitations") == ["one"]
    assert found(client, "nephrolithiasis") == ["page"]


def test_a_record_that_changes_keeps_the_words_of_its_documents(client: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/Binary/1"] = Answer(200, RTF, {"Content-Type": "application/rtf"})
    link = {"contentType": "application/rtf", "url": "Binary/1"}
    fill(client, portal, document("one", link), document("page", inside("text/html", PAGE)))
    client.attachments.fetch_all()
    fill(
        client,
        portal,
        document("one", link, description="Amended"),
        document("page", inside("text/html", b"<p>Gout</p>")),
    )
    assert found(client, "amended palpitations") == ["one"]
    assert found(client, "gout") == ["page"]
    assert found(client, "nephrolithiasis") == []


def test_words_of_documents_are_within_bounds_and_count_as_no_attachment(
    client: Client, portal: ScriptedPortal
) -> None:
    endless = "".join(f"<p>word{number} and more of it</p>" for number in range(20_000)).encode()
    fill(client, portal, document("page", inside("text/html", endless)))
    assert found(client, "word7") == ["page"]
    assert found(client, "word19999") == []
    with client.vault.reading() as connection:
        (words,) = attached.words_of(connection, (1,), range(99)).values()
        assert 100_000 < len(words) <= attached.MAX_CHARACTERS
        assert attachments.totals(connection) == (0, 0, 0)
        assert attachments.load(connection, 1) == {}


def test_a_repair_knows_the_words_of_documents_again_and_drops_those_of_records_that_are_gone(
    client: Client, portal: ScriptedPortal
) -> None:
    fill(client, portal, document("page", inside("text/html", PAGE)), document("rtf", inside("text/rtf", RTF)))
    with client.vault.transaction() as tx:
        assert len(attached.known(tx.connection, 1)) == 2
        tx.connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('delete-all')")
        tx.connection.execute("DELETE FROM resource WHERE id = 'rtf'")
        repair._mend(tx.connection)
        assert len(attached.known(tx.connection, 1)) == 1
        assert attachments.orphans(tx.connection) == 0
        assert [row.id for row in reading.search(tx.connection, "nephrolithiasis", reading.Filter())] == ["page"]

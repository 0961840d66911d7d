from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import markup
from store.documents.blocks import Heading, Item, NotShown, Paragraph, Table, words
from store.documents.layout import Layout, lay_out
from store.records.text import sanitize

# A parser that looks again and again for an end that does not come would take minutes for each of these.
ENDLESS = (
    "<a", "<", "<!--", "<![CDATA[", '<a b="', "<script>", "<script></script>", "<p>x", "<table><tr><td>x", "&", "&#1",
    "</", "<a/", "<p hidden>", "<li>x", "<br>", "<td>", '<a x="1" ', "<textarea>", "<title></title>", "'\"<",
)  # fmt: skip


def test_a_page_becomes_headings_paragraphs_items_and_tables() -> None:
    found = markup.blocks(
        "<h1>Report &amp; more</h1><p>One <b>bold</b>\n word<br>next<ul><li>first<ol><li>inner</ol><li>second</ul>"
        "<table><caption>Cap</caption><tr><th>Name<th>Value<tr><td>Sodium<td>140</table>"
    )
    assert found == (
        Heading(sanitize("Report & more"), 1),
        Paragraph(sanitize("One bold word\nnext")),
        Item(sanitize("first"), sanitize("-"), 0),
        Item(sanitize("inner"), sanitize("1."), 1),
        Item(sanitize("second"), sanitize("-"), 0),
        Table(tuple(map(sanitize, ("Name", "Value"))), (tuple(map(sanitize, ("Sodium", "140"))),), sanitize("Cap")),
    )


def test_a_table_that_only_arranges_a_page_is_read_in_its_order() -> None:
    found = markup.blocks("<table><tr><td><h2>Left</h2>text</td><td><table><tr><td>a<td>b</table></td></tr></table>")
    assert [type(block) for block in found] == [Heading, Paragraph, Table]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret</script>", "<style>secret</style>", "<!-- secret -->",
        "<p hidden>x</p><div hidden>secret</div>",
        "<div style='display: none'>secret</div>", "<template>secret</template>", "<svg><text>secret</text></svg>",
        "<head><title>secret</title></head>", "<img src='secret'>", "<iframe>secret</iframe>", "<?secret?>",
        "<a href='javascript:secret'>x</a>", "<object data='secret'>secret</object>", "<a title='>secret'>x</a>",
    ],
)  # fmt: skip
def test_what_a_page_runs_fetches_or_hides_is_not_read(hidden: str) -> None:
    assert "secret" not in words(markup.blocks(f"before {hidden} after"))


def test_a_picture_is_named_and_a_lone_sign_is_text() -> None:
    assert words(markup.blocks("3 < 4 <img alt='a cat'> &lt;b&gt;")) == "3 < 4 [picture: a cat] <b>"


def test_a_page_that_is_too_large_or_too_deep_is_refused_with_its_reason() -> None:
    began = time.process_time()
    with pytest.raises(NotShown, match="larger than 1 MiB"):
        markup.read(b"<div>" * 240_000)
    with pytest.raises(NotShown, match="more than 200 levels"):
        markup.read(b"<div>" * 200_000)
    assert time.process_time() - began < 1  # it is looked at before it is read
    with pytest.raises(NotShown, match="more than 200 levels"):
        markup.read(b"<div>" * 201)
    assert markup.read(b"<div>" * 200 + b"deep") == (Paragraph(sanitize("deep")),)
    assert len(markup.read(b"<p>x" * 5_000)) == 5_000  # a page whose paragraphs are not ended is not deep


def test_of_a_page_that_is_too_long_the_begin_is_shown_and_the_rest_is_not_kept_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("store.documents.building._MOST_BLOCKS", 10)
    for page in ("<p>x" * 50, "<table>" + "<tr><td>x<td>y" * 50):
        found = words(markup.blocks(page))
        assert found.count("x") >= 5
        assert found.endswith("(This document is longer than is shown here.)")


@pytest.mark.parametrize("piece", ENDLESS)
def test_no_page_takes_long(piece: str) -> None:
    content = (piece * (markup.MAX_BYTES // 4 // len(piece))).encode()
    began = time.process_time()
    with contextlib.suppress(NotShown):
        lay_out(markup.read(content), Layout())
    assert time.process_time() - began < 20  # seconds; a quadratic reader would need hours


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        ("café".encode(), ""),
        ("café".encode("latin-1"), ""),
        ("café".encode("utf-16"), ""),
        ('<meta charset="iso-8859-15">café'.encode("iso-8859-15"), ""),
        ("café".encode("cp850"), "cp850"),
        ("café".encode(), "no-such-set"),
    ],
)
def test_a_page_is_decoded_by_the_character_set_that_it_has(content: bytes, charset: str) -> None:
    assert words(markup.read(content, charset)) == "café"


@given(
    st.text(st.sampled_from("<>/=\"'! -abpdivtrhx&;#1\x1b\u202e\n"), max_size=200), st.integers(20, 120), st.booleans()
)
def test_any_text_as_a_page_is_laid_out_within_its_width_and_harmless(text: str, width: int, linear: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    shown = lay_out(markup.blocks(text), Layout(width, linear))
    assert sanitize(shown) == shown
    assert all(len(line) <= width for line in shown.split("\n"))

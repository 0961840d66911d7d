from __future__ import annotations

import pytest

from store.documents.blocks import NotShown
from store.documents.cda import tree
from tests.support import papers

BOMB = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
    ) + "]>"
)  # fmt: skip


@pytest.mark.parametrize(
    "before",
    [
        BOMB,
        "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE x [<!ENTITY % y SYSTEM 'http://127.0.0.1:9/'> %y;]>",
        "<!DOCTYPE ClinicalDocument>",
    ],
)
def test_a_dtd_and_entities_are_refused_before_anything_is_made_of_them(before: str) -> None:
    with pytest.raises(NotShown, match="may be an attack"):
        tree.parse(f"<?xml version='1.0'?>{before}".encode() + papers.cda())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<a><b></a>", "broken at line 1, column 9"),
        (b"<ClinicalDocument>&unknown;</ClinicalDocument>", "broken"),
        (b"<other/>", "no clinical document"),
        (
            b"<ClinicalDocument xmlns='urn:hl7-org:v3'>" + b"<a>" * 300 + b"</a>" * 300 + b"</ClinicalDocument>",
            "nested",
        ),
        (b"<?xml version='1.0' encoding='nonsense'?><a/>", "broken|cannot be read"),
        (b"<a" + b" " * (33 << 20) + b"/>", "larger than 32 MiB"),
        (b"", "broken"),
    ],
)
def test_what_is_no_clinical_document_is_refused_with_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(NotShown, match=why):
        tree.parse(content)

"""JSON that is kept whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records import incoming, lossless


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":{"y":"1","y":"1"}}',
        b'{"x":[{"y":1},{"z":1,"z":{}}]}',
        b'{"a":"\\u0022","b":"","b":1}',
        b'{"a":"\\"","a":"\\""}',
    ],
)
def test_an_object_with_two_members_of_one_name_is_found(body: bytes) -> None:
    assert lossless.has_lost_members(lossless.decode(body), body)
    with pytest.raises(ValueError, match="twice"):
        incoming.read_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
        b'{"quote":"\\u0022\\u0022","slash":"\\\\","both":"\\\\\\""}',
        b'{ "a" :\t1.00,\n"b": 1E+2, "c":123456789012345678901234567890 }',
        b'{"deep":' + b"[" * 200 + b'"\\u0022"' + b"]" * 200 + b"}",
        b'{"digits":' + b"9" * 300 + b',"quote":"\\u0022"}',
    ],
)
def test_an_object_without_them_is_kept(body: bytes) -> None:
    assert incoming.read_json(body) == lossless.decode(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(document=st.dictionaries(st.text(max_size=5), _JSON, max_size=5), escaped=st.booleans())
def test_whatever_the_names_and_texts_are_nothing_is_found_where_nothing_is(
    *, document: dict[str, object], escaped: bool
) -> None:
    body = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    try:
        found = lossless.decode(body)
    except ValueError:  # a lone surrogate
        return
    assert not lossless.has_lost_members(found, body)

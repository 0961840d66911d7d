from __future__ import annotations

import time

import pytest

from store.errors import Ambiguous, NotFound
from store.services.identifiers import find, uuid7


def test_an_identifier_is_of_version_seven_and_says_when_it_was_made() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert abs((made.int >> 80) / 1000 - time.time()) < 60
    assert made != uuid7()


def test_a_whole_identifier_is_meant_even_if_another_begins_with_it() -> None:
    assert find("request", " ABCD ", ["abcd", "abcde"]) == "abcd"
    assert find("request", "cdef", ["abcdef", "x"]) == "abcdef"
    with pytest.raises(Ambiguous):
        find("request", "abcd", ["abcde", "abcdf"])
    with pytest.raises(NotFound):
        find("request", "abc", ["abcde"])

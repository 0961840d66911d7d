from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import PassphraseWeak
from store.vault import strength

ROOT = Path(__file__).resolve().parents[3]
SENTENCES = {
    value
    for name, value in vars(strength).items()
    if isinstance(value, str) and name[1:].isupper() and value[-1:] == "."
}


def advice(passphrase: bytes, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What is said about a passphrase, nothing when it is good."""
    try:
        strength.check(passphrase, known)
    except PassphraseWeak as error:
        return error.advice
    return ()


@pytest.mark.parametrize(
    "passphrase",
    [
        b"correct horse battery staple",
        b"a passphrase of the test",
        "Bäume wachsen über Nacht".encode(),
        "правильный конь батарея".encode(),
        b"kT9#vQ2!xW5m",
        b"\xff\xfe\x80\x9d\xc3\x28\xa0\xa1\xe2\x91\xf0\x8c",
    ],
)
def test_a_passphrase_that_is_hard_to_guess_is_taken(passphrase: bytes) -> None:
    assert advice(passphrase) == ()


@pytest.mark.parametrize(
    ("passphrase", "sentence"),
    [
        (b"", "It is empty."),
        (b"xk3!", "It is too short."),
        (b"password", "It is, or is much like, a password that many people use."),
        (b"P@ssw0rd", "Signs in the place of letters that they look like hardly help."),
        (b"Password", "Capital letters hardly help."),
        (b"drowssap", "Writing a word backwards hardly helps."),
        (b"jessica", "Names are soon guessed."),
        (b"encyclopedia", "A word or two is soon guessed."),
        (b"zxcvbnm,./", "Rows and shapes on the keyboard are soon guessed."),
        (b"abcabcabc", "Saying the same thing again makes it longer, but hardly harder to guess."),
        (b"abcdefgh", "Letters or digits in their usual order are soon guessed."),
        (b"1987", "Dates and years are soon guessed."),
        (b"13.5.1997", "Dates and years are soon guessed."),
    ],
)
def test_a_weak_passphrase_is_told_what_makes_it_weak(passphrase: bytes, sentence: str) -> None:
    assert sentence in advice(passphrase)


def test_every_sentence_about_a_part_of_it_is_said_at_most_once_and_three_at_most() -> None:
    said = advice(b"P@ssw0rd1987")
    assert len(said) == len(set(said)) == 3
    assert said[0] == "It is, or is much like, a password that many people use."


def test_what_is_known_about_a_person_makes_a_passphrase_weak() -> None:
    known = ("maria.szczepanska", "https://fhir.clinic-of-zwolle.example/r4")
    assert advice(b"Szczepanska77zwolle") == ()
    assert "It holds something that is known about you or your portal." in advice(b"Szczepanska77", known)
    assert "It holds something that is known about you or your portal." in advice(b"maria.szczepanska", known)
    assert "It holds something that is known about you or your portal." not in advice(b"Szczepanska77")
    assert advice(b"correct horse battery staple", known) == ()


def test_a_long_passphrase_is_judged_by_its_beginning() -> None:
    assert advice(b"correct horse battery staple " * 1000) == ()
    assert advice(b"a" * 100_000) == ("Saying the same thing again makes it longer, but hardly harder to guess.",)
    assert advice(b"a" * 40 + b"kT9#vQ2!xW5m") == ()


def test_the_longest_generated_passphrases_are_judged_in_a_moment() -> None:
    chance = random.Random(1)
    signs = (
        "4@8({[<369!|10$57+%2abcdeilostz"  # what zxcvbn is slowest at: seconds for each of these, if it sees it whole
    )
    generated = ["".join(chance.choices(signs, k=72)).encode() for _ in range(4)]
    advice(b"the word lists are loaded now")
    began = time.process_time()
    assert [advice(passphrase) for passphrase in generated] == [()] * 4
    assert time.process_time() - began < 2


@given(st.one_of(st.binary(max_size=24), st.text(max_size=24).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_judged_and_the_advice_is_our_own_words(passphrase: bytes) -> None:
    assert set(advice(passphrase, ("maria", ""))) <= SENTENCES


def test_reading_the_module_does_not_load_the_word_lists() -> None:
    statement = "import sys; import store.vault.strength; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "zxcvbn" not in done.stdout.split()

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records.text import Safe, all_sanitized, one_line, sanitize
from tests.store.records.reading import HARMFUL, JOINERS_AND_SOFT_HYPHEN, is_harmless

ANY_TEXT = st.text(st.characters(codec=None, categories=None))
C0 = [chr(point) for point in range(0x20) if chr(point) not in "\n\t"]
C1 = [chr(point) for point in range(0x80, 0xA0)]
SEQUENCES = {
    "colour": "\x1b[31mred\x1b[0m",
    "eight-bit colour": "\x9b31mred",
    "clear the screen": "\x1b[2J\x1b[H",
    "full reset": "\x1bc",
    "window title": "\x1b]0;root@host\x07",
    "window title, eight-bit": "\x9d0;root@host\x9c",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x1b\\",
    "clipboard, unterminated": "\x1b]52;c;cm0gLXJmIC8=",
    "link": "\x1b]8;;https://evil.example\x1b\\portal\x1b]8;;\x1b\\",
    "device control": "\x1bP$qm\x1b\\",
    "application command": "\x1b_payload\x1b\\",
    "application command, eight-bit": "\x9fpayload\x9c",
    "answerback": "\x05",
    "bare escape at the end": "glucose\x1b",
    "unterminated sequence": "\x1b[38;5;",
    "escape within an escape": "\x1b\x1b[31m",
    "sequence split by a line": "\x1b\n[31m",
    "overwritten line": "normal\rcritical",
    "rubbed out": "high\x08\x08\x08\x08low",
    "delete": "\x7f",
    "null": "a\x00b",
    "shift to another character set": "\x0e\x0f",
}


@pytest.mark.parametrize("letter", [*C0, *C1, "\x7f"], ids=lambda letter: f"U+{ord(letter):04X}")
def test_a_control_character_is_shown_as_a_sign(letter: str) -> None:
    shown = sanitize(f"a{letter}b")
    assert len(shown) == 3
    assert is_harmless(shown)
    assert letter not in shown


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_no_terminal_sequence_survives(sequence: str) -> None:
    assert is_harmless(sanitize(sequence))
    assert is_harmless(one_line(sequence))


def test_the_sign_of_a_control_character_tells_which_it_was() -> None:
    assert sanitize("\x00\x1b\x7f") == "\N{SYMBOL FOR NULL}\N{SYMBOL FOR ESCAPE}\N{SYMBOL FOR DELETE}"


@pytest.mark.parametrize(
    "letter",
    [
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{LEFT-TO-RIGHT OVERRIDE}",
        "\N{RIGHT-TO-LEFT ISOLATE}",
        "\N{POP DIRECTIONAL ISOLATE}",
        "\N{RIGHT-TO-LEFT MARK}",
        "\N{ARABIC LETTER MARK}",
        "\N{ZERO WIDTH SPACE}",
        "\N{WORD JOINER}",
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{LINE SEPARATOR}",
        "\N{PARAGRAPH SEPARATOR}",
        "\N{INVISIBLE TIMES}",
        "\N{INTERLINEAR ANNOTATION ANCHOR}",
        "\N{LANGUAGE TAG}",
        "\N{TAG LATIN SMALL LETTER A}",
        "\N{CANCEL TAG}",
        chr(0xD800),
        chr(0xDFFF),
    ],
    ids=lambda letter: f"U+{ord(letter):04X}",
)
def test_what_reorders_hides_or_cannot_be_encoded_is_replaced(letter: str) -> None:
    assert sanitize(f"a{letter}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_every_character_of_unicode_is_either_kept_or_made_harmless() -> None:
    everything = "".join(map(chr, range(0x110000)))
    shown = sanitize(everything.replace("\r\n", "\n"))
    assert len(shown) == len(everything)
    assert {before for before, after in zip(everything, shown, strict=True) if before != after} == HARMFUL
    assert is_harmless(shown)


def test_letters_of_every_script_and_emoji_stay_as_they_are() -> None:
    text = "Zoë · Łukasz · 日本 · עברית · العربية · हिन्दी · 👩\u200d⚕️ · µg/dL · ≥ 5 · co\u00adoperate"
    assert sanitize(text) == text
    assert JOINERS_AND_SOFT_HYPHEN & set(text)


def test_lines_and_tabs_stay_and_the_two_byte_line_end_is_one() -> None:
    assert sanitize("one\r\ntwo\n\tthree") == "one\ntwo\n\tthree"


def test_text_on_one_line_has_single_spaces_and_no_ends() -> None:
    assert one_line("  Take\r\n\tone\u00a0 tablet \n") == "Take one tablet"


@given(ANY_TEXT)
def test_nothing_outside_the_allowed_characters_remains(text: str) -> None:
    shown = sanitize(text)
    assert is_harmless(shown)
    assert isinstance(shown, Safe)
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_safe_text_is_not_changed_again(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)
    assert one_line(one_line(text)) == one_line(text)


@given(ANY_TEXT)
def test_text_on_one_line_has_no_line_end(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_untouched(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize("texts", [("plain", "", "x y"), ("plain", "a\x1b[2J", "b\u202ec"), ("tab\tline\n", "ü")])
def test_texts_together_are_made_safe_as_each_of_them_is(texts: tuple[str, ...]) -> None:
    found = all_sanitized(texts)
    assert found == [sanitize(text) for text in texts]
    assert all(isinstance(text, Safe) for text in found)

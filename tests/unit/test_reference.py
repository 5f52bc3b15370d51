"""Which names an image may have."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import InvalidInputError
from shared.domain.reference import MAX_CHARACTERS, parse_reference


@given(st.text(min_size=1, max_size=MAX_CHARACTERS))
def test_a_reference_is_its_nfc_form_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except InvalidInputError:
        assert unicodedata.normalize("NFC", text) != text or not text.isprintable()
    else:
        assert reference == unicodedata.normalize("NFC", text)
        assert parse_reference(reference) == reference


@pytest.mark.parametrize("length", [1, 255])
@pytest.mark.parametrize("character", ["a", "漢", "🖼"])
def test_one_to_255_characters_are_allowed(character: str, length: int) -> None:
    assert len(parse_reference(character * length)) == length


def test_255_characters_may_come_in_all_their_parts() -> None:
    text = "ᾂ" * MAX_CHARACTERS
    assert parse_reference(unicodedata.normalize("NFD", text)) == text


PILE = "a" + "\u0300\u0323" * 250_000
"""To put it in order would take a quarter of an hour."""


@pytest.mark.parametrize("text", ["", "a" * 256, "漢" * 256, PILE])
def test_none_and_256_characters_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_reference(text)


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x1f", "\x7f", "\x85", "\ud800"])
def test_controls_and_half_surrogates_are_refused_by_position(character: str) -> None:
    with pytest.raises(InvalidInputError, match="position 2"):
        parse_reference(f"ab{character}.jpg")


def test_a_decomposed_name_is_the_composed_one() -> None:
    assert parse_reference("cafe\u0301.jpg") == parse_reference("caf\u00e9.jpg")


def test_the_composed_form_is_what_is_counted() -> None:
    assert len(parse_reference("e\u0301" * 255)) == 255

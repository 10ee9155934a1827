"""The stand-in counts segments as Twilio bills them, and as Delivery Ledger announces them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.messages.segments import count_segments
from webapp.standin.segments import segment_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("x", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 76 * 2, 2),
        ("€" * 76 * 2 + "€", 3),  # 153 is odd: no € is divided between two segments
        ("ñ" * 160, 1),
        ("ş" + "x" * 69, 1),
        ("ş" + "x" * 70, 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("👍" * 66, 2),
        ("👍" * 67, 3),  # 67 is odd as well
        ("\x1b", 1),
        ("x" * 70 + "\x1b", 2),
    ],
)
def test_a_text_has_the_segments_that_twilio_bills(text, count):
    assert segment_count(text) == count


SIGNS = "\n\r !\"#¤%&'()*+,-./:;<=>?¡§¿@£$¥_"
LETTERS = "èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜäöñüà"


def of_other_length(letters, most):
    """Letters of which `most` do not fill one segment exactly."""
    texts = {letter: (letter * most, letter * (most + 1)) for letter in letters}
    return [letter for letter, pair in texts.items() if tuple(map(segment_count, pair)) != (1, 2)]


def test_a_letter_of_the_basic_alphabet_counts_one():
    assert of_other_length(SIGNS + LETTERS, 160) == []


def test_a_letter_of_the_extension_table_counts_two():
    assert of_other_length("\f^{}\\[~]|€", 80) == []


@pytest.mark.parametrize("letter", "`çÀÂêşčŠ–“”…\t\x1b")
def test_a_letter_outside_both_tables_makes_the_text_ucs2(letter):
    assert (segment_count(letter + "x" * 69), segment_count(letter + "x" * 70)) == (1, 2)


letters = st.one_of(st.sampled_from("aZ9 @€[~\n\x1bñ👍ş"), st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("length", [67, 70, 71, 80, 81, 134, 135, 153, 160, 161, 306, 307])
@settings(max_examples=10)
@given(beginning=st.text(letters, max_size=4), letter=letters)
def test_the_program_counts_as_the_stand_in_does(length, beginning, letter):
    text = (beginning + letter * length)[:length]
    assert count_segments(text).count == segment_count(text)

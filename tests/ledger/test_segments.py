"""The count of segments, and the characters that make texts longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.messages.segments import Encoding, Segments, count_segments, unusual_characters

GSM_BASIC = "aZ0 @\n\r\u00e9\u0394\u00c7"
GSM_EXTENSION = "^{}\\[~]|\u20ac\f"


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("\u20ac" * 80, 160, 1),
        ("a" * 152 + "\u20ac" + "a" * 152, 306, 3),
        ("a" * 151 + "\u20ac" + "a" * 153, 306, 2),
    ],
)
def test_gsm_segments_hold_160_septets_alone_and_153_joined(text, units, count):
    assert count_segments(text) == Segments(Encoding.GSM7, units, count)


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("\u4f60", 1, 1),
        ("\u4f60" * 70, 70, 1),
        ("\u4f60" * 71, 71, 2),
        ("\u4f60" * 134, 134, 2),
        ("\u4f60" * 135, 135, 3),
        ("\U0001f600" * 35, 70, 1),
        ("\U0001f600" * 66, 132, 2),
        ("\U0001f600" * 67, 134, 3),
        ("\u4f60" + "\U0001f600" * 66 + "\u4f60", 134, 2),
    ],
)
def test_ucs2_segments_hold_70_units_alone_and_67_joined(text, units, count):
    assert count_segments(text) == Segments(Encoding.UCS2, units, count)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("a", 160), ("a" * 161, 153), ("\u4f60", 70), ("\u4f60" * 71, 67), ("", 160)],
)
def test_a_segment_holds_less_when_several_are_joined(text, limit):
    assert count_segments(text).unit_limit == limit


@pytest.mark.parametrize("character", GSM_BASIC)
def test_a_basic_gsm_character_costs_one_unit(character):
    assert count_segments(character) == Segments(Encoding.GSM7, 1, 1)


@pytest.mark.parametrize("character", GSM_EXTENSION)
def test_an_extension_character_costs_two_units(character):
    assert count_segments(character) == Segments(Encoding.GSM7, 2, 1)


@pytest.mark.parametrize("character", "`\u2019\u201c\u2014\u2026\u00e7\u00e1\t\x1b")
def test_a_character_beyond_gsm_forces_ucs2(character):
    assert count_segments(f"abc{character}").encoding is Encoding.UCS2


def test_the_gsm_alphabet_has_its_127_basic_and_10_extension_characters():
    gsm = [c for c in map(chr, range(0x3000)) if count_segments(c).encoding is Encoding.GSM7]
    assert [sum(count_segments(c).units == width for c in gsm) for width in (1, 2)] == [127, 10]


@given(st.text(max_size=400))
def test_units_of_ucs2_are_those_of_utf16(text):
    assert count_segments(text + "\u4f60").units == len((text + "\u4f60").encode("utf-16-le")) // 2


@given(st.text(GSM_BASIC + GSM_EXTENSION + "\U0001f600", max_size=500))
def test_segments_are_filled_but_for_at_most_one_unit(text):
    counted = count_segments(text)
    room = counted.count * counted.unit_limit
    least = (counted.count - 1) * (counted.unit_limit - 1)
    assert least < counted.units <= room or not text


def test_unusual_characters_are_listed_once_each_in_order():
    assert unusual_characters("\u2019a\u4f60\u2019\u20ac\U0001f600") == (
        "\u2019",
        "\u4f60",
        "\U0001f600",
    )

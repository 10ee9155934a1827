"""A cell as a recipient reads it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.messages.contact_cells import clean

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Bob ", "Bob"),
        ('="Bob"', "Bob"),
        ('= "Bob"', "Bob"),
        ('=T("Bob")', "Bob"),
        ('="the ""first"""', 'the "first"'),
        ('"Bob"', "Bob"),
        ("'Dee", "Dee"),
        ("'Dee'", "Dee"),
        ("'=1+1", "=1+1"),
        ("'+1 415", "+1 415"),
        ("\tBob", "Bob"),
        ("\u200b'Dee", "Dee"),
    ],
)
def test_marks_of_spreadsheets_are_taken_off(cell, text):
    assert clean(cell).text == text


@pytest.mark.parametrize(
    "cell",
    [
        "'t Hooft",
        "'s-Gravenhage",
        "O'Neill",
        "d'Or",
        'Ada "the first"',
        "=1+1",
        "-",
        "#1",
        "#team!",
    ],
)
def test_what_belongs_to_the_word_stays(cell):
    assert clean(cell).text == cell


@pytest.mark.parametrize(
    "cell",
    [
        *("#N/A", "#n/a", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"),
        *("#\u00a1REF!", "#\u00bfNOMBRE?", "#N/D", "#VALEUR!", "########", "=NA()", '="#N/A"'),
        *("NULL", "null", "nan", "NaN", "None", "undefined", "N/A", "\\N", "(null)"),
    ],
)
def test_an_error_counts_as_blank_and_is_joined(cell):
    cleaned = clean(cell)
    assert (cleaned.text, bool(cleaned.error)) == ("", True)


@pytest.mark.parametrize(
    "formula", ["=A2&B2", "=$B$7", '=IF(A1="","",A1)', '=HYPERLINK("x","Eve")', "Err:502"]
)
def test_a_formula_without_its_value_counts_as_blank(formula):
    assert (clean(formula).text, clean(formula).error) == ("", formula[:20])


@pytest.mark.parametrize("name", ["Erring", "Erré", "=Ann", "Null", "Nan", "Nana", "Nunn", "Nonee"])
def test_a_name_that_looks_like_an_error_is_a_name(name):
    assert (clean(name).text, clean(name).error) == (name, "")


@pytest.mark.parametrize(
    "character",
    [
        *("\u200b", "\ufeff", "\u00ad", "\u2060", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066"),
        *("\u2069", "\u061c", "\u2800", "\u3164", "\u115f", "\uffa0", "\u180e", "\U000e0041"),
        *("\u200c", "\u200d", "\ufe0f", "\u034f", "\u2063"),
    ],
)
def test_an_invisible_character_is_dropped_and_named(character):
    cleaned = clean(f"A{character}da{character}")
    assert (cleaned.text, cleaned.dropped) == ("Ada", (character,))
    assert clean(character).text == ""


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_a_line_separator_becomes_a_space(separator):
    cleaned = clean(f"Ada{separator}Lund")
    assert (cleaned.text, cleaned.dropped) == ("Ada Lund", (separator,))


@pytest.mark.parametrize(
    "text",
    [
        FAMILY,
        ENGLAND,
        "\u2764\ufe0f",
        "\u2764\ufe0f\u200d\U0001f525",
        "\U0001f469\U0001f3fd\u200d\U0001f3eb",
        "1\ufe0f\u20e3",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
        "\u0141\u00f3d\u017a",
        "\u738b\U000e0100",
    ],
)
def test_emoji_and_letters_that_need_an_invisible_character_keep_it(text):
    assert clean(text).text == text
    assert clean(text).dropped == ()


def test_spaces_of_every_kind_become_plain_ones():
    assert clean("\u00a0Ada\u202fLund\u3000").text == "Ada Lund"


def test_accents_are_composed():
    assert clean("Zoe\u0308").text == "Zo\u00eb"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Jos\u00c3\u00a9",
            "Zo\u00c3\u00ab",
            "Don\u00e2\u20ac\u2122t",
            "Jos\ufffd",
            "\u00c3\u2030ric",
        ),
        *("Zo\u00ef\u00bf\u00bd", "O&#39;Neil", "Ren&eacute;e", "_x000D_Ann"),
    ],
)
def test_damaged_letters_are_noticed(text):
    assert clean(text).is_broken


@pytest.mark.parametrize(
    "text",
    [
        "Tom & Jo; Al",
        "Jos\u00e9",
        "CAF\u00c9\u2019S",
        "\u201cNI\u00d1\u201d",
        "JO\u00c3O",
        "\u00c2ngela",
    ],
)
def test_accents_are_no_damage(text):
    assert not clean(text).is_broken


@given(st.text(max_size=30))
def test_nothing_is_left_to_clean(text):
    once = clean(text).text
    assert unicodedata.is_normalized("NFC", once) or not once
    assert once == once.strip()

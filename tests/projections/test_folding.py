"""What two texts must share to be the same for a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.tables.folding import fold, spellings_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ada Lovelace", "ada lovelace"),
        ("Zoë", "zoe"),
        ("ÉMILE", "emile"),
        ("Jose\u0301", "jose"),
        ("Nguyễn", "nguyen"),
        ("Weiß", "weiss"),
        ("WEIẞ", "weiss"),
        ("Søren Ærø", "soren aero"),
        ("Łukasz Đorđević", "lukasz dordevic"),
        ("İpek Iş\u0131k", "ipek isik"),
        ("Þóra Sigurðardóttir", "thora sigurdardottir"),
        ("\uff3a\uff4f\uff45", "zoe"),
        ("ﬁona", "fiona"),
        ("Ёлкин", "елкин"),
        ("ΝΊΚΟΣ", "νικοσ"),
        ("O'Brien", "obrien"),
        ("O\u2019Brien", "obrien"),
        ("O\u00b4Brien", "obrien"),
        ("Ka\u02bbano\u02bbi", "kaanoi"),
        ("Anne\u2011Marie", "anne-marie"),
        ("  Ada \u00a0 Okafor\t", "ada okafor"),
        ("Ada\u200b\u00ad\u202a Okafor\x00", "ada okafor"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_differences_that_people_do_not_type_are_left_out(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("Müller", ("muller", "mueller")),
        ("MU\u0308LLER", ("muller", "mueller")),
        ("Jörg Groß", ("jorg gross", "joerg gross")),
        ("Ærø Ålesund", ("aero alesund", "aeroe aalesund")),
        ("Weiß", ("weiss",)),
        ("Zoë", ("zoe",)),
        ("Mueller", ("mueller",)),
    ],
)
def test_an_umlaut_may_be_written_out(text, spellings):
    assert spellings_of(text) == spellings


@pytest.mark.parametrize(
    "digits",
    [
        "٠١٢٣٤٥٦٧٨٩",
        "۰۱۲۳۴۵۶۷۸۹",
        "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19",
        "०१२३४५६७८९",
    ],
)
def test_digits_of_every_script_are_ascii_digits(digits):
    assert fold(digits) == "0123456789"


@given(st.text(st.characters()))
def test_folding_a_folded_text_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters()))
def test_a_folded_text_can_be_stored_by_every_database(text):
    folded = fold(text)
    assert "\0" not in folded
    assert folded.encode().decode() == folded


@given(st.text(st.characters(max_codepoint=0x17F)))
def test_a_search_in_capitals_is_the_same(text):
    assert fold(text.upper()) == fold(text)

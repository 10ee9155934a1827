"""How many numbers of a contact file belong to other countries."""

import pytest

from ledger.messages.countries import country_of
from ledger.messages.country_names import country_name
from webapp.explain.countries import abroad_sentence


@pytest.mark.parametrize(
    ("phone", "home", "country"),
    [
        ("+14155550101", "US", "US"),
        ("+14155552671", "CA", "US"),
        ("+15555550101", "CA", "CA"),
        ("+15555550101", "GB", "US"),
        ("+16045550101", "US", "CA"),
        ("+447700900144", "GB", "GB"),
        ("+447700900144", "US", "GB"),
        ("+80012345678", "US", "001"),
    ],
)
def test_a_number_belongs_to_one_country(phone, home, country):
    assert country_of(phone, home) == country


@pytest.mark.parametrize(
    ("country", "name"),
    [("BE", "Belgium"), ("XK", "Kosovo"), ("001", "no country"), ("QQ", "QQ")],
)
def test_a_country_has_an_english_name(country, name):
    assert country_name(country) == name


@pytest.mark.parametrize(
    ("abroad", "sentence"),
    [
        (
            {"BE": 1},
            "1 number is outside the school's country, United States: 1 in Belgium.",
        ),
        (
            {"CA": 1200, "BE": 1},
            (
                "1,201 numbers are outside the school's country, United States: "
                "1,200 in Canada, 1 in Belgium."
            ),
        ),
    ],
)
def test_staff_read_how_many_numbers_lie_in_which_country(abroad, sentence):
    assert abroad_sentence(abroad, "US") == sentence


def test_ten_countries_are_named_and_the_others_counted():
    countries = ["AT", "BE", "CA", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "NL", "PT"]
    words = abroad_sentence(dict.fromkeys(countries, 1), "US")
    assert words.endswith("1 in Ireland, 1 in Italy, and 2 more countries.")

"""Whom a search on the Contacts tab shows: words of names, numbers as people write them, SIDs.

Both databases show the same contacts.
"""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from kit.clock import ManualClock
from kit.recording import Recording, open_views
from kit.store import close_ledger, open_ledger
from kit.stories import (
    CAMPAIGN,
    CONTACT,
    accepted,
    created,
    enrolled,
    forgotten,
    launched,
    of_ben,
    started,
)
from ledger.domain.events import Person
from projections.campaigns.contact_search import COUNTRY_CODES_OF_TWO_DIGITS
from projections.tables.schema import enrolments

pytestmark = pytest.mark.both_databases

SID = "SM" + "0123456789abcdef" * 2
PEOPLE = {
    "ada": ("+14155550101", "Ada Okafor"),
    "ann": ("+14155552277", "Ann Lee 2nd"),
    "zoe": ("+447700900144", "Zoë O\u2019Brien"),
    "jose": ("+33612345678", "Jose\u0301 Weiß"),
    "emile": ("+79123456789", "Émile 100%_Łuk"),
    "soren": ("+36201234567", "Søren Iși 2026"),
    "luz": ("+525512345678", "Luz Pérez"),
    "jorg": ("+4915112345678", "Jörg Mueller"),
}
ALL = list(PEOPLE)


def enrolment(position, key):
    phone, name = PEOPLE[key]
    return replace(
        enrolled(position),
        originator_id=f"del_{key}",
        contact_id=f"con_{key}",
        private=Person(phone=phone, name=name, fields={}),
    )


@pytest.fixture(scope="module")
def matches(shared_database_url, tmp_path_factory):
    """Searches the campaign; returns the keys of the contacts."""
    ledger = open_ledger(shared_database_url, ManualClock())
    view_store = open_views(shared_database_url, tmp_path_factory.mktemp("views"))
    record = Recording(ledger, view_store)
    everybody = [enrolment(position, key) for position, key in enumerate(ALL, start=1)]
    texted = [
        replace(event, originator_id="del_zoe", contact_id="con_zoe")
        for event in (started(), accepted(sid=SID))
    ]
    status = record(created(), *everybody, launched(), *texted).status

    def search(text):
        return [
            row.contact_id.removeprefix("con_") for row in status.contacts(CAMPAIGN, search=text)
        ]

    yield search
    view_store.engine.dispose()
    close_ledger(ledger)


def wrongly_found(matches, expected):
    """Text → the contacts that a search for it shows, where others are expected."""
    return {text: found for text, keys in expected if (found := matches(text)) != keys}


ACCENTS_AND_CAPITALS = [
    ("zoe", ["zoe"]),
    ("ZOË", ["zoe"]),
    ("émile", ["emile"]),
    ("emile", ["emile"]),
    ("ÉMILE", ["emile"]),
    ("José", ["jose"]),
    ("Jose\u0301", ["jose"]),
    ("weiss", ["jose"]),
    ("WEISS", ["jose"]),
    ("łuk", ["emile"]),
    ("luk", ["emile"]),
    ("soren", ["soren"]),
    ("İŞI", ["soren"]),
    ("o'brien", ["zoe"]),
    ("obrien", ["zoe"]),
    ("kafo", ["ada"]),
    ("jorg", ["jorg"]),
    ("joerg", ["jorg"]),
    ("jo\u0308rg mueller", ["jorg"]),
    ("Müller", ["jorg"]),
    ("jorge", []),
]


def test_accents_and_capitals_make_no_difference(matches):
    assert wrongly_found(matches, ACCENTS_AND_CAPITALS) == {}


WORDS = [
    ("okafor ada", ["ada"]),
    ("  ada \t okafor ", ["ada"]),
    ("okafor zoe", []),
    ("okafor 0101", ["ada"]),
    ("0101 okafor", ["ada"]),
    ("(415) 555-0101 ada", ["ada"]),
    ("0101 ann", []),
    (f"brien {SID}", ["zoe"]),
    (f"ada {SID}", []),
    ("2026 4567", ["soren"]),
    ("Okafor, Ada", ["ada"]),
    ('"Ada Okafor"', ["ada"]),
    ("okafor,ada;", ["ada"]),
    ("415 555 0101, Ada", ["ada"]),
    ("Okafor <tel:+14155550101>", ["ada"]),
    (",", []),
]


def test_each_word_matches_by_itself(matches):
    assert wrongly_found(matches, WORDS) == {}


DIGITS = [
    ("2nd", ["ann"]),
    ("Ann 2", ["ann"]),
    ("Ann 1", []),
    ("Ada 1", []),
    ("1", ["emile"]),
    ("415", []),
    ("x4155", []),
    ("2026", ["soren"]),
]


def test_a_digit_among_words_is_not_a_number(matches):
    assert wrongly_found(matches, DIGITS) == {}


NUMBERS = [
    ("+1 415 555", ["ada", "ann"]),
    ("(415) 555-0101", ["ada"]),
    ("1-415-555-0101", ["ada"]),
    ("415.555.0101", ["ada"]),
    ("+1 (415) 555\u20110101", ["ada"]),
    ("\u202a+14155550101\u202c", ["ada"]),
    ("0101", ["ada"]),
    ("555-0101", ["ada"]),
    ("(415) 555", ["ada", "ann"]),
    ("07700 900144", ["zoe"]),
    ("07700 900", ["zoe"]),
    ("+44 (0)7700 900144", ["zoe"]),
    ("00 44 7700 900144", ["zoe"]),
    ("011 44 7700 900144", ["zoe"]),
    ("06 12 34 56 78", ["jose"]),
    ("8 (912) 345-67-89", ["emile"]),
    ("06 20 123 4567", ["soren"]),
    ("٤١٥٥٥٥٠١٠١", ["ada"]),
    ("\uff08\uff14\uff11\uff15\uff09\uff15\uff15\uff15\uff0d\uff10\uff11\uff10\uff11", ["ada"]),
    ("+52 1 55 1234 5678", ["luz"]),
    ("00 521 55 1234 5678", ["luz"]),
    ("5215512345678", ["luz"]),
    ("+4155550101", []),
    ("0700900144", []),
    ("0123456789", []),
    ("0415", []),
    ("0014", ["zoe"]),
]


def test_numbers_are_matched_as_people_write_them(matches):
    assert wrongly_found(matches, NUMBERS) == {}


WILDCARDS = [
    ("%", ["emile"]),
    ("_", ["emile"]),
    ("100%_", ["emile"]),
    ("a%a", []),
    ("a_a", []),
    ("%%%%", []),
    ("\\", []),
    ("/", []),
    ("'", []),
]


def test_no_character_stands_for_others(matches):
    assert wrongly_found(matches, WILDCARDS) == {}


def test_a_sid_must_be_whole(matches):
    assert matches(SID) == ["zoe"]
    assert matches(SID[:-1]) == []


def test_a_blank_search_shows_everybody(matches):
    assert wrongly_found(matches, [(text, ALL) for text in ("", " ", "\t\n", "\u3000")]) == {}


NOBODYS = [
    "a" * 10_000,
    "a " * 5_000,
    "x " * 100,
    "9999 " * 40,
    "\ufdfa" * 200,
    "1 " * 5_000,
    "1" * 10_000,
    "%" * 100,
    "\ud800",
    "\udcff\ud83d",
    "\0",
    "\u200b",
    "zoe\ud800x",
]


def test_a_text_that_can_be_nobodys_shows_nobody(matches):
    assert wrongly_found(matches, [(text, []) for text in NOBODYS]) == {}


def test_a_stray_half_of_a_character_does_not_hide_the_rest(matches):
    assert matches("zo\ud800e\0") == ["zoe"]


def test_forgetting_a_contact_empties_what_is_searched(record):
    views = record(created(), enrolled(), of_ben(enrolled(2)), launched(), forgotten())
    assert [row.contact_id for row in views.status.contacts(CAMPAIGN, search="lovelace")] == []
    columns = enrolments.c.contact_id, enrolments.c.folded_name
    with views.view_store.engine.connect() as connection:
        rows = dict(connection.execute(sa.select(*columns)).all())
    assert rows == {CONTACT: "", "con_ben": "ben okri"}


def test_country_codes_are_as_long_as_the_numbering_plan_says():
    codes = [str(code) for code in COUNTRY_CODE_TO_REGION_CODE]
    assert [code for code in codes if len(code) == 1] == ["1", "7"]
    assert [code for code in codes if len(code) == 2] == list(COUNTRY_CODES_OF_TWO_DIGITS)

"""Whom the search over all campaigns finds, and that its index holds what a rebuild holds."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from kit.clock import ManualClock
from kit.recording import Recording, open_views
from kit.store import close_ledger, open_ledger
from kit.stories import created, enrolled, forgotten, launched, wrote
from ledger.domain.events import ContactFileRecorded, FileHeadings, Person
from ledger.domain.vocabulary import IdKind
from projections.people.search import PeopleSearch
from projections.people.tables import metadata

pytestmark = pytest.mark.both_databases

PEOPLE = {
    "ada": ("+14155550101", "Ada Okafor"),
    "ann": ("+14155552277", "Ann-Lena Lee 2nd"),
    "zoe": ("+447700900144", "Zoë O\u2019Brien"),
    "jorg": ("+4915112345678", "Jörg Mueller"),
    "okan": ("+14155550177", "Okan Ada Baker"),
}


def enrolment(position, key):
    phone, name = PEOPLE[key]
    return replace(
        enrolled(position),
        originator_id=f"del_{key}",
        contact_id=f"con_{key}",
        private=Person(phone=phone, name=name, fields={}),
    )


@pytest.fixture(scope="module")
def record(shared_database_url, tmp_path_factory):
    ledger = open_ledger(shared_database_url, ManualClock())
    view_store = open_views(shared_database_url, tmp_path_factory.mktemp("views"))
    record = Recording(ledger, view_store)
    everybody = [enrolment(position, key) for position, key in enumerate(PEOPLE, start=1)]
    record(created(), *everybody, launched())
    record.views.follow()
    yield record
    view_store.engine.dispose()
    close_ledger(ledger)


def found(record, text, limit=10):
    answer = PeopleSearch(record.view_store.engine).find(text, limit)
    return [contact_id.removeprefix("con_") for contact_id in answer.contact_ids]


FINDS = [
    ("zoe", ["zoe"]),
    ("o'brien ZOË", ["zoe"]),
    ("obr", ["zoe"]),
    ("lena", ["ann"]),
    ("ann-l", ["ann"]),
    ("Müller", ["jorg"]),
    ("joerg", ["jorg"]),
    ("ada", ["ada", "okan"]),
    ("oka ada", ["ada", "okan"]),
    ("kafor", []),
    ("0101", ["ada"]),
    ("5550", ["ada", "okan"]),
    ("ada 0177", ["okan"]),
    ("(415) 555-0101", ["ada"]),
    ("+1 415 555", ["ada", "ann", "okan"]),
    ("07700 900144", ["zoe"]),
    ("0151 12345678", ["jorg"]),
    ("2nd", ["ann"]),
    ("101", []),
    ("%", []),
    ("", []),
    ("ada" * 100, []),
]


def test_a_search_finds_beginnings_of_words_and_runs_of_digits(record):
    wrong = {text: found(record, text) for text, keys in FINDS if found(record, text) != keys}
    assert wrong == {}


def test_a_search_says_that_there_are_more(record):
    assert PeopleSearch(record.view_store.engine).find("ada", 1).has_more


def test_the_index_is_that_of_a_rebuild(record):
    assert list(record.views.differences()) == []


def rows(record):
    with record.view_store.engine.connect() as connection:
        return [
            row for table in metadata.sorted_tables for row in connection.execute(sa.select(table))
        ]


def test_a_forgetting_removes_a_person_at_once_and_a_later_enrolment_brings_them_back(
    shared_database_url, tmp_path_factory, record
):
    record(replace(forgotten(), originator_id="con_ann"))
    assert found(record, "lena") == []
    assert not [row for row in rows(record) if "lee" in str(row)]
    again = replace(enrolment(9, "ann"), originator_id="del_again")
    record(again, replace(wrote("Hello"), originator_id="con_new"))
    record.views.follow()
    assert found(record, "lena") == ["ann"]
    assert list(record.views.differences()) == []
    record.views.rebuild()
    assert found(record, "lena") == ["ann"]
    assert list(record.views.differences()) == []


def with_ids(position, key, *cells):
    event = enrolment(position, key)
    rows = ((position, cells),)
    return replace(
        event, originator_id=f"del_{key}_{position}", private=replace(event.private, rows=rows)
    )


def test_the_schools_ids_find_all_guardians_of_a_student(record):
    columns = {IdKind.STUDENT: (0,), IdKind.HOUSEHOLD: (1,)}
    headings = FileHeadings(headings=("Student ID", "Family ID", "Phone"))
    file = ContactFileRecorded(
        originator_id="fil_1",
        originator_version=0,
        actor="staff",
        campaign_id=created().campaign_id,
        private=headings,
        id_columns=columns,
    )
    record(file, with_ids(21, "ada", "S-20114", "H-1"), with_ids(22, "zoe", "S-20114", ""))
    record.views.follow()
    assert found(record, "s-20114") == found(record, "20114") == ["ada", "zoe"]
    search = PeopleSearch(record.view_store.engine)
    assert search.relatives(["con_ada"]) == ["con_zoe"]
    assert search.school_ids(["con_ada"])["con_ada"].households == ("H-1",)
    assert list(record.views.differences()) == []
    record(replace(forgotten(), originator_id="con_zoe"))
    assert search.relatives(["con_ada"]) == []
    assert list(record.views.differences()) == []

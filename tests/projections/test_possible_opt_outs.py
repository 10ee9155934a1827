"""The texts that wait for a decision on an opt-out: which are listed, and until when."""

from datetime import UTC, date, datetime

import pytest

from kit.clock import MONDAY
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.contacts import DismissPossibleOptOut

pytestmark = pytest.mark.both_databases

TEXT = "I get too many of these"


def waiting(world):
    world.catch_up()
    return world.app.possible_opt_outs.waiting()


def sids(world):
    return [text.message_sid for text in waiting(world)]


def test_a_text_is_listed_with_its_person_and_its_deadline(world):
    world.launch([ADA])
    world.inbound(TEXT, sid="SM1")
    (text,) = waiting(world)
    assert (text.contact_id, text.phone, text.name) == (world.contact(), ADA, "Ada Lovelace")
    assert (text.text, text.message_sid, text.received_at) == (TEXT, "SM1", MONDAY)
    assert (text.due_on, text.forgotten_at) == (date(2026, 3, 16), None)
    assert text.due_by == datetime(2026, 3, 16, 23, 59, 59, tzinfo=UTC)


def test_a_person_who_was_never_texted_is_listed_by_number(world):
    world.inbound(TEXT)
    (text,) = waiting(world)
    assert (text.phone, text.name) == (ADA, "")


def test_the_oldest_comes_first_and_all_are_counted(world):
    for number, phone in enumerate((CLEO, ADA, BEN)):
        world.inbound(TEXT, phone=phone, sid=f"SM{number}")
    assert sids(world) == ["SM0", "SM1", "SM2"]
    assert [text.message_sid for text in world.app.possible_opt_outs.waiting(2)] == ["SM0", "SM1"]
    assert world.app.possible_opt_outs.count() == 3
    of_ada = world.app.possible_opt_outs.of_contacts([world.contact(ADA)])
    assert [text.message_sid for text in of_ada] == ["SM1"]


@pytest.mark.parametrize("body", ["Thanks", "STOP", "please stop", "START", "HELP"])
def test_no_other_text_is_listed(world, body):
    world.inbound(body)
    assert sids(world) == []


def by_staff(world):
    world.opt_out()


def by_stop(world):
    world.inbound("STOP", sid="SM8")


def by_words(world):
    world.inbound("please stop", sid="SM8")


def by_dismissal(world):
    world.execute(DismissPossibleOptOut(world.contact(), STAFF))


def by_forgetting(world):
    world.forget()


@pytest.mark.parametrize("end", [by_staff, by_stop, by_words, by_dismissal, by_forgetting])
def test_a_text_leaves_the_list(world, end):
    world.inbound(TEXT, sid="SM1")
    world.inbound(TEXT, sid="SM2", phone=BEN)
    end(world)
    assert sids(world) == ["SM2"]


def test_a_later_text_is_listed_again(world):
    world.inbound(TEXT, sid="SM1")
    by_dismissal(world)
    world.inbound(TEXT, sid="SM2")
    assert sids(world) == ["SM2"]


def test_a_text_of_an_opted_out_number_asks_for_nothing_new(world):
    world.opt_out()
    world.inbound(TEXT, sid="SM1")
    world.opt_in()
    assert sids(world) == []
    world.inbound(TEXT, sid="SM2")
    assert sids(world) == ["SM2"]


def test_a_text_of_a_forgotten_person_is_listed_without_its_words(world, clock):
    world.inbound("Hello", sid="SM1")
    world.forget()
    world.inbound(TEXT, sid="SM2")
    (text,) = waiting(world)
    assert (text.text, text.phone, text.name) == ("", "", "")
    assert text.forgotten_at == clock.now()


def test_a_rebuild_gives_the_same_rows(world):
    for number, phone in enumerate((ADA, BEN, CLEO, ADA)):
        world.inbound(TEXT, phone=phone, sid=f"SM{number}")
    world.opt_out(CLEO)
    world.inbound(TEXT, phone=CLEO, sid="SM8")
    world.execute(DismissPossibleOptOut(world.contact(ADA), STAFF, "SM0"))
    assert sids(world) == ["SM1", "SM3"]
    assert list(world.app.views.differences()) == []


def test_rows_do_not_depend_on_where_a_range_of_events_ends(world):
    steps = [
        lambda: world.inbound(TEXT, sid="SM1"),
        lambda: world.inbound("STOP", sid="SM2"),
        lambda: world.inbound(TEXT, sid="SM3"),
        lambda: world.inbound("START", sid="SM4"),
        lambda: world.inbound(TEXT, sid="SM5"),
    ]
    for step in steps:
        step()
        world.catch_up()
    assert sids(world) == ["SM5"]
    assert list(world.app.views.differences()) == []


def test_the_deadline_is_in_the_schools_time_zone(database_url, clock, provider):
    clock.advance(hours=4)  # Tuesday in Auckland, Monday in UTC
    world = World.open(database_url, clock, provider, LEDGER_TIME_ZONE="Pacific/Auckland")
    world.inbound(TEXT)
    (text,) = waiting(world)
    world.close()
    assert text.due_on == date(2026, 3, 17)

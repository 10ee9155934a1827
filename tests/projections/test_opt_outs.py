"""The list of opt-outs in force: which are listed, in which order, and how they are searched."""

from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.world import ADA, BEN, CLEO, STAFF
from ledger.commands.contacts import OptOut
from ledger.domain.vocabulary import OptOutMeans

pytestmark = pytest.mark.both_databases


def entries(world):
    world.catch_up()
    return list(world.app.opt_outs.all(2))


def phones(world):
    return [entry.phone for entry in entries(world)]


def page(world, **options):
    world.catch_up()
    return world.app.opt_outs.page(**{"size": 2} | options)


def test_an_opt_out_is_listed_with_person_source_means_and_time(world, clock):
    world.launch([ADA])
    asked_at = MONDAY - timedelta(days=2)
    clock.advance(hours=1)
    world.execute(
        OptOut(world.contact(), STAFF, ADA, means=OptOutMeans.LETTER, received_at=asked_at)
    )
    (entry,) = entries(world)
    assert (entry.contact_id, entry.phone, entry.name) == (world.contact(), ADA, "Ada Lovelace")
    assert (entry.source, entry.means, entry.opted_out_at) == ("staff", "letter", asked_at)
    assert (entry.recorded_at, entry.forgotten_at) == (clock.now(), None)


def test_without_a_time_of_its_own_it_has_the_time_of_the_recording(world):
    world.inbound("STOP")
    (entry,) = entries(world)
    assert (entry.source, entry.means, entry.opted_out_at) == ("inbound", None, MONDAY)


def test_a_number_that_was_never_texted_is_listed(world):
    world.opt_out(BEN)
    (entry,) = entries(world)
    assert (entry.phone, entry.name) == (BEN, "")


def test_the_newest_comes_first(world):
    for phone in (ADA, BEN, CLEO):
        world.opt_out(phone)
    assert phones(world) == [CLEO, BEN, ADA]
    assert world.app.opt_outs.count() == 3


def test_an_opt_in_takes_all_opt_outs_of_the_number_off_the_list(world):
    world.inbound("please stop", sid="SM1")
    world.opt_out(ADA)
    world.opt_out(BEN)
    assert phones(world) == [BEN, ADA, ADA]
    world.opt_in(ADA)
    assert phones(world) == [BEN]


def test_a_forgotten_contact_stays_on_the_list_without_number_and_name(world, clock):
    world.launch([ADA])
    world.opt_out()
    clock.advance(days=1)
    world.forget()
    (entry,) = entries(world)
    assert (entry.phone, entry.name, entry.forgotten_at) == ("", "", clock.now())


def test_pages_go_on_in_both_directions(world):
    for phone in (ADA, BEN, CLEO, "+14155550104"):
        world.opt_out(phone)
    first = page(world)
    assert (len(first.rows), first.previous_after) == (2, None)
    second = page(world, before=first.next_before)
    assert [row.phone for row in second.rows] == [BEN, ADA]
    assert second.next_before is None
    again = page(world, after=second.previous_after)
    assert [row.seq for row in again.rows] == [row.seq for row in first.rows]
    assert again.previous_after is None


@pytest.mark.parametrize("words", ["555-0102", "(415) 555 0102", "+14155550102", "ben", "OKRI bén"])
def test_a_search_goes_by_number_or_name(world, words):
    world.launch([ADA, BEN])
    world.opt_out(ADA)
    world.opt_out(BEN)
    assert [row.phone for row in page(world, search=words).rows] == [BEN]


def test_a_search_for_nothing_that_is_there_is_empty(world):
    world.opt_out(ADA)
    assert page(world, search="999").rows == []


def test_a_rebuild_gives_the_same_rows(world):
    for phone in (ADA, BEN, CLEO):
        world.opt_out(phone)
        world.catch_up()
    world.opt_in(BEN)
    assert phones(world) == [CLEO, ADA]
    assert list(world.app.views.differences()) == []

"""Importing opt-outs: what is recorded, what is counted, and that a repeat changes nothing."""

from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.world import ADA, BEN, CLEO, STAFF
from ledger.commands.opt_out_import import count_new_opt_outs, import_opt_outs
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import OptOutMeans, OptOutSource
from ledger.messages.opt_out_file import OptOutRow

pytestmark = pytest.mark.both_databases


def opt_out(phone=ADA, source=OptOutSource.STAFF, means=None, received_at=None):
    return OptOutRow(2, phone, source, means, received_at)


def imported(world, *rows):
    done = import_opt_outs(world.app.ledger, rows, STAFF)
    return (done.recorded, done.already, done.withdrawn)


def contact(world, phone=ADA):
    return world.app.ledger.reader.load(Contact, world.contact(phone))


def test_an_import_records_source_means_time_and_who_did_it(world):
    asked_at = MONDAY - timedelta(days=3)
    assert imported(world, opt_out(means=OptOutMeans.LETTER, received_at=asked_at)) == (1, 0, 0)
    event = world.last(world.contact()).event
    assert (event.source, event.means, event.received_at) == ("staff", "letter", asked_at)
    assert (event.actor, event.is_imported, event.private.phone) == (STAFF, True, ADA)


def test_what_waits_is_withdrawn_in_the_same_commit(world):
    delivery_id = world.delivery(world.launch([ADA, BEN]))
    assert imported(world, opt_out(), opt_out(CLEO)) == (2, 0, 1)
    assert world.row(delivery_id).failed_reason == "opted_out"


def test_nothing_is_sent_to_an_imported_number(world, provider):
    imported(world, opt_out())
    world.launch([ADA, BEN])
    world.send()
    assert [text.to for text in provider.sent] == [BEN]


def test_a_repeat_records_nothing(world):
    rows = [opt_out(), opt_out(BEN, OptOutSource.INBOUND)]
    assert imported(world, *rows) == (2, 0, 0)
    head = world.app.ledger.reader.head()
    assert imported(world, *rows) == (0, 2, 0)
    assert world.app.ledger.reader.head() == head


def test_a_number_listed_twice_is_recorded_once(world):
    assert imported(world, opt_out(), opt_out()) == (1, 1, 0)


def test_the_strictest_opt_out_of_an_export_stays_in_force(world):
    """An export lists the newest first: staff recorded the opt-out after the person's text."""
    rows = [opt_out(source=OptOutSource.STAFF), opt_out(source=OptOutSource.WORDS)]
    assert imported(world, *rows) == (2, 0, 0)
    assert contact(world).opt_out_sources == ("words", "staff")
    world.inbound("Yes", sid="SM1")
    assert contact(world).is_opted_out


def test_a_large_import_goes_in_parts(world):
    rows = [opt_out(f"+1415555{number:04}") for number in range(60)]
    seen = []
    import_opt_outs(
        world.app.ledger, rows, STAFF, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(25, 60), (50, 60), (60, 60)]
    assert contact(world, rows[0].phone).is_opted_out
    assert contact(world, rows[-1].phone).is_opted_out


def test_the_check_counts_what_the_import_records(world):
    world.opt_out(BEN)
    rows = [
        *(opt_out(), opt_out(), opt_out(BEN), opt_out(CLEO, OptOutSource.INBOUND)),
        *(opt_out(CLEO, OptOutSource.WORDS), opt_out(BEN, OptOutSource.PROVIDER)),
    ]
    ledger = world.app.ledger
    counted = count_new_opt_outs(ledger.reader, ledger.identity, rows, STAFF)
    assert counted == imported(world, *rows)[0] == 4


def test_an_opt_in_lifts_an_imported_opt_out(world):
    imported(world, opt_out())
    world.inbound("START", sid="SM1")
    assert not contact(world).is_opted_out


def test_the_number_of_a_forgotten_contact_is_opted_out_and_not_stored(world):
    world.launch([ADA])
    world.forget()
    assert imported(world, opt_out())[0] == 1
    event = world.last(world.contact()).event
    assert event.private is None
    assert contact(world).is_opted_out

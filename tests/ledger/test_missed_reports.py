"""After the store was away: texts whose callbacks it may have missed are asked about at once."""

import threading
from datetime import timedelta

import pytest

from kit.clock import Hurried
from kit.provider import provider_record, sid
from kit.store import ledger_file
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus
from ledger.sending.cursors import Cursors
from ledger.sending.missed_reports import MissedReports

PENDING, DELIVERED, _FAILED = DeliveryStatus
LONG, SHORT = timedelta(seconds=20), timedelta(seconds=3)


class Steps(threading.Event):
    """A stop that does the next of these things at each pause, and is set after the last."""

    def __init__(self, *acts):
        super().__init__()
        self.acts = list(acts)

    def wait(self, _timeout=None):
        if not self.acts:
            return True
        self.acts.pop(0)()
        return False


@pytest.fixture
def ada(world, provider, clock):
    """A text that Twilio took, delivered, and whose callback was missed."""
    delivery_id = world.delivery(world.launch())
    world.send()
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(1), status="delivered")]
    return delivery_id


@pytest.fixture
def file(world, tmp_path):
    return ledger_file(tmp_path)


def nothing():
    """Let a second pass."""


def away(file, clock, seconds):
    """Let the ledger's file be away for that time, and back for two passes."""
    aside = file.with_name("aside")

    def come_back():
        clock.advance(seconds)
        aside.rename(file)

    return [nothing, lambda: file.rename(aside), come_back, nothing, nothing]


def run(maintenance, *acts):
    maintenance.stop = Steps(*acts)
    maintenance.run()


def test_what_was_missed_while_the_store_was_away_is_asked_about(world, clock, ada, file):
    run(world.maintenance(), *away(file, clock, LONG))
    assert world.row(ada).status is DELIVERED
    assert world.topics(ada)[-1] == "StatusFetched"


def test_what_twilio_posts_again_is_not_asked_about(world, provider, clock, ada, file):
    run(world.maintenance(), *away(file, clock, SHORT))
    assert provider.asked_about == []


def test_a_store_that_never_was_away_starts_no_questions(world, provider, clock, ada):
    run(world.maintenance(), nothing, lambda: clock.advance(LONG), nothing)
    assert provider.asked_about == []


def test_texts_accepted_long_before_are_left_to_their_hour(world, provider, clock, ada, file):
    clock.advance(minutes=11)
    ben = world.delivery(world.launch([BEN]), BEN)
    world.send()
    provider.records[BEN] = [provider_record(clock.now(), sid=sid(2), to=BEN, status="delivered")]
    run(world.maintenance(), *away(file, clock, LONG))
    assert [world.row(each).status for each in (ada, ben)] == [PENDING, DELIVERED]


def test_each_outage_is_asked_about(world, provider, clock, ada, file):
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(1), status="sent")]
    maintenance = world.maintenance()
    run(maintenance, *away(file, clock, LONG))
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(1), status="delivered")]
    run(maintenance, *away(file, clock, LONG))
    assert world.row(ada).status is DELIVERED
    assert provider.asked_about == [sid(1), sid(1)]


def test_it_asks_again_where_twilio_cannot_be_asked(world, provider, clock, ada, file):
    maintenance = world.maintenance(Hurried())
    provider.is_down = True
    run(maintenance, *away(file, clock, LONG))
    provider.is_down, maintenance._ask_missed_at = False, 0.0  # a minute later
    maintenance.quiet.is_expected_to_change()
    run(maintenance, nothing, nothing)
    assert world.row(ada).status is DELIVERED


# Several processes.


@pytest.fixture
def process(world, clock):
    """Return what makes the part of another process."""

    def make():
        return MissedReports(
            reconciler=world.app.sending.reconciler(Hurried()),
            cursors=Cursors(world.app.sending_engine, clock),
            clock=clock,
        )

    return make


def note_outage(clock, *processes):
    for each in processes:
        each.note_unavailable()
    clock.advance(LONG)
    for each in processes:
        each.note_available()


def test_one_of_several_processes_asks(provider, clock, ada, process):
    first, second = process(), process()
    note_outage(clock, first, second)
    for each in (first, second, first, second):
        each.ask()
    clock.advance(seconds=61)
    second.ask()
    assert provider.asked_about == [sid(1)]


def test_another_process_asks_in_place_of_one_that_crashed(provider, clock, ada, process):
    crashed, other = process(), process()
    note_outage(clock, crashed, other)
    crashed.cursors.lease("after the store was away")
    other.ask()
    assert provider.asked_about == []
    clock.advance(seconds=61)
    other.ask()
    assert provider.asked_about == [sid(1)]

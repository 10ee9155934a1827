"""Before anything is sent: what Twilio has and the ledger must have lost, and what it may have."""

from datetime import timedelta

import pytest

from kit.provider import provider_record, sid
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.commands.repository import sending_switch
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import Settlement, StopCause
from ledger.errors import ProviderError
from ledger.providers.contract import UnknownOutcome

pytestmark = pytest.mark.both_databases


def is_stopped(world: World) -> bool:
    return sending_switch(world.app.ledger.reader).cause is StopCause.LEDGER_CUT


def has(provider, at, **changed) -> None:
    """Twilio has this text, which no event of the ledger has."""
    record = provider_record(at, **changed)
    provider.records[record.to].append(record)


@pytest.mark.parametrize("words", ["Hello Ada", "Other words", ""])
def test_a_text_to_somebody_who_waits_stops_all_sending(world, provider, clock, words):
    world.launch([ADA])
    clock.advance(minutes=5)
    has(provider, clock.now(), body=words)
    clock.advance(hours=1)
    assert world.sender().run_once().attempts == 0
    assert is_stopped(world)
    assert provider.sent == []


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (5, {"to": BEN}),  # never waits here
        (5, {"is_from_us": False, "body": "Other words"}),
        (-5, {"is_from_us": False}),  # before the enrolment
        (-5, {"body": "Other words"}),
    ],
)
def test_texts_of_other_programs_stop_nothing(world, provider, clock, hours, text):
    world.inbound("The ledger's first event")
    clock.advance(hours=6)
    world.launch([ADA])
    has(provider, clock.now() + timedelta(hours=hours), **text)
    clock.advance(hours=6)
    assert world.sender().run_once().attempts == 1
    assert not is_stopped(world)


def test_the_same_words_to_a_contact_of_a_repeated_launch_stop_all_sending(world, provider, clock):
    """The launch was lost as well, and staff repeated it before the sender started."""
    world.inbound("The ledger's first event")
    clock.advance(hours=1)
    has(provider, clock.now())
    clock.advance(hours=1)
    world.launch([ADA])
    assert world.sender().run_once().attempts == 0
    assert is_stopped(world)


def test_the_same_words_from_another_sender_stop_all_sending(world, provider, clock):
    """Staff may have changed the sender when they restored the machine."""
    world.launch([ADA])
    clock.advance(minutes=5)
    has(provider, clock.now(), is_from_us=False)
    assert world.sender().run_once().attempts == 0
    assert is_stopped(world)


def test_what_is_in_the_ledger_stops_nothing(world, provider, clock):
    delivery_id = world.delivery(world.launch([ADA]))
    world.send()
    world.callback(delivery_id, status="undelivered", code="30001")
    has(provider, clock.now(), sid=world.sid_of(delivery_id))
    clock.advance(hours=1)
    assert world.sender().run_once().attempts == 1


def test_a_sender_compares_once_and_asks_about_eight_numbers_at_most(world, provider):
    world.launch([f"+1415555{number:04}" for number in range(20)])
    sender = world.sender()
    sender.run_once()
    sender.run_once()
    assert [len(numbers) for numbers in provider.asked_numbers] == [8]


def test_the_search_begins_at_the_newest_text_that_the_ledger_knows(world, provider, clock):
    for name in ("First", "Second"):
        world.launch([ADA], name=name)
        world.send()
        clock.advance(minutes=1)
    world.sender().run_once()
    assert provider.asked_after == [None, sid(1), sid(2)]


@pytest.mark.parametrize(("seconds", "stops"), [(0, True), (59, True), (600, False)])
def test_a_lost_text_may_be_dated_a_little_before_the_newest_known_one(
    world, provider, clock, seconds, stops
):
    """What is dated much earlier was there before the newest known text was sent."""
    tomorrow = Schedule(starts_at=clock.now() + timedelta(days=1))
    world.launch([CLEO], name="waits", timing=tomorrow)
    clock.advance(hours=1)
    world.launch([ADA])
    world.send()
    has(provider, clock.now(), sid=sid(1))
    has(provider, clock.now() - timedelta(seconds=seconds), sid=sid(70), to=CLEO)
    clock.advance(minutes=1)
    world.sender().run_once()
    assert is_stopped(world) is stops


def test_a_callback_about_a_lost_text_is_not_where_the_search_begins(world, provider, clock):
    """After a restore, callbacks may tell of texts that were lost."""
    delivery_id = world.delivery(world.launch([ADA]))
    world.callback(delivery_id, sid=sid(77))
    world.launch([BEN], name="Second")
    world.sender().run_once()
    assert provider.asked_after == [None]


def test_many_texts_to_strangers_hide_no_lost_one(world, provider, clock):
    world.launch([ADA, BEN])
    for number in range(700):
        has(provider, clock.now(), sid=sid(1000 + number), to=f"+1415557{number:04}")
    has(provider, clock.now(), to=BEN)
    assert world.sender().run_once().attempts == 0
    assert is_stopped(world)


@pytest.fixture
def unanswered(world, provider):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    delivery_id = world.delivery(world.launch([ADA]))
    world.send()
    return delivery_id


def test_the_text_of_an_unknown_outcome_stops_nothing(world, provider, clock, unanswered):
    has(provider, clock.now(), body="changed by Twilio")
    clock.advance(minutes=1)
    world.sender().run_once()
    assert not is_stopped(world)


def test_a_second_text_beside_an_unknown_outcome_stops_all_sending(
    world, provider, clock, unanswered
):
    for number in (77, 78):
        has(provider, clock.now(), sid=sid(number))
    clock.advance(minutes=1)
    world.sender().run_once()
    assert is_stopped(world)


def test_a_text_about_which_staff_decided_stops_nothing(world, provider, clock, unanswered):
    has(provider, clock.now() + timedelta(minutes=40), body="Other words")
    clock.advance(hours=5)
    world.maintenance().run_once()
    world.settle(unanswered, Settlement.RESEND)
    assert world.sender().run_once().attempts == 1
    assert not is_stopped(world)


def test_what_was_reconciled_stops_nothing_again(world, provider, clock):
    world.launch([ADA])
    has(provider, clock.now() + timedelta(minutes=5), body="Other words")
    clock.advance(hours=1)
    world.sender().run_once()
    reconciler = world.app.sending.reconciler(world.sender().stop)
    reconciler.recover(sending_switch(world.app.ledger.reader).lost_since)
    world.allow_sending()
    clock.advance(hours=1)
    world.sender().run_once()
    assert not is_stopped(world)
    assert provider.sent == []


def test_a_closed_campaign_stops_nothing(world, provider, clock):
    campaign_id = world.launch([ADA])
    world.close_campaign(campaign_id)
    has(provider, clock.now())
    world.launch([BEN], name="other")
    clock.advance(hours=1)
    assert world.sender().run_once().attempts == 1


def test_a_text_to_somebody_in_an_unfinished_launch_stops_all_sending(world, provider, clock):
    """The backup was made during the launch, and the same launch may complete it."""
    world.begin_launch([ADA])
    has(provider, clock.now())
    world.launch([BEN], name="other")
    assert world.sender().run_once().attempts == 0
    assert is_stopped(world)


def test_a_launch_that_was_given_up_stops_nothing(world, provider, clock):
    world.begin_launch([ADA])
    has(provider, clock.now())
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    world.launch([BEN], name="other")
    assert world.sender().run_once().attempts == 1


def test_nothing_is_sent_while_twilio_cannot_be_asked(world, provider):
    world.launch([ADA])
    provider.is_silent = True
    sender = world.sender()
    with pytest.raises(ProviderError, match=r"^Nothing was sent\. The fake cannot be asked now\. "):
        sender.run_once()
    assert provider.sent == []
    provider.is_silent = False
    assert sender.run_once().attempts == 1


class _Patience:
    """Ends a sender's run at its n-th wait, and lets Twilio answer before."""

    def __init__(self, provider, waits):
        self.provider, self.waits = provider, waits

    def is_set(self):
        return self.waits <= 0

    def wait(self, _seconds):
        self.waits -= 1
        if self.waits == 2:
            self.provider.is_silent = False
        return self.is_set()


def test_a_running_sender_waits_for_twilio_and_then_sends(world, provider, caplog):
    world.launch([ADA])
    provider.is_silent = True
    world.sender(_Patience(provider, 8)).run()
    assert [text.to for text in provider.sent] == [ADA]
    assert caplog.text.count("Nothing was sent. The fake cannot be asked now.") == 1


def test_an_empty_ledger_asks_nothing(world, provider):
    provider.is_silent = True
    assert world.sender().run_once().attempts == 0

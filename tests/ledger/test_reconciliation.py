"""Reconciling: what callbacks never told is asked for, at its times, and nothing is said twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kit.clock import Hurried
from kit.provider import provider_record, sid
from kit.world import ADA, BEN, CLEO
from ledger.clock import EPOCH
from ledger.domain.events import StatusFetched
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import ProviderError
from ledger.providers.contract import UnknownOutcome
from ledger.sending.cursors import cursors
from ledger.sending.reconciliation import PAGE, Reconciled
from ledger.sending.worklist import TextCursor
from ledger.store.engine import reading

PENDING, DELIVERED, FAILED = DeliveryStatus
MANY = [f"+1415559{number:04}" for number in range(PAGE + 20)]


@pytest.fixture
def ada(world, provider, clock):
    """A text that Twilio took, delivered, and never told of."""
    delivery_id = world.delivery(world.launch())
    world.send()
    knows(provider, clock, status="delivered")
    return delivery_id


def knows(provider, clock, **changed):
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(1), **changed)]


def reconcile(world, **options):
    return world.app.sending.reconciler(Hurried()).reconcile(**options)


def asked(world, provider, clock, hours):
    """After which of these hours, one by one, the maintenance asks about something."""
    found, reconciler, passed = [], world.app.sending.reconciler(Hurried()), 0
    for hour in hours:
        clock.advance(hours=hour - passed)
        passed = hour
        before = len(provider.asked_about)
        while reconciler.reconcile_next_page():
            pass
        found += [hour] * (len(provider.asked_about) - before)
    return found


# What is learnt.


def test_what_twilio_knows_counts_as_a_callback_does(world, ada):
    assert reconcile(world) == Reconciled(asked=1, news=1)
    assert world.row(ada).status is DELIVERED
    assert world.topics(ada)[-1] == "StatusFetched"


def test_a_failure_comes_with_its_code(world, provider, clock, ada):
    knows(provider, clock, status="undelivered", code="30006")
    reconcile(world)
    row = world.row(ada)
    assert (row.status, row.failed_reason) == (FAILED, Reason.UNREACHABLE_NUMBER)


def test_an_answer_with_nothing_new_appends_nothing(world, provider, clock, ada):
    knows(provider, clock, status="sent")
    before = world.topics(ada)
    assert reconcile(world) == Reconciled(asked=1)
    assert world.topics(ada) == before


def test_price_and_segments_are_news_once(world, provider, clock, ada):
    knows(provider, clock, status="sent", price="-0.0079", currency="USD", segments=1)
    assert [reconcile(world).news, reconcile(world).news] == [1, 0]
    event = world.last(ada).event
    assert isinstance(event, StatusFetched)
    assert (event.price, event.currency, event.segments) == ("-0.0079", "USD", 1)


def test_a_text_that_twilio_has_no_record_of_stays_as_it_is(world, provider, ada):
    provider.records.clear()
    assert reconcile(world) == Reconciled(asked=1, unknown=1)
    assert world.row(ada).status is PENDING


# What is asked about.


def test_sent_is_not_final_and_delivered_is(world, provider, ada):
    world.callback(ada, status="sent")
    assert reconcile(world).asked == 1
    assert reconcile(world).asked == 0


def test_waiting_texts_and_unknown_outcomes_have_no_sid_to_ask_by(world, provider):
    provider.will_answer(ADA, UnknownOutcome(cause="timed out"))
    world.launch([ADA])
    world.send()
    world.launch([BEN], name="not sent yet")
    assert reconcile(world).asked == 0


def test_archived_campaigns_are_left_alone(world, ada):
    world.archive(world.row(ada).campaign_id)
    assert reconcile(world).asked == 0


def test_a_closed_campaign_is_asked_about_all_the_same(world, ada):
    world.close_campaign(world.row(ada).campaign_id)
    assert reconcile(world).news == 1


def test_of_one_campaign_alone(world, provider, ada):
    other = world.launch([BEN], name="other")
    world.send()
    assert reconcile(world, campaign_id=other).asked == 1
    assert provider.asked_about == [sid(2)]


def test_only_what_twilio_has_had_for_long_enough(world, clock, ada):
    clock.advance(hours=11)
    assert reconcile(world, older_than=timedelta(hours=12)).asked == 0
    clock.advance(hours=1)
    assert reconcile(world, older_than=timedelta(hours=12)).asked == 1


def test_the_longest_taken_is_asked_about_first(world, provider, clock):
    for phone in (CLEO, ADA, BEN):
        world.launch([phone], name=phone)
        world.send()
        clock.advance(minutes=1)
    carried = world.app.sending.worklist.accepted_texts
    assert [text.sid for text in carried(TextCursor(EPOCH), clock.now(), 10)] == [
        sid(1),
        sid(2),
        sid(3),
    ]


def test_more_than_a_page_is_asked_about_once_each(world, provider):
    world.launch(MANY)
    world.send()
    told = []
    assert reconcile(world, progress=told.append).asked == len(MANY)
    assert provider.asked_about[0] == "a page"
    assert sorted(provider.asked_about[1:]) == [sid(n + 1) for n in range(len(MANY))]
    assert told == [0, PAGE, len(MANY)]


def test_many_texts_are_found_in_twilios_list_and_only_the_others_are_asked_about(
    world, provider, clock
):
    world.launch(MANY)
    world.send()
    for number, phone in enumerate(MANY[:-1]):
        text = provider_record(clock.now(), sid=sid(number + 1), to=phone, status="delivered")
        provider.records[phone] = [text]
    provider.page_size = 50
    done = reconcile(world)
    assert (done.asked, done.news, done.unknown) == (len(MANY), len(MANY) - 1, 1)
    assert provider.asked_about == ["a page", "a page", "a page", sid(len(MANY))]


def test_a_list_that_is_long_is_not_read_to_its_end(world, provider, clock):
    """Another program has sent more since than a tenth of the texts in pages."""
    world.launch(MANY)
    world.send()
    provider.records[BEN] = [provider_record(clock.now(), sid=sid(1000 + n)) for n in range(90)]
    provider.page_size = 2
    assert reconcile(world).asked == len(MANY)
    assert provider.asked_about.count("a page") == len(MANY) // 10


# By itself.


def test_it_asks_after_1_12_and_24_hours_and_then_daily_for_a_week(world, provider, clock, ada):
    provider.records.clear()
    found = asked(world, provider, clock, range(1, 300))
    assert found == [1, 12, 24, 48, 72, 96, 120, 144, 168]


def test_a_long_absence_asks_about_nothing_twice(world, provider, clock, ada):
    provider.records.clear()
    assert asked(world, provider, clock, [100, 101]) == [100]


def test_what_became_final_is_not_asked_about_again(world, provider, clock, ada):
    assert asked(world, provider, clock, range(1, 30)) == [1]


def test_two_processes_do_not_ask_twice(world, provider, clock, ada):
    clock.advance(hours=1)
    other = world.again()
    assert world.app.sending.reconciler(Hurried()).reconcile_next_page()
    assert not other.app.sending.reconciler(Hurried()).reconcile_next_page()
    assert len(provider.asked_about) == 1
    other.close()


def test_a_round_whose_process_died_is_another_s_after_a_minute(world, provider, clock, ada):
    clock.advance(hours=1)
    other = world.again()
    assert other.app.sending.cursors.lease("after 1 h") is not None
    assert not world.app.sending.reconciler(Hurried()).reconcile_next_page()
    clock.advance(seconds=61)
    assert world.app.sending.reconciler(Hurried()).reconcile_next_page()
    other.close()


def test_no_cursor_is_leased_while_no_text_is_due(world, ada):
    assert not world.app.sending.reconciler(Hurried()).reconcile_next_page()
    with reading(world.app.sending_engine) as connection:
        assert connection.execute(sa.select(cursors)).all() == []


def test_maintenance_reconciles(world, clock, ada):
    clock.advance(hours=1)
    world.maintenance().run_once()
    assert world.row(ada).status is DELIVERED


# When Twilio cannot be asked.


class Busy:
    """Refuses the first requests for being too many, then answers."""

    def __init__(self, provider, times, seconds):
        self.provider, self.left, self.seconds = provider, times, seconds

    def text(self, sid):
        self.left -= 1
        if self.left >= 0:
            raise ProviderError("429", retry_after_seconds=self.seconds)
        return self.provider.text(sid)


def test_it_waits_as_long_as_twilio_says(world, provider, ada):
    stop = Hurried()
    reconciler = world.app.sending.reconciler(stop)
    reconciler.provider = Busy(provider, 2, 7.0)
    assert reconciler.reconcile().news == 1
    assert stop.waits == [7.0, 7.0]


def test_it_gives_up_on_a_twilio_that_stays_away_and_goes_on_later(world, provider, clock, ada):
    clock.advance(hours=1)
    provider.is_down = True
    maintenance = world.maintenance(Hurried())
    maintenance.run_once()
    assert world.row(ada).status is PENDING
    provider.is_down = False
    world.maintenance().run_once()
    assert world.row(ada).status is DELIVERED

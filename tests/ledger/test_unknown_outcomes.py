"""How an unknown outcome is settled: by Twilio's records, by staff, or by time."""

import threading
from datetime import timedelta

import pytest

from kit.provider import provider_record, sid
from kit.world import ADA, BEN, CLEO
from ledger.commands.unknown_outcomes import MarkOutcomeUnknown
from ledger.domain.vocabulary import DeliveryStatus, Outcome, Reason, Settlement
from ledger.errors import Refused
from ledger.providers.contract import UnknownOutcome
from ledger.sending import unknown_outcomes

SETTLED, OPEN, LAPSED = "StatusFetched", "AttemptOutcomeUnknown", "AttemptLapsed"
VALIDITY = timedelta(hours=4)


@pytest.fixture
def started_at(clock):
    """When the attempt began whose outcome is unknown."""
    return clock.now()


@pytest.fixture
def unanswered(world, provider, started_at):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    delivery_id = world.delivery(world.launch())
    world.send()
    return delivery_id


def ask_twilio(world, clock):
    """Let the time come at which Twilio is asked, and ask."""
    clock.advance(minutes=30)
    world.maintenance().run_once()


@pytest.mark.parametrize(
    ("seconds", "topic"),
    [
        (-3600, OPEN),
        (-600.000001, OPEN),
        (-600, SETTLED),  # the tolerance between two clocks
        (0, SETTLED),
        (20, SETTLED),
        (620, SETTLED),  # 10 s to call, 10 s until the call is given up, and the tolerance
        (620.000001, OPEN),
        (3600, OPEN),
    ],
)
def test_a_text_settles_the_attempt_when_it_was_made_while_it_was_under_way(
    world, unanswered, *, started_at, seconds, topic
):
    provider, clock = world.provider, world.clock
    provider.records[ADA] = [provider_record(started_at + timedelta(seconds=seconds))]
    ask_twilio(world, clock)
    assert world.topics(unanswered)[-1] == topic


def test_a_provider_that_is_waited_for_longer_may_make_the_text_later(
    world, provider, clock, started_at, unanswered
):
    provider.timeout_seconds = 25.0
    provider.records[ADA] = [provider_record(started_at + timedelta(seconds=635))]
    ask_twilio(world, clock)
    assert world.topics(unanswered)[-1] == SETTLED


def test_texts_of_another_hour_do_not_hide_the_right_one(
    world, provider, clock, started_at, unanswered
):
    hours = [timedelta(hours=-2), timedelta(0), timedelta(hours=2)]
    texts = [provider_record(started_at + h, sid=sid(70 + n)) for n, h in enumerate(hours)]
    provider.records[ADA] = texts
    ask_twilio(world, clock)
    assert world.last(unanswered).event.sid == sid(71)


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (-30, {}),  # a clock was set in between
        (-1, {}),
        (1, {}),
        (1, {"body": "Other words"}),
        (1, {"body": ""}),
    ],
)
def test_a_text_that_it_could_be_goes_before_staff_instead_of_a_lapse(
    world, clock, unanswered, hours, text
):
    made_at = clock.now() + timedelta(hours=hours)
    world.provider.records[ADA] = [provider_record(made_at, **text)]
    clock.advance(hours=5)
    world.maintenance().run_once()
    clock.advance(days=2)
    world.maintenance().run_once()
    assert world.last(unanswered).event.candidates == (sid(77),)
    assert world.row(unanswered).needs_decision


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (-1, {"body": "Other words"}),  # before the enrolment
        (1, {"is_from_us": False}),
        (-30, {"is_from_us": False}),
    ],
)
def test_a_text_that_it_cannot_be_does_not_prevent_a_lapse(world, clock, unanswered, hours, text):
    made_at = clock.now() + timedelta(hours=hours)
    world.provider.records[ADA] = [provider_record(made_at, **text)]
    clock.advance(hours=5)
    world.maintenance().run_once()
    assert world.topics(unanswered)[-1] == "AttemptLapsed"


def test_what_is_before_staff_does_not_lapse_when_twilio_deletes_its_record(
    world, provider, clock, unanswered
):
    provider.records[ADA] = [provider_record(clock.now(), body="Other words")]
    ask_twilio(world, clock)
    provider.records[ADA].clear()
    clock.advance(hours=5)
    world.maintenance().run_once()
    assert world.row(unanswered).needs_decision


def test_it_lapses_once_the_text_before_staff_is_that_of_another_delivery(
    world, provider, clock, unanswered
):
    other = world.delivery(world.launch(name="other", message="Other words"))
    world.start(other)
    provider.records[ADA] = [provider_record(clock.now(), body="Other words")]
    ask_twilio(world, clock)
    world.callback(other, sid=sid(77))
    clock.advance(hours=5)
    world.maintenance().run_once()
    assert world.topics(unanswered)[-1] == "AttemptLapsed"


# When it is asked.


def test_twilio_is_asked_after_30_s_and_then_at_waits_that_double_up_to_an_hour(
    world, provider, clock, unanswered
):
    maintenance = world.maintenance()
    for seconds in (30, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        before = len(provider.asked_about)
        clock.advance(seconds=seconds - 1)
        maintenance.run_once()
        assert len(provider.asked_about) == before, seconds
        clock.advance(seconds=1)
        maintenance.run_once()
        assert len(provider.asked_about) == before + 1, seconds


def test_what_is_before_staff_is_asked_about_no_sooner_than_before(
    world, provider, clock, unanswered
):
    provider.records[ADA] = [provider_record(clock.now(), **OTHER_WORDS)]
    maintenance = world.maintenance()
    clock.advance(minutes=30)
    maintenance.run_once()
    clock.advance(seconds=29)
    maintenance.run_once()
    assert len(provider.asked_about) == 1
    clock.advance(seconds=1)
    maintenance.run_once()
    assert len(provider.asked_about) == 2


def test_the_next_unknown_outcome_of_a_delivery_is_queried_after_30_s_as_well(
    world, provider, clock, unanswered
):
    """By the end of the first one the waits are an hour long."""
    maintenance = world.maintenance()
    for _ in range(30):
        clock.advance(minutes=10)
        maintenance.run_once()
    assert world.topics(unanswered)[-1] == LAPSED
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    clock.advance(minutes=5)
    assert world.sender().run_once().attempts == 1
    before = len(provider.asked_about)
    clock.advance(seconds=30)
    maintenance.run_once()
    assert len(provider.asked_about) == before + 1


def asked_in_runs(world, provider, clock, runs):
    """How many of five unknown outcomes were asked about after each run."""
    phones = [ADA, BEN, CLEO, "+14155550104", "+14155550105"]
    for phone in phones:
        provider.will_answer(phone, UnknownOutcome(cause="no readable answer"))
    world.launch(phones)
    world.send()
    clock.advance(seconds=30)
    maintenance, asked = world.maintenance(), []
    for _ in range(runs):
        maintenance.run_once()
        asked.append(len(provider.asked_about))
    return asked


def test_one_run_queries_a_limited_number_and_the_next_run_the_others(
    world, provider, clock, monkeypatch
):
    monkeypatch.setattr(unknown_outcomes, "_MOST_QUERIES_PER_RUN", 2)
    assert asked_in_runs(world, provider, clock, 3) == [2, 4, 5]


def test_a_slow_provider_does_not_hold_up_a_run(world, provider, clock, monkeypatch):
    monkeypatch.setattr(unknown_outcomes, "_LONGEST_RUN_SECONDS", -1.0)
    assert asked_in_runs(world, provider, clock, 3) == [1, 2, 3]


def test_a_run_ends_where_the_provider_cannot_be_asked(world, provider, clock):
    provider.is_down = True
    assert asked_in_runs(world, provider, clock, 2) == [1, 2]


# A sender that stopped midway.


@pytest.fixture
def stopped(world):
    """An attempt that was started, and nobody recorded an answer."""
    delivery_id = world.delivery(world.launch())
    world.start(delivery_id)
    return delivery_id


@pytest.mark.parametrize(
    ("timeout", "seconds", "topic"),
    [
        (10.0, 30, "AttemptStarted"),  # 10 s to call, 10 s until it is given up, 10 s more
        (10.0, 30.000001, OPEN),
        (25.0, 45, "AttemptStarted"),
        (25.0, 45.000001, OPEN),
    ],
)
def test_an_unanswered_attempt_is_marked_unknown_when_no_call_can_be_under_way(
    world, stopped, *, timeout, seconds, topic
):
    world.provider.timeout_seconds = timeout
    world.clock.advance(seconds=seconds)
    world.maintenance().run_once()
    assert world.topics(stopped)[-1] == topic


def test_the_unknown_outcome_says_what_happened(world, clock, stopped):
    clock.advance(minutes=1)
    world.maintenance().run_once()
    event = world.last(stopped).event
    assert (event.cause, event.turn, event.actor) == ("the sender stopped midway", 1, "sender")
    assert (event.candidates, event.rank) == ((), 18)


def test_an_answered_attempt_is_not_marked_unknown(world, stopped):
    world.callback(stopped, 1, "sent", sid=sid(7))
    world.execute(MarkOutcomeUnknown(stopped, 1, "too late"))
    assert world.topics(stopped)[-1] == "CallbackReceived"


# Which text it is.


OURS = {"sid": sid(77)}
OTHER_WORDS = {"sid": sid(78), "body": "Hello Grace"}
OTHER_SENDER = {"sid": sid(79), "is_from_us": False}
NEITHER = {"sid": sid(80), "is_from_us": False, "body": "Hello Grace"}


@pytest.mark.parametrize(
    ("texts", "topic", "candidates"),
    [
        ([OURS], SETTLED, None),
        ([OURS, OTHER_WORDS], SETTLED, None),
        ([OURS, OTHER_SENDER], SETTLED, None),
        ([OURS, NEITHER], SETTLED, None),
        ([OURS, OURS | {"sid": sid(81)}], OPEN, (sid(77), sid(81))),
        ([OURS, OURS | {"sid": sid(81)}, NEITHER], OPEN, (sid(77), sid(81))),
        ([OTHER_WORDS], OPEN, (sid(78),)),
        ([OTHER_SENDER], OPEN, (sid(79),)),
        ([OTHER_WORDS, OTHER_SENDER, NEITHER], OPEN, (sid(78), sid(79))),
        ([NEITHER], OPEN, ()),
        ([], OPEN, ()),
    ],
)
def test_the_only_text_of_the_same_words_and_sender_settles_it_and_similar_ones_go_to_staff(
    world, clock, unanswered, *, texts, topic, candidates
):
    world.provider.records[ADA] = [provider_record(clock.now(), **text) for text in texts]
    ask_twilio(world, clock)
    event = world.last(unanswered).event
    assert world.topics(unanswered)[-1] == topic
    if topic == SETTLED:
        assert (event.sid, event.actor, event.turn) == (sid(77), "sender", 1)
    else:
        assert event.candidates == candidates


def test_what_is_left_to_staff_says_why(world, provider, clock, unanswered):
    provider.records[ADA] = [provider_record(clock.now(), **OTHER_WORDS)]
    ask_twilio(world, clock)
    event = world.last(unanswered).event
    assert event.cause == "Twilio's records do not tell whether this text was sent"
    assert (event.reason, event.actor) == (Reason.MAY_HAVE_BEEN_SENT, "sender")


def test_matching_texts_are_left_to_staff_once_in_any_order(world, provider, clock, unanswered):
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(n)) for n in (79, 77, 78)]
    for _ in range(6):
        ask_twilio(world, clock)
    assert len(provider.asked_about) == 6
    assert world.topics(unanswered).count(OPEN) == 2
    assert world.last(unanswered).event.candidates == (sid(77), sid(78), sid(79))


def test_a_text_of_another_delivery_is_not_a_candidate(world, provider, clock, unanswered):
    other = world.delivery(world.launch(name="the same words"))
    world.sender().run_once()
    provider.records[ADA] = [provider_record(clock.now(), sid=world.sid_of(other))]
    ask_twilio(world, clock)
    assert world.last(unanswered).event.candidates == ()


@pytest.fixture
def pondering(world, unanswered):
    """Twilio reported a SID with an unknown status, so that the outcome is still unknown."""
    world.callback(unanswered, 1, "pondering", sid=sid(77))
    return unanswered


def test_a_sid_that_a_callback_brought_settles_it(world, provider, clock, pondering):
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(77))]
    ask_twilio(world, clock)
    assert world.topics(pondering)[-1] == SETTLED


def test_a_text_that_twilio_reported_on_never_lapses(world, clock, pondering):
    clock.advance(hours=5)
    world.maintenance().run_once()
    assert world.topics(pondering)[-1] == "CallbackReceived"


def test_a_status_that_nobody_knows_proves_that_twilio_has_the_text(
    world, provider, clock, unanswered
):
    provider.records[ADA] = [provider_record(clock.now(), status="pondering")]
    ask_twilio(world, clock)
    event = world.last(unanswered).event
    assert (event.rank, event.outcome, event.status) == (19, Outcome.ACCEPTED, "pondering")


@pytest.mark.parametrize(
    ("status", "code", "rank", "reason"),
    [
        ("delivered", None, 4_194_313, None),
        ("undelivered", "30006", 23, Reason.UNREACHABLE_NUMBER),
        ("undelivered", "30001", 22, Reason.CARRIER_OR_SERVICE),
    ],
)
def test_a_fetched_status_counts_as_a_callback_does(
    world, unanswered, *, status, code, rank, reason
):
    world.provider.records[ADA] = [provider_record(world.clock.now(), status=status, code=code)]
    ask_twilio(world, world.clock)
    event = world.last(unanswered).event
    assert (event.rank, event.code, event.reason) == (rank, code, reason)


def test_an_opt_out_in_twilios_records_is_recorded(world, provider, clock, unanswered):
    provider.records[ADA] = [provider_record(clock.now(), status="failed", code="21610")]
    ask_twilio(world, clock)
    assert world.topics(world.contact()) == ["ContactOptedOut"]


def test_reading_all_of_twilios_records_settles_it_as_well(
    world, provider, clock, started_at, unanswered
):
    provider.records[ADA] = [provider_record(clock.now())]
    found = world.app.sending.reconciler(threading.Event()).recover(started_at)
    event = world.last(unanswered).event
    assert (found.texts, found.attached, found.unplaced) == (1, 1, 0)
    assert (event.topic, event.turn, event.sid) == (SETTLED, 1, sid(77))


# When it lapses.


@pytest.mark.parametrize(("seconds", "topic"), [(80, OPEN), (80.000001, LAPSED)])
def test_it_lapses_after_the_validity_period_of_the_text(world, clock, unanswered, seconds, topic):
    """20 s in which it could be called for, its validity, and a minute more."""
    clock.advance(VALIDITY + timedelta(seconds=seconds))
    world.maintenance().run_once()
    assert world.topics(unanswered)[-1] == topic


def test_a_lapse_is_a_soft_bounce_that_is_sent_again(world, clock, unanswered):
    clock.advance(hours=5)
    world.maintenance().run_once()
    event = world.last(unanswered).event
    assert (event.rank, event.outcome, event.actor) == (22, Outcome.SOFT_BOUNCE, "sender")
    assert event.reason is Reason.CARRIER_OR_SERVICE
    assert timedelta(seconds=270) <= event.next_at - clock.now() <= timedelta(seconds=300)


def test_a_lapse_at_the_limit_of_its_campaign_fails(world, provider, clock):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    delivery_id = world.delivery(world.launch(attempt_limit=1))
    world.send()
    clock.advance(hours=5)
    world.maintenance().run_once()
    assert world.row(delivery_id).status is DeliveryStatus.FAILED


def test_the_attempt_of_a_forgotten_contact_lapses_and_nobody_is_asked(
    world, provider, clock, unanswered
):
    world.forget()
    clock.advance(hours=5)
    world.maintenance().run_once()
    assert provider.asked_about == []
    assert LAPSED in world.topics(unanswered)


# What staff decide.


@pytest.mark.parametrize(
    ("decision", "rank", "status"),
    [
        (Settlement.LET_BE, 21, DeliveryStatus.FAILED),
        (Settlement.RESEND, 22, DeliveryStatus.PENDING),
    ],
)
def test_staff_give_a_text_up_or_send_it_again(world, clock, unanswered, *, decision, rank, status):
    world.settle(unanswered, decision)
    event = world.last(unanswered).event
    assert (event.topic, event.rank, event.actor) == ("AttemptSettled", rank, "usr_1")
    assert event.decision is decision
    assert event.next_at == (clock.now() if decision is Settlement.RESEND else None)
    assert world.row(unanswered).status is status


def test_what_staff_send_again_of_one_who_opted_out_meanwhile_is_withdrawn(world, unanswered):
    world.opt_out()
    world.settle(unanswered, Settlement.RESEND)
    assert world.topics(unanswered)[-2:] == ["AttemptSettled", "DeliveryWithdrawn"]


def test_staff_decide_nothing_of_a_text_whose_outcome_is_known(world, unanswered):
    world.callback(unanswered, 1, "delivered", sid=sid(7))
    with pytest.raises(Refused, match="is known by now"):
        world.settle(unanswered, Settlement.LET_BE)


def test_staff_resend_nothing_in_a_closed_campaign(world, unanswered):
    world.close_campaign(world.row(unanswered).campaign_id)
    with pytest.raises(Refused, match="Cannot resend in this campaign"):
        world.settle(unanswered, Settlement.RESEND)


def test_the_fake_provider_lists_in_more_than_one_order(provider, clock):
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(n)) for n in range(3)]
    lists = [provider.texts_to(ADA) for _ in range(20)]
    assert len({tuple(text.sid for text in texts) for texts in lists}) > 1

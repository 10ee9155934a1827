"""The sender: each attempt once, every answer recorded, nothing forgotten, whatever stops it."""

import sqlite3
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kit.provider import FakeProvider, provider_record, refusal, sid
from kit.store import ledger_file
from kit.stories import started
from kit.world import ADA, BEN, CLEO, PUBLIC_URL
from ledger.commands.attempts import RecordAnswer
from ledger.commands.merged_texts import Text
from ledger.commands.unknown_outcomes import MarkOutcomeUnknown
from ledger.domain.error_codes import load_codes
from ledger.domain.sending_switch import SendingAccount
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.errors import StoreUnavailable
from ledger.providers.contract import Accepted, NotReached, UnknownOutcome
from ledger.sending.attempt_runner import AttemptRunner, StartedAttempt
from ledger.sending.rate_limiter import Slot, SlotRequest
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.sender import IN_FLIGHT

PENDING, DELIVERED, FAILED = DeliveryStatus
CODES = load_codes()
MANY = [f"+1415559{number:04}" for number in range(60)]
BUSY = refusal(20429, 429)
GONE = NotReached(cause="no route to host")
VALIDITY_SECONDS = 4 * 3600


# What is asked of the provider.


def test_every_contact_gets_the_message_in_its_own_words(world, provider):
    world.launch([ADA, BEN])
    assert world.send() == 2
    assert {text.to: text.body for text in provider.sent} == {ADA: "Hello Ada", BEN: "Hello Ben"}


def test_the_callback_address_carries_delivery_turn_and_token(world, provider):
    delivery_id = world.delivery(world.launch())
    world.send()
    token = world.app.ledger.identity.callback_token(delivery_id, 1)
    address, _, _ = provider.sent[0].status_callback.partition("#")
    assert address == f"{PUBLIC_URL}/twilio/status/{delivery_id}/1/{token}"


def test_a_text_may_wait_at_twilio_for_four_hours(world, provider):
    world.launch()
    world.send()
    assert provider.sent[0].validity_seconds == VALIDITY_SECONDS == 4 * 3600


def test_an_attempt_is_in_the_ledger_before_the_provider_is_asked(world, provider):
    delivery_id = world.delivery(world.launch())
    seen = []
    provider.when_asked = lambda _text: seen.extend(world.topics(delivery_id))
    world.send()
    assert seen == ["ContactEnrolled", "AttemptStarted"]


def test_a_second_pass_finds_nothing_more_to_do(world):
    world.launch([ADA, BEN])
    world.send()
    assert world.send() == 0


def test_campaigns_that_are_due_are_sent_together(world, provider):
    world.launch([ADA], name="one")
    world.launch([BEN], name="two")
    world.send()
    assert {text.to for text in provider.sent} == {ADA, BEN}


# What it answers.


def test_an_accepted_text_is_with_the_carrier(world):
    campaign_id = world.launch()
    world.send()
    row = world.row(world.delivery(campaign_id))
    assert (row.status, row.stage) == (PENDING, Stage.ACCEPTED)
    assert world.app.status.contacts(campaign_id, search=sid(1)) == [row]


def test_r19_one_bad_number_never_stops_the_rest(world, provider):
    provider.will_answer(MANY[0], refusal(21211))
    campaign_id = world.launch(MANY)
    assert world.send() == len(MANY)
    assert world.statuses(campaign_id) == [FAILED] + [PENDING] * (len(MANY) - 1)


def test_a_429_is_put_back_until_twilio_said(world, provider, clock):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=60))
    row = world.row(world.delivery(world.launch()))
    world.send()
    row = world.row(row.delivery_id)
    assert (row.status, row.attempts) == (PENDING, 0)
    assert row.next_attempt_at == clock.now() + timedelta(seconds=60)


def test_a_text_that_was_put_back_is_attempted_when_it_is_due_and_not_before(
    world, provider, clock
):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=60))
    world.launch()
    world.send()
    clock.advance(seconds=59)
    assert world.send() == 0
    clock.advance(seconds=1)
    assert world.send() == 1


def test_what_was_put_back_does_not_start_early_even_by_a_race(world, provider):
    """Another sender saw it due, and was late: it was attempted and put back meanwhile."""
    provider.will_answer(ADA, refusal(20429, 429, retry_after=60))
    delivery_id = world.delivery(world.launch())
    world.send()
    assert start(world, delivery_id) is None


def test_put_backs_use_up_no_attempt(world, provider, clock):
    provider.will_answer(ADA, BUSY, NotReached(cause="no route to host"))
    delivery_id = world.delivery(world.launch(attempt_limit=1))
    for _ in range(3):
        world.send()
        clock.advance(hours=1)
    assert world.row(delivery_id).attempts == 1


def test_r10_a_soft_bounce_is_sent_again_after_its_wait(world, clock):
    delivery_id = world.delivery(world.launch(first_wait_seconds=100))
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30001)
    clock.advance(seconds=89)
    assert world.send() == 0
    clock.advance(seconds=11)
    assert world.send() == 1


def test_r19_an_account_fault_puts_back_and_pauses_the_campaign(world, provider):
    provider.will_answer(ADA, refusal(20003, 401))
    campaign_id = world.launch()
    world.send()
    campaign, row = world.campaign(campaign_id), world.row(world.delivery(campaign_id))
    assert (campaign.state, row.status, row.attempts) == (CampaignState.PAUSED, PENDING, 0)
    assert world.state_reason(campaign.campaign_id).startswith("Twilio account (code 20003): ")


def test_r19_several_account_faults_pause_the_campaign_once(world, provider):
    for phone in MANY:
        provider.will_answer(phone, refusal(20003, 401))
    campaign_id = world.launch(MANY)
    world.send()
    assert world.topics(campaign_id).count("CampaignPaused") == 1
    assert world.statuses(campaign_id) == [PENDING] * len(MANY)


def test_r19_an_account_fault_of_one_campaign_leaves_the_others_sending(world, provider):
    provider.will_answer(ADA, refusal(None, 403))
    world.launch([ADA], name="one")
    other = world.launch([BEN], name="two")
    world.send()
    assert world.campaign(other).state is CampaignState.SENDING


def test_a_campaign_resumed_after_an_account_fault_goes_on(world, provider, clock):
    provider.will_answer(ADA, refusal(20003, 401))
    campaign_id = world.launch()
    world.send()
    world.resume(campaign_id)
    clock.advance(seconds=15)
    assert world.send() == 1


def test_r16_a_21610_at_send_opts_out_and_withdraws_the_other_campaigns(world, provider):
    provider.will_answer(ADA, refusal(21610))
    one, two = world.launch(name="one"), world.launch(name="two")
    world.pause(two)
    world.send()
    reasons = [world.row(world.delivery(c)).failed_reason for c in (one, two)]
    assert reasons == [Reason.OPTED_OUT, Reason.OPTED_OUT]
    assert world.topics(world.contact()) == ["ContactOptedOut"]


def test_r16_what_was_put_back_meanwhile_opted_out_is_withdrawn(world, provider):
    provider.will_answer(ADA, BUSY)
    provider.when_asked = lambda _text: world.opt_out(ADA)
    delivery_id = world.delivery(world.launch())
    world.send()
    assert world.topics(delivery_id)[-2:] == ["AttemptRefused", "DeliveryWithdrawn"]


# Nothing starts that should not.


def start(world, delivery_id):
    """Start the next attempt, as a sender would; gives the event."""
    text = world.text(delivery_id)
    return world.start(delivery_id, text)


ACTS = {
    "pause": lambda world, campaign_id: world.pause(campaign_id),
    "close": lambda world, campaign_id: world.close_campaign(campaign_id),
    "archive": lambda world, campaign_id: world.archive(campaign_id),
    "opt out": lambda world, _campaign_id: world.opt_out(ADA),
}


@pytest.mark.parametrize("act", ACTS)
def test_nothing_starts_after_an_act_that_forbids_it(world, act):
    campaign_id = world.launch()
    ACTS[act](world, campaign_id)
    assert start(world, world.delivery(campaign_id)) is None


@pytest.mark.parametrize("act", ACTS)
def test_nothing_starts_after_such_an_act_not_even_by_a_race(world, act):
    """Its text was made ready before; another process acts; the start is decided under the lock."""
    campaign_id = world.launch()
    delivery_id = world.delivery(campaign_id)
    text = world.text(delivery_id)
    other = world.again()
    ACTS[act](other, campaign_id)
    other.close()
    assert world.start(delivery_id, text) is None
    assert "AttemptStarted" not in world.topics(delivery_id)


def test_a_delivery_that_does_not_exist_is_not_started(world):
    assert start(world, "del_nowhere") is None


def test_an_attempt_started_by_one_sender_is_not_started_by_another(world):
    delivery_id = world.delivery(world.launch())
    assert start(world, delivery_id).turn == 1
    assert start(world, delivery_id) is None


def test_two_senders_at_once_send_every_text_once(world, provider):
    campaign_id = world.launch(MANY)
    worlds = [world.again(), world.again()]
    at_once = threading.Barrier(2)

    def send(one):
        at_once.wait(30)
        return one.send()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(send, worlds))
    assert sum(made) == len(MANY)
    assert sorted(text.to for text in provider.sent) == MANY
    started = [world.topics(world.delivery(campaign_id, p)).count("AttemptStarted") for p in MANY]
    assert started == [1] * len(MANY)
    for one in worlds:
        one.close()


def test_no_more_attempts_are_in_flight_than_there_are_requests(world, provider):
    campaign_id = world.launch(MANY)
    delivery_ids = [world.delivery(campaign_id, phone) for phone in MANY]
    in_flight = []

    def look(_text):
        streams = world.app.ledger.reader.streams(delivery_ids).values()
        in_flight.append([entries[-1].topic for entries in streams].count("AttemptStarted"))

    provider.when_asked = look
    world.send()
    assert 1 <= max(in_flight) <= IN_FLIGHT


# Outcome unknown.


@pytest.fixture
def unanswered(world, provider):
    """A delivery of whose first attempt nobody knows whether Twilio took it."""
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    delivery_id = world.delivery(world.launch())
    world.send()
    return delivery_id


def known(provider, clock, number=ADA, **changed):
    """Put a text into the provider's own records."""
    provider.records[number].append(provider_record(clock.now(), **changed))


def test_a_text_of_unknown_outcome_is_never_sent_again_blindly(world, provider, clock, unanswered):
    for _ in range(8):
        clock.advance(minutes=30)
        world.send()
    assert len(provider.sent) == 1
    assert world.detail(unanswered) == "asking Twilio whether it has the text"


def test_twilio_is_asked_about_an_unknown_outcome_after_half_a_minute(
    world, provider, clock, unanswered
):
    clock.advance(seconds=29)
    world.send()
    assert provider.asked_about == []
    clock.advance(seconds=1)
    world.send()
    assert provider.asked_about == [ADA]


def test_twilio_is_asked_at_growing_intervals(world, provider, clock, unanswered):
    maintenance = world.maintenance()
    for _ in range(60):
        clock.advance(seconds=30)
        maintenance.run_once()
    assert len(provider.asked_about) == 6


def test_a_single_matching_text_settles_the_outcome(world, provider, clock, unanswered):
    known(provider, clock)
    clock.advance(minutes=1)
    world.send()
    row = world.row(unanswered)
    assert row.stage is Stage.ACCEPTED
    assert world.app.status.contacts(row.campaign_id, search=sid(77)) == [row]


def test_a_fetched_status_counts_like_a_callback(world, provider, clock, unanswered):
    known(provider, clock, status="undelivered", code="30006")
    clock.advance(minutes=1)
    world.send()
    assert world.row(unanswered).failed_reason is Reason.UNREACHABLE_NUMBER


@pytest.mark.parametrize(
    "changed", [{"body": "Another message"}, {"created_at": timedelta(minutes=-11)}]
)
def test_a_text_of_other_words_or_older_than_the_attempt_does_not_match(
    world, provider, clock, unanswered, changed
):
    moment = clock.now() + changed.get("created_at", timedelta(0))
    text = provider_record(moment, body=changed.get("body", "Hello Ada"))
    provider.records[ADA] = [text]
    clock.advance(minutes=1)
    world.send()
    assert world.topics(unanswered)[-1] == "AttemptOutcomeUnknown"


def test_a_text_of_another_attempt_does_not_match(world, provider, clock, unanswered):
    other = world.delivery(world.launch(name="the same words"))
    world.send()
    known(provider, clock, sid=world.sid_of(other))
    clock.advance(minutes=1)
    world.send()
    assert world.topics(unanswered)[-1] == "AttemptOutcomeUnknown"


def test_two_matching_texts_settle_nothing_for_ever(world, provider, clock, unanswered):
    known(provider, clock)
    known(provider, clock, sid=sid(78))
    clock.advance(days=2)
    world.send()
    assert world.topics(unanswered)[-1] == "AttemptOutcomeUnknown"


def test_without_a_trace_it_lapses_when_the_text_can_live_no_longer(
    world, provider, clock, unanswered
):
    clock.advance(seconds=VALIDITY_SECONDS + 80)
    world.send()
    assert world.topics(unanswered)[-1] == "AttemptOutcomeUnknown"
    clock.advance(seconds=1)
    world.send()
    assert world.topics(unanswered)[-1] == "AttemptLapsed"
    assert world.row(unanswered).status is PENDING


def test_after_a_lapse_it_is_sent_again(world, provider, clock, unanswered):
    clock.advance(hours=5)
    world.send()
    clock.advance(hours=1)
    world.send()
    assert len(provider.sent) == 2


def test_nothing_lapses_while_twilio_cannot_be_asked(world, provider, clock, unanswered):
    provider.is_down = True
    clock.advance(days=2)
    world.send()
    assert world.topics(unanswered)[-1] == "AttemptOutcomeUnknown"


def test_a_callback_settles_the_outcome_and_twilio_is_not_asked(world, provider, clock, unanswered):
    world.callback(unanswered, 1, "delivered", sid=sid(77))
    clock.advance(hours=1)
    world.send()
    assert provider.asked_about == []
    assert world.row(unanswered).status is DELIVERED


def test_r16_a_lapse_of_one_who_opted_out_meanwhile_is_withdrawn(world, clock, unanswered):
    world.opt_out()
    clock.advance(hours=5)
    world.send()
    assert world.topics(unanswered)[-2:] == ["AttemptLapsed", "DeliveryWithdrawn"]


def test_a_code_that_leaves_it_open_is_an_unknown_outcome(world, provider):
    provider.will_answer(ADA, refusal(20500))
    delivery_id = world.delivery(world.launch())
    world.send()
    assert world.topics(delivery_id)[-1] == "AttemptOutcomeUnknown"


# A sender that dies.


class Killed(BaseException):
    """What a test does to a sender in the middle of its call."""


@pytest.fixture
def killed(world, provider):
    """A delivery whose sender was killed while it asked the provider."""

    def kill(_text):
        raise Killed

    provider.when_asked = kill
    delivery_id = world.delivery(world.launch())
    with pytest.raises(Killed):
        world.send()
    provider.when_asked = lambda _text: None
    return delivery_id


def test_an_attempt_of_a_sender_that_may_be_busy_is_left_alone(world, provider, clock, killed):
    clock.advance(seconds=30)
    assert world.send() == 0
    assert world.topics(killed)[-1] == "AttemptStarted"


def test_the_attempt_of_a_killed_sender_has_an_unknown_outcome_and_is_not_repeated(
    world, provider, clock, killed
):
    clock.advance(seconds=31)
    assert world.send() == 0
    event = world.last(killed).event
    assert (event.topic, event.cause) == ("AttemptOutcomeUnknown", "the sender stopped midway")


def test_an_unknown_outcome_is_recorded_once(world, clock, killed):
    for _ in range(3):
        clock.advance(seconds=31)
        world.send()
    assert world.topics(killed).count("AttemptOutcomeUnknown") == 1


def test_after_a_kill_the_callback_brings_the_sid(world, killed):
    world.callback(killed, 1, "sent", sid=sid(77))
    row = world.row(killed)
    assert row.stage is Stage.ACCEPTED
    assert world.app.status.contacts(row.campaign_id, search=sid(77)) == [row]


def test_an_attempt_of_a_later_turn_is_not_marked_unknown_for_an_earlier_one(world, clock):
    delivery_id = world.delivery(world.launch())
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30001)
    clock.advance(hours=1)
    start(world, delivery_id)
    world.execute(MarkOutcomeUnknown(delivery_id, 1, "late"))
    assert world.topics(delivery_id)[-1] == "AttemptStarted"


TEXT = Text(to=ADA, body="Hello Ada")
STARTED = StartedAttempt(attempt=started(), text=TEXT, call_by=2.0**60)


def attempt_runner(ledger, provider=None, stop=None):
    return AttemptRunner(
        ledger=ledger,
        codes=CODES,
        provider=provider or FakeProvider(),
        account=SendingAccount("AC1"),
        callback_url=lambda delivery_id, turn: f"https://here/{delivery_id}/{turn}",
        validity_seconds=60,
        rollback_guard=RollbackGuard(ledger, Path("not written here")),
        stop=stop or threading.Event(),
    )


def test_a_sender_that_was_held_up_never_calls(provider):
    answer = attempt_runner(None, provider).ask(replace(STARTED, call_by=time.monotonic() - 1))
    assert isinstance(answer, NotReached)
    assert provider.sent == []


class Forgetful:
    """Takes an answer only after the store was away for a while."""

    def __init__(self, away):
        self.away, self.recorded = away, []

    def execute(self, command):
        self.away -= 1
        if self.away >= 0:
            raise StoreUnavailable("away")
        self.recorded.append(command)
        future = Future()
        future.set_result(None)
        return future


class Hurried(threading.Event):
    """A stop that nobody waits for."""

    def wait(self, _timeout=None):
        return self.is_set()


def test_an_answer_is_recorded_after_a_short_failure_of_the_store():
    ledger, answer = Forgetful(away=4), Accepted(sid="SM1", status="queued")
    attempt_runner(ledger, stop=Hurried()).record(STARTED, answer)
    assert ledger.recorded == [RecordAnswer("del_ada", 1, answer, CODES)]


@pytest.mark.parametrize("answer", [BUSY, Accepted(sid=sid(1), status="queued")])
def test_an_answer_whose_commit_was_not_confirmed_is_recorded_once(world, answer):
    """The store took it and went away before it said so, and the sender records it again."""
    delivery_id = world.delivery(world.launch())
    start(world, delivery_id)
    for _ in range(2):
        world.execute(RecordAnswer(delivery_id, 1, answer, CODES))
    assert len(world.topics(delivery_id)) == len(["enrolled", "started", "answered"])


def test_an_answer_that_cannot_be_recorded_raises():
    with pytest.raises(StoreUnavailable):
        attempt_runner(Forgetful(away=99), stop=Hurried()).record(STARTED, BUSY)


class Away:
    """A worklist that cannot be read at first, and then ends the sender."""

    def __init__(self, stop):
        self.stop, self.looks = stop, 0

    def due(self, _now, _limit, _besides):
        self.looks += 1
        if self.looks == 1:
            raise StoreUnavailable("away")
        self.stop.set()
        return []


def test_a_sender_waits_for_the_store_and_ends_when_stopped(world):
    sender = world.sender(Hurried())
    sender.worklist = Away(sender.stop)
    sender.run()
    assert sender.worklist.looks == 2


# Waiting as a whole.


def busy_campaign(world, provider, answer):
    for phone in MANY:
        provider.will_answer(phone, answer)
    world.launch(MANY)
    return world.sender()


def test_after_a_429_no_sender_asks_for_more_until_twilio_said(world, provider, clock):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=60))
    world.launch([ADA])
    world.send()
    world.launch([BEN])
    other = world.again()
    assert other.send() == 0
    clock.advance(seconds=60)
    assert other.send() == 2
    other.close()


@pytest.mark.parametrize(
    ("said", "held"), [(None, 1), (0.0, 1), (7.0, 7), (3600.0, 3600), (3601.0, 3600), (1e6, 3600)]
)
def test_a_429_blocks_all_senders_for_its_time_or_a_second_and_an_hour_at_most(
    world, provider, said, held
):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=said))
    world.launch([ADA])
    sender = world.sender()
    sender.rate_limiter = Slots(sender.stop)
    sender.run_once()
    assert sender.rate_limiter.held == [held]


class Slots:
    """A pace that gives the first text its slot at once, and all others theirs in an hour.

    It stops a sender that still asks for slots after the rate limiter blocked it.
    """

    def __init__(self, stop):
        self.stop, self.looks = stop, 0
        self.given, self.released, self.held = [], [], []

    def claimed_ids(self):
        self.looks += len(self.held)
        if self.looks > 2:
            self.stop.set()
        return list(self.given)

    def claim_slots(self, wishes):
        slots = [
            Slot(wish.delivery_id, 0.0 if not self.given and n == 0 else 3600.0)
            for n, wish in enumerate(wishes)
        ]
        self.given += [slot.delivery_id for slot in slots]
        return slots

    def release(self, delivery_ids):
        self.released += delivery_ids

    def block_for(self, seconds):
        self.held.append(seconds)


def test_texts_that_were_made_ready_are_given_up_after_a_429(world, provider):
    provider.will_answer(ADA, BUSY)
    world.launch([ADA, BEN, CLEO])
    sender = world.sender()
    sender.rate_limiter = Slots(sender.stop)
    assert sender.run_once().attempts == 1
    assert not sender.stop.is_set()
    assert [text.to for text in provider.sent] == [ADA]
    assert len(sender.rate_limiter.given) == 3
    assert sorted(sender.rate_limiter.released) == sorted(sender.rate_limiter.given)


def test_a_sender_whose_provider_is_unreachable_stops_calling(world, provider):
    sender = busy_campaign(world, provider, GONE)
    running = threading.Thread(target=sender.run)
    running.start()
    while not sender.breaker.rest_seconds(time.monotonic()):
        time.sleep(0.01)
    sender.stop.set()
    running.join(30)
    assert 5 <= len(provider.sent) <= 4 + IN_FLIGHT < len(MANY)


def test_a_single_pass_does_not_wait_for_the_provider_to_come_back(world, provider):
    assert busy_campaign(world, provider, GONE).run_once().attempts == len(MANY)


def test_a_stopped_sender_starts_nothing(world, provider):
    world.launch([ADA, BEN, CLEO])
    stop = threading.Event()
    stop.set()
    assert world.sender(stop).run_once().attempts == 0
    assert provider.sent == []


# In turn, and not twice.


def test_campaigns_take_turns_however_many_contacts_one_has(world):
    large, small = world.launch(MANY, name="large"), world.launch([ADA, BEN], name="small")
    world.catch_up()
    due = world.app.sending.worklist.due(world.clock.now(), 6)
    expected = [(large, MANY[0]), (small, ADA), (large, MANY[1]), (small, BEN)]
    assert due[:4] == [world.delivery(*each) for each in expected]
    assert due[4:] == [world.delivery(large, phone) for phone in MANY[2:4]]


def test_a_text_that_another_sender_is_about_to_send_is_left_to_it(world, provider):
    delivery_id = world.delivery(world.launch([ADA, BEN]), ADA)
    world.app.sending.rate_limiter.claim_slots([SlotRequest(delivery_id, 1)])
    assert world.send() == 1
    assert [text.to for text in provider.sent] == [BEN]


def test_a_text_that_a_dead_sender_was_about_to_send_is_sent_soon_after(world, clock):
    delivery_id = world.delivery(world.launch())
    world.app.sending.rate_limiter.claim_slots([SlotRequest(delivery_id, 1)])
    clock.advance(seconds=16)
    assert world.send() == 1


def test_the_text_of_a_request_under_way_stays_the_senders_own(world, provider):
    """Else another sender would make it ready again, for nothing."""
    delivery_id = world.delivery(world.launch([ADA, BEN]), ADA)
    sender = world.sender()
    sender.worklist = Looks(sender.worklist)
    claimed = []

    def wait_for_a_second_look(text):
        if text.to == ADA:
            assert sender.worklist.second.wait(30)
            claimed.extend(world.app.sending.rate_limiter.claimed_ids())

    provider.when_asked = wait_for_a_second_look
    sender.run_once()
    assert claimed == [delivery_id]
    assert world.app.sending.rate_limiter.claimed_ids() == []


class Looks:
    """A worklist that tells when it was looked at for the second time."""

    def __init__(self, worklist):
        self.worklist, self.looks, self.second = worklist, 0, threading.Event()

    def due(self, *words):
        self.looks += 1
        if self.looks == 2:
            self.second.set()
        return self.worklist.due(*words)


@pytest.mark.parametrize(
    "answer",
    [refusal(30008), refusal(20429, 429, retry_after=0)],
    ids=["a soft bounce", "a 429 without a wait"],
)
def test_a_single_pass_attempts_each_text_once_though_it_is_due_again_at_once(
    world, provider, answer
):
    provider.will_answer(ADA, answer, answer, answer)
    delivery_id = world.delivery(world.launch([ADA], first_wait_seconds=0))
    assert world.sender().run_once().attempts == 1
    assert world.row(delivery_id).next_attempt.is_due
    assert len(provider.sent) == 1


def test_a_text_that_cannot_be_read_never_stops_the_rest(world, provider):
    campaign_id = world.launch([ADA, BEN])
    with sqlite3.connect(ledger_file(world.folder)) as connection:
        connection.execute(
            "UPDATE contact_keys SET wrapped_key = zeroblob(64) WHERE subject_id = ?",
            (world.contact(ADA),),
        )
    connection.close()
    other = world.again()
    other.send()
    assert [text.to for text in provider.sent] == [BEN]
    assert "AttemptStarted" not in other.topics(other.delivery(campaign_id, ADA))
    other.close()

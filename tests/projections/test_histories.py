"""Whatever staff, Twilio and the sender do, in any order: what must always hold (design.md §9)."""

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kit.clock import ManualClock
from kit.examples import fewer
from kit.provider import FakeProvider, refusal, sid
from kit.store import sqlite_url
from kit.world import ADA, BEN, CLEO, World
from ledger.domain.vocabulary import CampaignState
from ledger.errors import AlreadyRecorded, NotFound, Refused
from ledger.providers.contract import Accepted, NotReached, UnknownOutcome

PHONES = (ADA, BEN, CLEO)
ANSWERS = (
    refusal(21211),
    refusal(21610),
    refusal(30001),
    refusal(20003, 401),
    refusal(20429, 429),
    NotReached(cause="no route to host"),
    UnknownOutcome(cause="no readable answer"),
    Accepted(sid=sid(10**6), status="queued"),
)
REPORTS = (
    ("queued", None),
    ("sent", None),
    ("delivered", None),
    ("read", None),
    ("undelivered", 30001),
    ("undelivered", 30003),
    ("undelivered", 30006),
    ("undelivered", 21610),
    ("failed", None),
    ("canceled", None),
    ("teleported", None),
)
some = st.integers(0, 99)
phones = st.sampled_from(PHONES)


class History(RuleBasedStateMachine):
    """A small school with three numbers and a provider in every mood."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock, self.provider = ManualClock(), FakeProvider()
        self.world = World.open(sqlite_url(Path(self.folder.name)), self.clock, self.provider)
        self.ledger = self.world.app.ledger
        self.campaigns: list[str] = []
        self.seen = []
        self.frozen = {}

    def teardown(self):
        try:
            self.look()
            self.check_past()
            assert list(self.world.app.views.differences()) == []
        finally:
            self.world.close()
            self.folder.cleanup()

    def campaign(self, number):
        return self.campaigns[number % len(self.campaigns)]

    # Acts.

    @rule(to=st.lists(phones, min_size=1, unique=True), limit=st.sampled_from([None, 1, 2]))
    def launch(self, to, limit):
        if len(self.campaigns) < 3:
            self.campaigns.append(self.world.launch(to, attempt_limit=limit))

    @rule(phone=phones, answers=st.lists(st.sampled_from(ANSWERS), max_size=2))
    def send(self, phone, answers):
        self.provider.will_answer(phone, *answers)
        self.world.send()

    @precondition(lambda self: self.campaigns)
    @rule(number=some, report=st.sampled_from(REPORTS))
    def hear(self, number, report):
        started = [text.status_callback.split("/")[-3:-1] for text in self.provider.sent]
        if started:
            delivery_id, turn = started[number % len(started)]
            self.try_to(self.world.callback, delivery_id, int(turn), *report)

    @rule(minutes=st.sampled_from([1, 30, 300]))
    def wait(self, minutes):
        self.clock.advance(minutes=minutes)

    @precondition(lambda self: self.campaigns)
    @rule(number=some, act=st.sampled_from(["pause", "resume", "resume", "close_campaign"]))
    def act(self, number, act):
        self.try_to(getattr(self.world, act), self.campaign(number))

    @precondition(lambda self: self.campaigns)
    @rule(number=some)
    def archive(self, number):
        campaign_id = self.campaign(number)
        before = self.world.statuses(campaign_id)
        if self.try_to(self.world.archive, campaign_id):
            self.frozen[campaign_id] = before

    @precondition(lambda self: self.campaigns)
    @rule(number=some, insist=st.booleans())
    def resend(self, number, insist):
        self.try_to(self.world.resend, self.campaign(number), include_unreachable=insist)

    @rule(phone=phones, wish=st.sampled_from(["opt_out", "opt_in"]))
    def wish(self, phone, wish):
        self.try_to(getattr(self.world, wish), phone)

    @rule(phone=phones)
    def forget(self, phone):
        self.try_to(self.world.forget, phone)

    @rule(phone=phones, body=st.sampled_from(["STOP", "START", "Thanks"]), number=some)
    def write(self, phone, body, number):
        self.try_to(self.world.inbound, body, phone, sid(2000 + number))

    @staticmethod
    def try_to(act, *arguments, **options):
        """Whether the act was allowed and new."""
        try:
            act(*arguments, **options)
        except (Refused, NotFound, AlreadyRecorded):
            return False
        return True

    @rule()
    def read_on(self):
        self.world.app.views.follow()

    # What must always hold.

    @rule()
    def look(self):
        """Read the pages: totals are their rows, and nothing archived has moved."""
        for campaign_id in self.campaigns:
            campaign, rows = self.world.campaign(campaign_id), self.world.rows(campaign_id)
            counted = Counter(row.status for row in rows)
            counts = campaign.counts
            assert (counts.total, counts.delivered, counts.pending, counts.failed) == (
                len(rows),
                *(counted[status] for status in ("delivered", "pending", "failed")),
            )
            if campaign.state is CampaignState.ARCHIVED:
                assert [row.status for row in rows] == self.frozen[campaign_id]
            numbers = self.world.app.overviews.campaign(campaign_id)
            assert numbers.by_stage == Counter(row.stage for row in rows)
            assert sum(change.delivered for change in numbers.changes) == counts.delivered
            assert sum(change.failed for change in numbers.changes) == counts.failed
            self.seen.append((self.ledger.reader.head(), campaign_id, rows, numbers))

    def check_past(self):
        """What was seen then is what the same seq shows now, but for who was forgotten since."""
        for seq, campaign_id, rows, numbers in self.seen:
            assert self.world.app.overviews.as_of(seq).campaign(campaign_id) == numbers
            shown = self.world.app.status.as_of(seq).contacts(campaign_id)
            gone = {row.delivery_id: row.forgotten_at for row in shown if row.forgotten_at}
            assert shown == [without_person(row, gone.get(row.delivery_id)) for row in rows]

    @invariant()
    def seqs_are_contiguous(self):
        rows = self.ledger.recorder.select_rows()
        assert [row.id for row in rows] == list(range(1, len(rows) + 1))

    @invariant()
    def there_is_at_most_one_text_in_a_turn(self):
        addresses = [text.status_callback for text in self.provider.sent]
        assert len(addresses) == len(set(addresses))

    @invariant()
    def every_attempt_follows_one_that_is_over(self):
        started = [
            entry for entry in self.ledger.reader.events() if entry.topic == "AttemptStarted"
        ]
        turns = Counter((entry.delivery_id, entry.event.turn) for entry in started)
        assert all(count == 1 for count in turns.values())

    @invariant()
    def nobody_opted_out_or_forgotten_waits_for_an_attempt(self):
        self.world.catch_up()
        for campaign_id in set(self.campaigns) - set(self.frozen):
            for row in self.world.app.status.contacts(campaign_id):
                is_withdrawn = row.is_opted_out or row.forgotten_at
                assert not (row.next_attempt.is_awaited and is_withdrawn)


def without_person(row, forgotten_at):
    """The row as it is shown once the contact was forgotten; None: it was not."""
    if forgotten_at is None:
        return row
    return replace(row, phone="", name="", fields_json=None, forgotten_at=forgotten_at)


TestHistories = History.TestCase
TestHistories.settings = fewer(
    10,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

"""Line types that the provider looked up: kept for 180 days, used by launches with a look-up."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kit.world import ADA, BEN, CLEO, STAFF
from ledger.commands.line_types import RecordLineType
from ledger.domain.contact import LINE_TYPE_KEPT
from ledger.domain.vocabulary import DeliveryStatus, LeftOutReason, LineType, Reason
from ledger.errors import NotLookedUp, ProviderError
from ledger.sending import line_types
from ledger.sending.line_types import LineTypeLookUp, LookUpPlan, LookUpResult
from projections.campaigns.resend_plan import Selection

NO_PAUSE = threading.Event()
NO_PAUSE.set()
DOWN = ProviderError("The fake cannot be asked now.")
MANY = [f"+1415557{number:04}" for number in range(70)]


@pytest.fixture
def look_up(world, provider):
    return LineTypeLookUp(ledger=world.app.ledger, provider=provider, stop=NO_PAUSE)


@pytest.mark.both_databases
def test_every_number_is_looked_up_and_its_result_kept(world, provider, look_up):
    provider.line_types = {BEN: LineType.LANDLINE, CLEO: None}
    assert look_up.look_up([ADA, BEN, CLEO], STAFF) == LookUpResult(failed=0)
    assert sorted(provider.looked_up) == [ADA, BEN, CLEO]
    events = [world.last(world.contact(phone)).event for phone in (ADA, BEN, CLEO)]
    assert [event.line_type for event in events] == [LineType.MOBILE, LineType.LANDLINE, None]
    assert {event.actor for event in events} == {STAFF}


def test_a_number_with_a_recent_result_is_not_looked_up_again(look_up, clock):
    look_up.look_up([ADA], STAFF)
    clock.advance(seconds=(LINE_TYPE_KEPT - timedelta(seconds=1)).total_seconds())
    assert look_up.plan([ADA, BEN]).phones == [BEN]
    clock.advance(seconds=1)
    assert look_up.plan([ADA, BEN]).phones == [ADA, BEN]


def test_a_number_that_opted_out_is_not_looked_up(world, look_up):
    world.opt_out(ADA)
    assert look_up.plan([ADA, BEN]) == LookUpPlan([BEN], known=0)


def test_a_plan_counts_the_numbers_that_are_known(look_up):
    look_up.look_up([ADA], STAFF)
    assert look_up.plan([ADA, BEN]) == LookUpPlan([BEN], known=1)


def test_a_result_of_180_days_ago_counts_no_more(look_up, provider, clock):
    provider.line_types = {ADA: LineType.LANDLINE}
    look_up.look_up([ADA], STAFF)
    assert look_up.landline_count([ADA, BEN]) == 1
    clock.advance(seconds=LINE_TYPE_KEPT.total_seconds())
    assert look_up.landline_count([ADA, BEN]) == 0


def test_two_look_ups_at_once_record_one_result(world):
    for line_type in (LineType.LANDLINE, LineType.MOBILE):
        world.execute(RecordLineType(world.contact(), ADA, line_type, STAFF))
    assert world.topics(world.contact()) == ["LineTypeLookedUp"]


@pytest.mark.parametrize("error", [DOWN, NotLookedUp("Not this one.")])
def test_a_number_that_could_not_be_looked_up_is_counted(world, look_up, provider, error):
    provider.line_types = {BEN: error}
    assert look_up.look_up([ADA, BEN], STAFF) == LookUpResult(failed=1)
    assert world.topics(world.contact(BEN)) == []
    assert look_up.plan([ADA, BEN]).phones == [BEN]


def test_a_provider_that_answers_nobody_is_not_asked_about_all(look_up, provider):
    provider.line_types = dict.fromkeys(MANY, DOWN)
    assert look_up.look_up(MANY, STAFF) == LookUpResult(failed=len(MANY))
    assert len(provider.looked_up) == 32


def test_numbers_that_cannot_be_looked_up_do_not_end_the_look_up(look_up, provider):
    provider.line_types = dict.fromkeys(MANY[:40], NotLookedUp("Not this one."))
    assert look_up.look_up(MANY, STAFF) == LookUpResult(failed=40)
    assert len(provider.looked_up) == len(MANY)


def hang(provider, monkeypatch):
    """Let the provider answer nothing for as long as it is waited for."""

    def line_type(number, seconds):
        provider.looked_up.append(number)
        assert not threading.Event().wait(seconds)
        raise DOWN

    monkeypatch.setattr(provider, "line_type", line_type)


def test_a_provider_that_hangs_is_left_soon_after_the_time_is_up(look_up, provider, monkeypatch):
    hang(provider, monkeypatch)
    monkeypatch.setattr(line_types, "_GRACE_SECONDS", 0.1)
    assert look_up.look_up(MANY, STAFF, seconds=0) == LookUpResult(failed=0, left=len(MANY))
    assert len(provider.looked_up) == 8


def test_a_look_up_beside_one_that_hangs_is_not_waited_for_longer(look_up, provider, monkeypatch):
    with look_up._lock:
        assert look_up.look_up(MANY, STAFF, seconds=0) == LookUpResult(failed=0, left=len(MANY))
    assert provider.looked_up == []


def test_two_look_ups_at_once_ask_about_a_number_once(look_up, provider):
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(look_up.look_up, [MANY, MANY], [STAFF, STAFF])) == 2 * [
            LookUpResult(failed=0)
        ]
    assert sorted(provider.looked_up) == MANY


def test_the_progress_is_reported(look_up):
    reports = []
    look_up.look_up(MANY, STAFF, lambda done, total: reports.append((done, total)))
    assert reports == [(32, 70), (64, 70), (70, 70)]


def test_forgetting_a_contact_forgets_its_line_type(world, look_up, provider):
    provider.line_types = {ADA: LineType.LANDLINE}
    look_up.look_up([ADA], STAFF)
    world.launch([ADA])
    world.forget()
    assert (look_up.landline_count([ADA]), look_up.plan([ADA]).phones) == (0, [ADA])


def test_a_number_that_was_only_looked_up_can_be_forgotten(world, look_up):
    look_up.look_up([ADA], STAFF)
    world.forget()
    first, _forgotten = world.app.ledger.reader.stream(world.contact())
    assert (first.topic, first.event.private) == ("LineTypeLookedUp", None)


def test_a_text_from_a_number_that_was_only_looked_up_is_stored(world, look_up):
    look_up.look_up([ADA], STAFF)
    world.inbound("Hello")
    received = world.last(world.contact()).event
    assert dict(received.private.parameters)["Body"] == "Hello"


def test_a_look_up_after_a_forgetting_stores_no_number(world, look_up):
    world.launch([ADA])
    world.forget()
    look_up.look_up([ADA], STAFF)
    assert world.last(world.contact()).event.private is None


# Launches.


@pytest.fixture
def landline(look_up, provider):
    """Ben's number, which is a landline."""
    provider.line_types = {BEN: LineType.LANDLINE, CLEO: LineType.FIXED_VOIP}
    look_up.look_up([ADA, BEN, CLEO], STAFF)
    return BEN


@pytest.mark.both_databases
def test_a_launch_that_leaves_landlines_out_fails_them_with_that_reason(world, provider, landline):
    campaign = world.launch([ADA, landline, CLEO], leaves_out_landlines=True)
    world.send()
    assert [text.to for text in provider.sent] == [ADA, CLEO]
    row = world.row(world.delivery(campaign, landline))
    assert (row.status, row.failed_reason) == (DeliveryStatus.FAILED, Reason.LANDLINE)
    assert world.detail(row.delivery_id) == "This number is a landline, which gets no texts."


def test_any_other_launch_texts_landlines(world, provider, landline):
    world.launch([landline])
    world.send()
    assert [text.to for text in provider.sent] == [landline]


def test_a_landline_that_opted_out_fails_as_opted_out(world, landline):
    world.opt_out(landline)
    campaign = world.launch([landline], leaves_out_landlines=True)
    row = world.row(world.delivery(campaign, landline))
    assert row.failed_reason is Reason.OPTED_OUT


@pytest.mark.both_databases
def test_a_resend_leaves_landlines_out(world, landline):
    campaign = world.launch([landline], leaves_out_landlines=True)
    assert [left.reason for left in world.resend(campaign).left_out] == [LeftOutReason.LANDLINE]
    plan = world.app.status.resend_plan(campaign, Selection())
    assert plan.left_out == {LeftOutReason.LANDLINE: 1}


def test_staff_may_insist_on_texting_a_landline(world, provider, landline):
    campaign = world.launch([landline], leaves_out_landlines=True)
    assert world.resend(campaign, include_unreachable=True).count == 1
    world.send()
    assert [text.to for text in provider.sent] == [landline]


@pytest.mark.both_databases
def test_the_views_are_those_of_a_rebuild(world, landline):
    world.launch([ADA, landline], leaves_out_landlines=True)
    world.catch_up()
    assert list(world.app.views.differences()) == []

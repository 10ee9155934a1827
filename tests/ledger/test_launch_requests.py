"""Launches that one person may not make alone: they wait, and somebody else decides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.commands.drafts import DiscardDraft, DraftOrder, save_draft
from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch, WithdrawLaunch
from ledger.commands.launch_rules import SetApprovalLimit, SetSpendingLimits, spent_of
from ledger.commands.undo_window import StopLaunch
from ledger.domain.launch_rules import SpendingLimits, Spent
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import ApprovalCause, DeliveryStatus, Reason
from ledger.errors import BadInput, NotFound, Refused, WaitsForApproval

APPROVER = "usr_2"
PENNY = Decimal("0.01")


@pytest.fixture
def strict(world: World) -> World:
    """A world in which a launch to more than two contacts waits."""
    world.execute(SetApprovalLimit(STAFF, 2))
    return world


def ask(world: World, **options: object) -> str:
    with pytest.raises(WaitsForApproval) as waiting:
        world.launch([ADA, BEN, CLEO], **options)
    world.catch_up()
    return waiting.value.campaign_id


def limit(**amounts: object) -> SpendingLimits:
    return SpendingLimits(price=PENNY, currency="USD", zone="America/New_York", **amounts)


@pytest.mark.both_databases
def test_a_launch_above_the_limit_waits_and_texts_nobody_until_it_is_approved(
    strict: World,
) -> None:
    strict.launch([ADA, BEN])
    campaign_id = ask(strict)
    (row,) = strict.app.launch_requests.waiting()
    assert (row.campaign_id, row.requested_by, row.contact_count) == (campaign_id, STAFF, 3)
    assert strict.send() == 2
    with pytest.raises(NotFound):
        strict.campaign(campaign_id)
    strict.execute(ApproveLaunch(campaign_id, APPROVER))
    assert strict.send() == 3
    assert strict.app.launch_requests.waiting() == []
    topics = strict.topics(campaign_id)
    assert topics == ["CampaignCreated", "LaunchRequested", "LaunchApproved", "CampaignLaunched"]
    assert strict.campaign(campaign_id).name == "Spring fair"
    live = strict.app.status.campaigns()
    strict.app.views.rebuild()
    assert strict.app.status.campaigns() == live


def test_who_asked_cannot_approve_and_nobody_approves_twice(strict: World) -> None:
    campaign_id = ask(strict)
    with pytest.raises(Refused, match="somebody else has to approve it"):
        strict.execute(ApproveLaunch(campaign_id, STAFF))
    strict.execute(ApproveLaunch(campaign_id, APPROVER))
    with pytest.raises(Refused, match="does not wait for approval"):
        strict.execute(ApproveLaunch(campaign_id, APPROVER))
    with pytest.raises(NotFound):
        strict.execute(ApproveLaunch("cam_none", APPROVER))


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_a_request_that_is_refused_or_withdrawn_texts_nobody(strict: World, end: str) -> None:
    campaign_id = ask(strict, launch_name="once")
    with pytest.raises(Refused, match="Somebody else asked"):
        strict.execute(WithdrawLaunch(campaign_id, APPROVER))
    commands = {
        "refused": RefuseLaunch(campaign_id, APPROVER, explanation=" Wrong file "),
        "withdrawn": WithdrawLaunch(campaign_id, STAFF),
    }
    strict.execute(commands[end])
    event = strict.last(campaign_id).event
    assert event.is_withdrawn is (end == "withdrawn")
    assert (event.private and event.private.explanation) == (
        "Wrong file" if end == "refused" else None
    )
    strict.catch_up()
    assert strict.app.launch_requests.waiting() == []
    assert strict.send() == 0
    for again in (ApproveLaunch(campaign_id, APPROVER), RefuseLaunch(campaign_id, APPROVER)):
        with pytest.raises(Refused, match="does not wait for approval"):
            strict.execute(again)


def test_a_repeat_of_the_same_launch_asks_once(strict: World) -> None:
    first = ask(strict, launch_name="once")
    assert ask(strict, launch_name="once") == first
    assert strict.topics(first) == ["CampaignCreated", "LaunchRequested"]


def test_a_request_is_not_swept_as_an_abandoned_launch(strict: World) -> None:
    campaign_id = ask(strict)
    strict.clock.advance(days=3)
    assert sweep_abandoned(strict.app.ledger) == 0
    strict.execute(ApproveLaunch(campaign_id, APPROVER))
    assert strict.send() == 3


@pytest.mark.parametrize("change", ["saved", "discarded", "submitted"])
def test_a_change_of_the_draft_voids_the_request(strict: World, change: str) -> None:
    order = DraftOrder(name="Spring fair", message="Hello {{first_name}}")
    draft_id = save_draft(strict.app.ledger, order, STAFF)
    campaign_id = ask(strict, draft_id=draft_id)
    if change == "saved":
        save_draft(strict.app.ledger, order, "usr_3", draft_id)
    elif change == "discarded":
        strict.execute(DiscardDraft(draft_id, "usr_3"))
    else:
        ask(strict, draft_id=draft_id, by="usr_3")
    event = strict.last(campaign_id).event
    assert (event.topic, event.actor) == ("LaunchVoided", "usr_3")
    with pytest.raises(Refused, match="or changed its draft"):
        strict.execute(ApproveLaunch(campaign_id, APPROVER))


def test_an_approved_draft_is_closed(strict: World) -> None:
    draft_id = save_draft(strict.app.ledger, DraftOrder(name="N", message="M"), STAFF)
    campaign_id = ask(strict, draft_id=draft_id)
    strict.execute(ApproveLaunch(campaign_id, APPROVER))
    assert strict.last(draft_id).event.launched_as == campaign_id


def test_what_changed_meanwhile_counts_at_the_approval(strict: World) -> None:
    deadline = strict.clock.now() + timedelta(hours=1)
    campaign_id = ask(strict, timing=Schedule(send_before=deadline))
    strict.opt_out(ADA)
    strict.forget(BEN)
    strict.catch_up()
    assert strict.app.launch_requests.left_out(campaign_id) == {
        Reason.FORGOTTEN: 1,
        Reason.OPTED_OUT: 1,
    }
    late = ask(strict, name="Late", timing=Schedule(send_before=deadline))
    strict.execute(ApproveLaunch(campaign_id, APPROVER))
    assert strict.statuses(campaign_id).count(DeliveryStatus.FAILED) == 2
    assert strict.send() == 1
    strict.clock.advance(hours=1)
    with pytest.raises(Refused, match="The time before which its texts must go out has passed"):
        strict.execute(ApproveLaunch(late, APPROVER))


def test_an_approval_on_a_page_can_be_stopped_too(strict: World) -> None:
    campaign_id = ask(strict)
    strict.execute(ApproveLaunch(campaign_id, APPROVER, undo_seconds=30, zones=["UTC"]))
    strict.execute(StopLaunch(campaign_id, STAFF))
    strict.clock.advance(minutes=1)
    assert strict.send() == 0


@pytest.mark.both_databases
def test_a_launch_beyond_the_spending_limit_waits_for_an_admin(world: World) -> None:
    world.execute(SetSpendingLimits(STAFF, limit(day=2 * PENNY)))
    world.launch([ADA])
    campaign_id = ask(world)
    request = world.last(campaign_id).event
    assert (request.causes, request.segments) == ((ApprovalCause.DAY_LIMIT,), 3)
    with pytest.raises(Refused, match="an admin has to approve it"):
        world.execute(ApproveLaunch(campaign_id, APPROVER))
    world.execute(ApproveLaunch(campaign_id, APPROVER, may_exceed_spending=True))
    assert spent_of(world.app.ledger.reader, limit(), world.clock.now()) == Spent(day=4, month=4)


def test_each_day_and_month_of_the_school_is_counted_alone_without_stopped_launches(
    world: World,
) -> None:
    both = (ApprovalCause.DAY_LIMIT, ApprovalCause.MONTH_LIMIT)
    world.execute(SetSpendingLimits(STAFF, limit(day=3 * PENNY, month=4 * PENNY)))
    stopped = world.launch([ADA, BEN, CLEO], undo_seconds=30)
    world.execute(StopLaunch(stopped, STAFF))
    world.launch([ADA, BEN, CLEO])
    midnight = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # in New York
    world.clock.advance(seconds=(midnight - world.clock.now()).total_seconds() - 1)
    assert world.last(ask(world)).event.causes == both
    world.clock.advance(seconds=1)
    world.launch([ADA])
    assert world.last(ask(world)).event.causes == both
    world.clock.advance(days=30)
    world.launch([ADA, BEN, CLEO])


def test_a_request_that_other_launches_made_too_expensive_needs_an_admin(strict: World) -> None:
    campaign_id = ask(strict)
    strict.execute(SetSpendingLimits(STAFF, limit(month=4 * PENNY)))
    strict.launch([ADA, BEN])
    with pytest.raises(Refused, match="Meanwhile other launches used up the spending limit"):
        strict.execute(ApproveLaunch(campaign_id, APPROVER))


def test_rules_that_cannot_be_meant_are_refused(world: World) -> None:
    with pytest.raises(BadInput, match="0 or more"):
        world.execute(SetApprovalLimit(STAFF, -1))
    with pytest.raises(BadInput, match="LEDGER_PRICE_PER_SEGMENT"):
        world.execute(SetSpendingLimits(STAFF, SpendingLimits(day=PENNY)))
    world.execute(SetApprovalLimit(STAFF, None))
    world.launch([ADA, BEN, CLEO])


@pytest.mark.both_databases
def test_a_resend_counts_towards_the_spending_limit_once(world: World) -> None:
    campaign_id = world.launch([ADA])
    world.send()
    ada = world.delivery(campaign_id)
    world.callback(ada, status="undelivered", code=30006)
    world.execute(SetSpendingLimits(STAFF, limit(day=2 * PENNY)))
    for _ in range(2):
        world.resend_to(campaign_id, [ada], "one", include_unreachable=True)
    assert spent_of(world.app.ledger.reader, limit(), world.clock.now()) == Spent(day=2, month=2)
    with pytest.raises(Refused, match="This resend goes beyond the spending limit"):
        world.resend_to(campaign_id, [ada], "two", include_unreachable=True)
    world.resend_to(campaign_id, [ada], "two", include_unreachable=True, may_exceed_spending=True)
    assert world.last(ask(world)).event.causes == (ApprovalCause.DAY_LIMIT,)

"""Resends that one person may not make alone: they wait, and somebody else decides."""

import threading
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.launch_rules import SetApprovalLimit, SetSpendingLimits
from ledger.commands.resend_requests import RefuseResend, WithdrawResend, resend_request_of
from ledger.commands.resends import ResendOrder, ResendPart, approve_resend, resend
from ledger.domain.launch_rules import SpendingLimits
from ledger.domain.resend_request import ResendRequest
from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import NotFound, Refused, ResendWaitsForApproval
from projections.campaigns.resend_plan import Selection
from webapp.background.resends import keep_resends
from webapp.resend_requests import (
    approve,
    continue_resend,
    cut_off,
    named_deliveries,
    review,
    selection_at,
)

APPROVER = "usr_2"
PEOPLE = (ADA, BEN, CLEO)


@pytest.fixture
def failed(world: World) -> str:
    """A campaign of three contacts that failed, where a resend to more than two waits."""
    campaign_id = world.launch(list(PEOPLE))
    world.send()
    for phone in PEOPLE:
        world.callback(world.delivery(campaign_id, phone), status="undelivered", code=30008)
    _fail_at_limit(world, campaign_id)
    world.execute(SetApprovalLimit(STAFF, 2))
    world.catch_up()
    return campaign_id


def _fail_at_limit(world: World, campaign_id: str) -> None:
    for phone in PEOPLE:
        world.callback(world.delivery(campaign_id, phone), status="failed", code=30006)


def order(world: World, campaign_id: str, request: str = "r") -> ResendOrder:
    seq = world.app.views.position().seq
    named = selection_at(seq, Selection(), include_unreachable=True)
    return ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=named_deliveries(world.app, campaign_id, named),
        request=request,
        selection=named,
        include_unreachable=True,
    )


def ask(world: World, campaign_id: str) -> str:
    with pytest.raises(ResendWaitsForApproval) as waiting:
        resend(world.app.ledger, order(world, campaign_id), STAFF)
    world.catch_up()
    return waiting.value.resend_id


@pytest.mark.both_databases
def test_what_is_shown_to_an_approver_is_what_the_approval_does(world: World, failed: str) -> None:
    resend_id = ask(world, failed)
    world.opt_out(ADA)
    again = ResendOrder(
        campaign_id=failed,
        delivery_ids=[world.delivery(failed, phone) for phone in (BEN, CLEO)],
        request="meanwhile",
        include_unreachable=True,
    )
    resend(world.app.ledger, again, STAFF)
    world.callback(world.delivery(failed, CLEO), status="delivered")
    world.send()
    world.callback(world.delivery(failed, BEN), status="failed", code=30003)
    world.catch_up()
    selection = resend_request_of(world.app.ledger.reader, resend_id).waiting().selection
    shown = review(world.app, failed, selection)
    assert sum(cause.contacts for cause in shown.causes) == 3
    done = approve(world.app, resend_id, APPROVER)
    assert (shown.plan.count, shown.plan.left_out) == (
        done.count,
        Counter(each.reason for each in done.left_out),
    )


@pytest.mark.both_databases
def test_a_resend_above_the_limit_waits_and_goes_to_exactly_those_that_it_named(
    world: World, failed: str
) -> None:
    resend_id = ask(world, failed)
    (row,) = world.app.resend_requests.waiting()
    assert (row.resend_id, row.campaign_id, row.contact_count) == (resend_id, failed, 3)
    assert world.send() == 0
    world.opt_out(ADA)
    world.callback(world.delivery(failed, BEN), status="delivered")
    world.catch_up()
    done = approve(world.app, resend_id, APPROVER)
    assert (done.count, len(done.left_out)) == (1, 2)
    world.catch_up()
    assert world.app.resend_requests.waiting() == []
    assert world.topics(resend_id) == [
        "ResendApprovalRequested",
        "ResendApproved",
        "ResendFinished",
    ]
    assert world.send() == 1
    assert world.statuses(failed).count(DeliveryStatus.PENDING) == 1


def test_who_asked_cannot_approve_and_nobody_decides_twice(world: World, failed: str) -> None:
    resend_id = ask(world, failed)
    with pytest.raises(Refused, match="somebody else has to approve it"):
        approve(world.app, resend_id, STAFF)
    with pytest.raises(Refused, match="Somebody else asked"):
        world.execute(WithdrawResend(resend_id, APPROVER))
    with pytest.raises(NotFound):
        approve(world.app, "rsd_none", APPROVER)
    world.execute(RefuseResend(resend_id, APPROVER, explanation=" Not today "))
    assert world.last(resend_id).event.private.explanation == "Not today"
    with pytest.raises(Refused, match="does not wait for approval"):
        approve(world.app, resend_id, APPROVER)
    with pytest.raises(Refused, match="was not approved"):
        resend(world.app.ledger, order(world, failed), STAFF)
    world.catch_up()
    assert world.app.resend_requests.waiting() == []
    assert world.send() == 0


def test_a_maker_of_a_token_counts_as_who_asked(world: World, failed: str) -> None:
    by_program = replace(order(world, failed), token_maker=APPROVER)
    with pytest.raises(ResendWaitsForApproval) as waiting:
        resend(world.app.ledger, by_program, "sys_1")
    with pytest.raises(Refused, match="The same person made the API token"):
        approve(world.app, waiting.value.resend_id, APPROVER)


def test_a_resend_that_was_cut_off_after_its_approval_is_continued_once(
    world: World, failed: str
) -> None:
    resend_id = ask(world, failed)
    asked = world.app.ledger.reader.load(ResendRequest, resend_id).waiting()
    ids = named_deliveries(world.app, failed, asked.selection)
    approve_resend(world.app.ledger, resend_id, ids, APPROVER)
    part = replace(order(world, failed), approved_as=resend_id)
    world.execute(ResendPart(part, ids[:1], APPROVER))
    world.catch_up()
    assert cut_off(world.app) == []  # it may be running
    world.clock.advance(minutes=2)
    assert cut_off(world.app) == [resend_id]
    assert continue_resend(world.app, resend_id).count == 3
    assert continue_resend(world.app, resend_id).count == 3
    world.catch_up()
    assert cut_off(world.app) == []
    assert world.topics(resend_id).count("ResendFinished") == 1
    assert world.send() == 3


def test_a_resend_that_cannot_be_continued_holds_up_no_other(world: World, failed: str) -> None:
    world.execute(SetApprovalLimit(STAFF, 9))
    other_id = world.launch(list(PEOPLE), name="Other")
    world.execute(SetApprovalLimit(STAFF, 2))
    world.send()
    _fail_at_limit(world, other_id)
    world.catch_up()
    for campaign_id in (failed, other_id):
        resend_id = ask(world, campaign_id)
        asked = world.app.ledger.reader.load(ResendRequest, resend_id).waiting()
        ids = named_deliveries(world.app, campaign_id, asked.selection)
        approve_resend(world.app.ledger, resend_id, ids, APPROVER)
    world.close_campaign(failed)
    world.catch_up()
    world.clock.advance(minutes=2)
    steps = keep_resends.steps(world.app, threading.Event())
    next(steps)
    next(steps)
    world.catch_up()
    assert cut_off(world.app) == []
    assert world.app.status.campaign(other_id).counts.pending == 3


def test_a_finished_resend_texts_nobody_whom_it_left_out(world: World, failed: str) -> None:
    resend_id = ask(world, failed)
    world.opt_out(ADA)
    assert approve(world.app, resend_id, APPROVER).count == 2
    world.opt_in(ADA)
    world.send()
    assert approve(world.app, resend_id, APPROVER).count == 2
    assert world.send() == 0


def test_a_repeat_asks_once_and_says_what_was_decided(world: World, failed: str) -> None:
    same = order(world, failed)
    resend_id = ask(world, failed)
    with pytest.raises(ResendWaitsForApproval):
        resend(world.app.ledger, same, STAFF)
    assert world.topics(resend_id) == ["ResendApprovalRequested"]
    approve(world.app, resend_id, APPROVER)
    assert resend(world.app.ledger, same, STAFF).count == 3
    assert world.send() == 3


def test_a_closed_campaign_ends_an_approved_resend(world: World, failed: str) -> None:
    resend_id = ask(world, failed)
    asked = world.app.ledger.reader.load(ResendRequest, resend_id).waiting()
    ids = named_deliveries(world.app, failed, asked.selection)
    approve_resend(world.app.ledger, resend_id, ids, APPROVER)
    world.close_campaign(failed)
    with pytest.raises(Refused, match="Cannot resend in this campaign"):
        continue_resend(world.app, resend_id)
    assert world.last(resend_id).event.left_out == 3


def test_a_part_without_an_approval_is_refused(world: World, failed: str) -> None:
    unapproved = order(world, failed)
    with pytest.raises(Refused, match="waits for somebody else's approval"):
        world.execute(ResendPart(unapproved, unapproved.delivery_ids, STAFF))
    resend_id = ask(world, failed)
    pretended = replace(unapproved, approved_as=resend_id)
    with pytest.raises(Refused, match="was not approved"):
        world.execute(ResendPart(pretended, pretended.delivery_ids, STAFF))


def test_nobody_but_the_named_contacts_can_be_resent_to(world: World, failed: str) -> None:
    resend_id = ask(world, failed)
    with pytest.raises(Refused, match="cannot be listed as they were"):
        approve_resend(world.app.ledger, resend_id, ["del_other"], APPROVER)


def test_an_approval_counts_towards_the_spending_limit(world: World, failed: str) -> None:
    resend_id = ask(world, failed)
    limits = SpendingLimits(day=Decimal(0), price=Decimal(1), currency="USD")
    world.execute(SetSpendingLimits(STAFF, limits))
    with pytest.raises(Refused, match="goes beyond the spending limit"):
        approve(world.app, resend_id, APPROVER)
    assert world.topics(resend_id) == ["ResendApprovalRequested"]
    approve(world.app, resend_id, APPROVER, may_exceed_spending=True)
    assert "ResendCounted" in world.topics("launch-rules")

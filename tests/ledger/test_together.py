"""Decisions taken together: on streams read once for all, each seeing those before it."""

import threading
from contextlib import contextmanager

import pytest

from kit.world import ADA, BEN, CLEO, STAFF
from ledger.commands import campaigns
from ledger.commands.callbacks import Address
from ledger.errors import AlreadyRecorded, NotFound, StoreUnavailable
from ledger.ledger import Decision
from ledger.store.commit import Commit

WAIT = 30


def callback(world, delivery_id, status="delivered", turn=1, **more):
    """A genuine callback, handed in and not waited for."""
    token = world.app.ledger.identity.callback_token(delivery_id, turn)
    form = {"MessageSid": world.sid_of(delivery_id, turn), "MessageStatus": status, **more}
    return world.app.callbacks.receive(Address(delivery_id, turn, token), tuple(form.items()))


@pytest.fixture
def commits(monkeypatch):
    """How many batches each commit held that held any."""
    counts, append = [], Commit.append

    def counted(commit, batches):
        counts.extend([len(batches)] if batches else [])
        return append(commit, batches)

    monkeypatch.setattr(Commit, "append", counted)
    return counts


@contextmanager
def held_up(world):
    """Whatever is handed in within the block is decided together after it."""
    is_begun, may_go_on = threading.Event(), threading.Event()

    def wait(_sight):
        is_begun.set()
        assert may_go_on.wait(WAIT)
        raise NotFound("Nothing is written for this one.")

    first = world.app.ledger.record_together("cam_none", wait)
    assert is_begun.wait(WAIT)
    yield
    may_go_on.set()
    assert isinstance(first.exception(WAIT), NotFound)


@pytest.fixture
def sent(world):
    """The deliveries of a campaign that was sent to three."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    return [world.delivery(campaign_id, phone) for phone in (ADA, BEN, CLEO)]


def topics_and_statuses(world, stream_id):
    events = [entry.event for entry in world.app.ledger.stream(stream_id)]
    return [event.status for event in events if event.topic == "CallbackReceived"]


def test_callbacks_that_wait_together_are_one_commit(world, sent, commits):
    with held_up(world):
        futures = [callback(world, delivery_id) for delivery_id in sent]
    seqs = [seq for future in futures for seq in future.result(WAIT)]
    assert commits == [3]
    assert seqs == list(range(seqs[0], seqs[0] + 3))


def test_callbacks_about_one_delivery_are_decided_one_upon_the_other(world, sent, commits):
    with held_up(world):
        futures = [callback(world, sent[0], status) for status in ("queued", "sent", "delivered")]
    assert [len(future.result(WAIT)) for future in futures] == [1, 1, 1]
    assert commits == [3]
    assert topics_and_statuses(world, sent[0]) == ["queued", "sent", "delivered"]


def test_the_same_callback_twice_in_one_commit_is_recorded_once(world, sent):
    with held_up(world):
        first, again = callback(world, sent[0]), callback(world, sent[0])
        other = callback(world, sent[0], "read")
    assert len(first.result(WAIT)) == 1
    assert isinstance(again.exception(WAIT), AlreadyRecorded)
    assert len(other.result(WAIT)) == 1
    assert topics_and_statuses(world, sent[0]) == ["delivered", "read"]


def test_a_decision_that_is_refused_takes_no_other_down(world, sent, commits):
    def refuse(_sight):
        raise NotFound("no")

    with held_up(world):
        one = callback(world, sent[0])
        refused = world.app.ledger.record_together("cam_none", refuse)
        other = callback(world, sent[1])
    assert (len(one.result(WAIT)), len(other.result(WAIT))) == (1, 1)
    assert isinstance(refused.exception(WAIT), NotFound)
    assert commits == [2]


def test_a_decision_that_breaks_takes_no_other_down(world, sent):
    def broken(_sight):
        raise ZeroDivisionError

    with held_up(world):
        one = callback(world, sent[0])
        fault = world.app.ledger.record_together("cam_none", broken)
        other = callback(world, sent[1])
    assert (len(one.result(WAIT)), len(other.result(WAIT))) == (1, 1)
    assert isinstance(fault.exception(WAIT), ZeroDivisionError)


def test_what_staff_decided_meanwhile_goes_into_the_same_commit(world, sent, commits):
    campaign_id = world.row(sent[0]).campaign_id
    with held_up(world):
        future = callback(world, sent[0])
        staff = threading.Thread(
            target=campaigns.pause, args=[world.app.ledger, campaign_id, STAFF]
        )
        staff.start()
        until(lambda: len(world.app.ledger._group._waiting) == 2)
    staff.join()
    assert len(future.result(WAIT)) == 1
    assert commits == [2]


def test_what_another_of_the_same_commit_moved_is_decided_anew(world, sent):
    campaign_id, seen = world.row(sent[0]).campaign_id, []

    def decide(sight):
        seen.append(len(sight.events_of([campaign_id])[campaign_id]))
        return Decision([], {campaign_id: seen[-1]})

    with held_up(world):
        staff = threading.Thread(
            target=campaigns.pause, args=[world.app.ledger, campaign_id, STAFF]
        )
        staff.start()
        until(lambda: len(world.app.ledger._group._waiting) == 1)
        future = world.app.ledger.record_together(sent[0], decide)
    staff.join()
    future.result(WAIT)
    assert seen == [2, 3]


def test_nothing_moves_under_a_decision_that_is_being_taken(world, sent):
    other, campaign_id = world.again(), world.row(sent[0]).campaign_id
    elsewhere = threading.Thread(target=other.pause, args=[campaign_id])
    seen = []

    def decide(sight):
        elsewhere.start()
        elsewhere.join(0.3)
        seen.append(len(world.topics(campaign_id)))
        return Decision([], {campaign_id: len(sight.events_of([campaign_id])[campaign_id])})

    world.app.ledger.record_together(sent[0], decide).result(WAIT)
    assert seen == [2]
    elsewhere.join(WAIT)
    assert world.topics(campaign_id)[2:] == ["CampaignPaused"]
    other.close()


def test_a_store_that_is_away_says_so_to_all_who_wait_and_is_used_again_when_back(
    world, sent, monkeypatch
):
    def away():
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        with held_up(world):
            patch.setattr(world.app.ledger.recorder, "commit", away)
            futures = [callback(world, delivery_id) for delivery_id in sent]
        told = [future.exception(WAIT) for future in futures]
    assert [type(error) for error in told] == [StoreUnavailable] * 3
    assert len(callback(world, sent[0]).result(WAIT)) == 1


def test_one_21610_withdraws_what_a_callback_of_the_same_commit_left_waiting(world):
    first, second = (world.delivery(world.launch(name=name)) for name in ("One", "Two"))
    world.send()
    with held_up(world):
        bounced = callback(world, second, "undelivered", ErrorCode="30001")
        opted_out = callback(world, first, "undelivered", ErrorCode="21610")
    assert (len(bounced.result(WAIT)), len(opted_out.result(WAIT))) == (1, 3)
    assert world.topics(second)[-1] == "DeliveryWithdrawn"


def test_r16_a_21610_keeps_the_number_sealed_in_the_opt_out(world, sent):
    callback(world, sent[0], "undelivered", ErrorCode="21610").result(WAIT)
    assert world.last(world.contact()).event.private.phone == ADA


def until(is_so):
    pause = threading.Event()
    for _ in range(WAIT * 1000):
        if is_so():
            return
        pause.wait(0.001)
    raise AssertionError("it never came to be so")

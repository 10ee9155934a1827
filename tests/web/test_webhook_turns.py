"""Turns of webhooks: kills, two processes, slow endpoints, lost cursors, clocks, errors."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from kit.staff import Staff, form_token
from kit.webhook_consumer import consumer
from kit.webhooks import PRIVATE, listen, tell
from kit.world import ADA, STAFF, World
from ledger.errors import LedgerError
from webapp.notices.notice import Notice, NoticeKind
from webapp.webhooks.announcer import Announcer
from webapp.webhooks.runner import Runner
from webapp.webhooks.tables import webhook_cursors


@contextmanager
def no_writing(world: World) -> Iterator[None]:
    """What the process of a turn writes is lost, as when it is killed."""
    log, nothing = world.app.webhook_sending.log, lambda *_arguments: None
    lease = "webapp.webhooks.progress.Lease._write"
    with patch.object(log, "add", nothing), patch(lease, lambda *_arguments, **_values: True):
        yield


def test_a_turn_that_was_killed_is_repeated_under_the_same_ids(told, ears):
    listen(told, ears, ["campaign.paused", "campaign.resumed"])
    campaign = told.launch([ADA])
    for _time in range(3):
        told.pause(campaign)
        told.resume(campaign)

    ears.answer = lambda _taken: (204 if len(ears.taken) < 3 else 500, {})
    with no_writing(told):
        tell(told)
    ears.answer = lambda _taken: (204, {})
    told.clock.advance(timedelta(minutes=2))
    tell(World.open(told.url, told.clock, told.provider, **PRIVATE))
    ids = [each.headers["webhook-id"] for each in ears.taken]
    assert ids[:3] == ids[3:6]
    assert len(set(ids)) == 6


def test_a_turn_that_ends_between_messages_repeats_none(told, ears):
    listen(told, ears, ["campaign.paused", "campaign.resumed"])
    campaign = told.launch([ADA])
    for _time in range(3):
        told.pause(campaign)
        told.resume(campaign)
    with patch("webapp.webhooks.turn._TURN_SECONDS", 1e9):
        runner = Runner(told.app.webhook_sending)
        ears.answer = lambda _taken: (stop_turns(runner) or 204, {})
        for _time in range(6):
            tell(told, runner)
    assert len(ears.taken) == 6
    assert len({each.headers["webhook-id"] for each in ears.taken}) == 6


def stop_turns(runner: Runner) -> None:
    """Let each running turn end after the message that it sends now."""
    for turn, _thread in list(runner._running.values()):
        turn.stop.set()


def test_a_slow_endpoint_holds_up_no_other_one(told, ears):
    with consumer() as slow:
        go_on = threading.Event()
        slow.answer = lambda _taken: (204 if go_on.wait(30) else 500, {})
        listen(told, slow, ["campaign.paused"])
        listen(told, ears, ["campaign.paused", "campaign.resumed"])
        campaign = told.launch([ADA])
        told.pause(campaign)
        runner = Runner(told.app.webhook_sending)
        runner.look()
        while not ears.of_type("campaign.paused"):
            runner.look()
        told.resume(campaign)
        while not ears.of_type("campaign.resumed"):
            runner.look()
        assert slow.taken == []
        go_on.set()
        runner.join()
    assert len(slow.taken) == 1


def test_two_processes_send_each_message_once(told, ears):
    listen(told, ears, ["campaign.paused", "campaign.resumed"])
    campaign = told.launch([ADA])
    for _time in range(5):
        told.pause(campaign)
        told.resume(campaign)
    other = World.open(told.url, told.clock, told.provider, **PRIVATE)
    runners = [Runner(world.app.webhook_sending) for world in (told, other)]
    for runner in runners:
        runner.look()
    for runner in runners:
        runner.join()
    other.close()
    assert len(ears.taken) == 10


def test_an_endpoint_whose_cursor_was_lost_begins_a_week_before_the_last_event(told, ears):
    secrets = listen(told, ears, ["campaign.paused", "campaign.resumed"])
    campaign = told.launch([ADA])
    for days in (10, 10, 3):
        told.pause(campaign)
        told.resume(campaign)
        tell(told)
        told.clock.advance(timedelta(days=days))
    told.pause(campaign)
    before = len(ears.taken)
    told.app.webhook_sending.leases.forget([secrets.endpoint_id])
    tell(told)
    types = [each.type for each in ears.taken[before:]]
    assert types == ["campaign.paused", "campaign.resumed", "campaign.paused"]


def set_cursor(world: World, **values: object) -> None:
    with world.app.sending_engine.begin() as connection:
        connection.execute(sa.update(webhook_cursors).values(values))


@pytest.mark.both_databases
def test_a_cursor_after_the_end_of_a_restored_ledger_begins_again(told, ears):
    listen(told, ears, ["campaign.paused"])
    told.pause(told.launch([ADA]))
    tell(told)
    set_cursor(told, seq=10_000)
    tell(told)
    first, again = ears.taken
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert told.app.webhook_sending.leases.all().popitem()[1].seq == told.app.ledger.reader.head()


def test_a_clock_that_was_set_back_holds_up_no_endpoint(told, ears):
    listen(told, ears, ["campaign.paused"])
    campaign = told.launch([ADA])
    tell(told)
    later = 10**6 * 86_400 * 30 + int(told.clock.now().timestamp() * 10**6)
    set_cursor(told, holder="killed", held_until=later, next_try_at=later, failing_since=later)
    told.pause(campaign)
    tell(told)
    assert len(ears.taken) == 1


def test_what_was_taken_before_an_error_of_this_program_is_not_sent_again(told, ears):
    listen(told, ears, ["campaign.paused", "campaign.resumed"])
    campaign = told.launch([ADA])
    told.pause(campaign)
    told.resume(campaign)
    messages = Announcer.messages

    def fail_later(announcer, events):
        if announcer.seq + 1 >= told.app.ledger.reader.head():
            raise LedgerError("An event cannot be read.")
        return messages(announcer, events)

    batch = patch("webapp.webhooks.turn._BATCH_EVENTS", 1)
    gathered = patch("webapp.webhooks.turn._GATHERED_SECONDS", 0.0)
    with batch, gathered, patch.object(Announcer, "messages", fail_later):
        runner = tell(told)
        tell(told, runner)
    assert [each.type for each in ears.taken] == ["campaign.paused"]
    tell(told, runner)
    assert len(ears.taken) == 1  # it rests after the error
    tell(told)
    assert [each.type for each in ears.taken] == ["campaign.paused", "campaign.resumed"]


def test_without_endpoints_a_look_is_one_query(told, ears):
    secrets = listen(told, ears)
    told.app.webhook_endpoints.remove(secrets.endpoint_id, STAFF)
    runner = tell(told)
    statements = []
    for engine in (told.app.store.engine, told.app.sending_engine):
        sa.event.listen(engine, "before_cursor_execute", lambda *words: statements.append(words[2]))
    assert runner.look() is False
    assert len([each for each in statements if each.startswith("SELECT")]) == 1
    assert len(statements) <= 2  # with its BEGIN


def test_a_lease_is_renewed_between_messages_about_no_event(told, ears):
    listen(told, ears, ["notice"])
    advances = []
    with patch("webapp.webhooks.turn._WRITTEN_EVERY_MESSAGES", 1):
        put_notices(told, 3)
        advance = "webapp.webhooks.progress.Lease.advance"
        with patch(advance, lambda _lease, done: advances.append(done.notice_keys) or True):
            tell(told)
    assert [list(keys) for keys in advances[:3]] == [["k0"], ["k1"], ["k2"]]


def put_notices(world: World, count: int) -> None:
    endpoints = [each.endpoint_id for each, _beginning in world.app.webhook_endpoints.all()]
    for number in range(count):
        notice = Notice(
            kind=NoticeKind.CHECKPOINT,
            key=f"k{number}",
            at=world.clock.now() + timedelta(seconds=number),
            title="Checkpoint",
            sentence="Keep it.",
            path="/checkpoint",
        )
        world.app.notice_record.raise_once(notice, to_accounts=[], to_endpoints=endpoints)


def test_an_admin_chooses_other_types_for_what_is_sent_from_then_on(told, ears):
    secrets = listen(told, ears, ["campaign.paused"])
    campaign, staff = told.launch([ADA]), Staff(told)
    runner = tell(told)
    page = f"/webhooks/{secrets.endpoint_id}"
    choose_types(staff, page, "campaign.resumed")
    told.pause(campaign)
    told.resume(campaign)
    tell(told, runner)
    assert [each.type for each in ears.taken] == ["campaign.resumed"]
    choose_types(staff, page)
    assert "Choose at least one type of message." in staff.read(page)


def choose_types(staff: Staff, page: str, *types: str) -> None:
    token = form_token(staff.open(page).text)
    staff.client.post(f"{page}/types", data={"csrf_token": token, "type": list(types)})

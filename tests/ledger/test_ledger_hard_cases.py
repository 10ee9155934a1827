"""Hard cases of the ledger and the sender, each of which was wrong once."""

import sqlite3
import threading

import pytest

from kit.clock import ManualClock
from kit.processes import separate_processes
from kit.provider import provider_record, sid
from kit.rows import batch, stored
from kit.store import close_ledger, ledger_file, open_ledger, sqlite_url
from kit.world import ADA, BEN, CLEO
from ledger.commands.contacts import OptOut
from ledger.errors import LedgerError, StoreRejected, StoreUnavailable
from ledger.providers.contract import UnknownOutcome
from ledger.sending.rate_limiter import RateLimiter
from ledger.store.group_commit import GroupCommit


def test_a_doubt_in_an_archived_campaign_is_recorded_once(world, clock):
    campaign_id = world.launch()
    delivery_id = world.delivery(campaign_id)
    text = world.text(delivery_id)
    world.start(delivery_id, text)  # and its sender dies
    world.archive(campaign_id)
    clock.advance(minutes=1)
    for _ in range(3):
        world.send()
    assert world.topics(delivery_id).count("AttemptOutcomeUnknown") == 1


def test_twilio_is_not_asked_for_ever_about_a_settled_doubt_of_an_archived_campaign(
    world, provider, clock
):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    campaign_id = world.launch()
    world.send()
    world.archive(campaign_id)
    provider.records[ADA] = [provider_record(clock.now(), status="sent")]
    maintenance = world.maintenance()
    for _ in range(10):
        clock.advance(minutes=1)
        maintenance.run_once()
    assert len(provider.asked_about) == 1


def test_a_store_that_goes_away_while_batches_are_tried_singly_reaches_everyone():
    commits, is_queued = [], threading.Event()

    def append_all(batches):
        assert is_queued.wait(30)
        commits.append(len(batches))
        if len(batches) > 1:
            raise StoreRejected("one of them is bad")
        if len(commits) > 3:
            raise StoreUnavailable("gone meanwhile")
        return [[1]]

    group = GroupCommit(append_all)
    futures = [group.submit(batch(stored("a"))) for _ in range(4)]
    is_queued.set()
    _, *rest = [future.exception(30) or future.result() for future in futures]
    assert commits == [1, 3, 1, 1, 1]
    assert rest[0] == [1]
    assert [type(one) for one in rest[1:]] == [StoreUnavailable] * 2


def _open_together(folder, barrier):
    barrier.wait(30)
    close_ledger(open_ledger(sqlite_url(folder), ManualClock()))


def test_several_processes_may_open_a_new_ledger_at_the_same_moment(tmp_path):
    context = separate_processes()
    codes = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        barrier = context.Barrier(4)
        processes = [
            context.Process(target=_open_together, args=(folder, barrier)) for _ in range(4)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(30)
        codes += [process.exitcode for process in processes]
    assert codes == [0] * len(codes)


@pytest.fixture
def doubtful(world, provider):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    delivery_id = world.delivery(world.launch())
    world.send()
    return delivery_id


def pass_hours(world, clock, hours=10):
    sender, maintenance = world.sender(), world.maintenance()
    for _ in range(hours):
        clock.advance(hours=1)
        maintenance.run_once()
        sender.run_once()


def test_a_text_that_twilio_has_under_a_word_we_do_not_know_never_lapses(
    world, provider, clock, doubtful
):
    provider.records[ADA] = [provider_record(clock.now(), status="new")]
    pass_hours(world, clock)
    assert len(provider.sent) == 1


def test_a_stray_about_our_text_does_not_hide_it_from_us(world, provider, clock, doubtful):
    world.callback(doubtful, 1, "sent", sid=sid(77), token="wrong")
    provider.records[ADA] = [provider_record(clock.now(), status="sent")]
    pass_hours(world, clock)
    assert len(provider.sent) == 1


def test_a_callback_with_a_word_we_do_not_know_is_a_trace_all_the_same(
    world, provider, clock, doubtful
):
    world.callback(doubtful, 1, "new", sid=sid(77))
    pass_hours(world, clock)
    assert len(provider.sent) == 1


def test_a_forgotten_contact_who_comes_again_leaves_the_ledger_readable(world):
    first = world.launch()
    with sqlite3.connect(ledger_file(world.folder)) as connection:
        connection.execute("DELETE FROM contact_keys WHERE subject_id = ?", (world.contact(),))
    connection.close()
    world.again().launch(name="Another")
    later = world.again()
    later.app.views.rebuild()
    assert later.app.ledger.reader.stream(world.delivery(first))[0].event.private is None


def test_a_seq_is_never_used_again_even_where_the_newest_was_deleted(ledger, tmp_path):
    ledger.execute(OptOut(ledger.identity.contact_id(ADA), "usr_1")).result()
    ledger.execute(OptOut(ledger.identity.contact_id(BEN), "usr_1")).result()
    with sqlite3.connect(ledger_file(tmp_path)) as connection:
        connection.execute("DROP TRIGGER events_refuse_delete")
        connection.execute("DELETE FROM events WHERE seq = 2")
    connection.close()
    with pytest.raises(LedgerError):
        ledger.execute(OptOut(ledger.identity.contact_id(CLEO), "usr_1")).result()


def test_a_stop_after_staffs_opt_out_still_warns_at_the_opt_in(world):
    world.opt_out()
    world.inbound("STOP")
    assert world.opt_in() is True


def test_a_sender_told_to_stop_while_it_keeps_pace_starts_nothing_more(world, provider):
    world.launch([ADA, BEN, CLEO])
    stop = threading.Event()
    sender = world.sender(stop)
    sender.rate_limiter = RateLimiter(
        world.app.sending.rate_limiter._engine, world.clock, "slow", 1.0
    )
    provider.when_asked = lambda _text: stop.set()
    sender.run_once()
    assert len(provider.sent) == 1

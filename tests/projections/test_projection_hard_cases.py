"""Hard cases of the views, each of which was wrong once."""

import pytest

from kit.ledger_commands import AppendEvents
from kit.provider import refusal
from kit.recording import views_url
from kit.stories import accepted, created, delivered, enrolled, launched, started
from kit.world import ADA, BEN
from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.errors import StoreUnavailable
from ledger.store.engine import writing
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from webapp.all_projections import all_projections

SENT = (created(), enrolled(), launched(), started(), accepted())


def test_a_views_file_full_of_garbage_is_rebuilt(world, tmp_path):
    campaign_id = world.launch()
    world.close()
    for file in tmp_path.glob("ledger.views.sqlite3*"):
        file.unlink()
    (tmp_path / "ledger.views.sqlite3").write_bytes(b"garbage" * 1000)
    assert world.again().statuses(campaign_id) == ["pending"]


def test_a_views_file_damaged_in_the_middle_is_rebuilt(world, tmp_path):
    campaign_id = world.launch([f"+1415555{number:04}" for number in range(300)])
    world.catch_up()
    world.close()
    file = tmp_path / "ledger.views.sqlite3"
    content = bytearray(file.read_bytes())
    content[8192:-4096] = b"x" * (len(content) - 4096 - 8192)
    file.write_bytes(content)
    assert world.again().statuses(campaign_id) == ["pending"] * 300


def test_a_spent_budget_returns_how_many_events_are_left(world):
    world.launch([f"+1415552{number:04}" for number in range(3200)])
    left = world.app.views.catch_up(budget_seconds=0)
    assert left > 0
    assert world.app.views.position().seq + left == world.app.ledger.reader.head()


def test_a_launch_under_way_hides_no_conversation(world):
    world.inbound("Hello there")
    world.begin_launch([ADA])
    world.catch_up()
    assert len(world.app.conversations.conversations(size=10).rows) == 1


def test_a_swept_launch_hides_no_conversation(world, clock):
    world.inbound("Hello there")
    world.begin_launch([ADA])
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    world.catch_up()
    assert len(world.app.conversations.conversations(size=10).rows) == 1


def test_a_resent_message_does_not_say_that_the_network_gave_no_reason(world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), 1, "failed", 30007)
    world.resend(campaign_id)
    assert "Unknown reason" not in (world.undelivered_reason() or "")


def test_the_conversation_promises_no_attempt_in_a_closed_campaign(world):
    campaign_id = world.launch()
    world.send()
    delivery_id = world.delivery(campaign_id)
    world.callback(delivery_id, 1, "undelivered", 30001)
    world.close_campaign(campaign_id)
    assert world.row(delivery_id).next_attempt_at is None


def test_a_closed_campaign_gives_no_state_reason(world, provider):
    provider.will_answer(ADA, refusal(20003, 401))
    campaign_id = world.launch()
    world.send()
    world.close_campaign(campaign_id)
    assert world.state_reason(campaign_id) is None


def test_a_delivery_is_found_by_each_of_its_sids(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    delivery_id = world.delivery(campaign_id)
    world.callback(delivery_id, 1, "sent", sid="SMother")
    world.catch_up()
    for sid in (world.sid_of(delivery_id), "SMother"):
        (found,) = world.app.status.contacts(campaign_id, search=sid)
        assert found.delivery_id == delivery_id


def test_leftovers_of_a_killed_rebuild_are_deleted(record):
    record(*SENT)
    for ending in ("", "-wal", "-shm"):
        leftover = record.view_store._rebuilt_file
        leftover.with_name(leftover.name + ending).write_bytes(b"garbage" * 1000)
    record.views.rebuild()
    assert list(record.views.differences()) == []


def test_locked_views_are_not_deleted(record, monkeypatch, tmp_path, database_url):
    record(*SENT)
    monkeypatch.setattr("ledger.store.sqlite.WAIT_SECONDS", 0)
    impatient = open_view_store(views_url(database_url, tmp_path), database_url, setting="test")
    views = Views(impatient, record.ledger.reader, all_projections)
    with writing(record.view_store.engine):
        record.ledger.execute(AppendEvents([record._numbered(delivered())])).result()
        with pytest.raises(StoreUnavailable):
            views.catch_up()
    assert views.position().seq == record.ledger.reader.head() - 1
    assert views.catch_up() == 0
    impatient.engine.dispose()

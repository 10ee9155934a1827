"""The views can be deleted at any time: they detect damage and rebuild themselves."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from kit.ledger_commands import AppendEvents
from kit.recording import views_url
from kit.store import sqlite_url
from kit.stories import created, story
from kit.world import ADA, BEN, World
from ledger.commands.contacts import OptOut
from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import LedgerDamaged
from projections.engine import position
from projections.engine.parking import parked
from projections.engine.position import position_table
from projections.engine.projection import Projection
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from projections.overview.tables import metadata as overview_metadata
from projections.tables.schema import campaigns, standings
from webapp.all_projections import all_projections

PARKED = {"seq": 1, "topic": "", "why": "", "has_valid_columns": True}
MANY = [f"+1415552{number:04}" for number in range(2100)]


@pytest.fixture
def engine(view_store):
    return view_store.engine


def open_views(view_store, reader):
    return Views(view_store, reader, all_projections)


def differences(views):
    return list(views.differences())


def change(engine, statement):
    with engine.begin() as connection:
        connection.execute(statement)


# Catching up.


def test_the_views_of_an_empty_ledger_are_caught_up(view_store, ledger):
    assert open_views(view_store, ledger.reader).catch_up() == 0


def test_catching_up_reads_to_the_head(view_store, world):
    world.launch([ADA, BEN])
    views = open_views(view_store, world.app.ledger.reader)
    assert views.catch_up() == 0
    assert views.position().seq == world.app.ledger.reader.head()


def test_catching_up_goes_on_where_it_stopped(view_store, ledger):
    views = open_views(view_store, ledger.reader)
    ledger.execute(AppendEvents(story(created()))).result()
    views.catch_up()
    reports = []
    ledger.execute(OptOut(ledger.identity.contact_id(ADA), "usr_1")).result()
    views.catch_up(progress=lambda done, total: reports.append((done, total)))
    assert reports == [(1, 2)]


def test_a_reader_with_a_spent_budget_does_not_wait_for_others(view_store, world):
    world.launch([ADA, BEN])
    views = open_views(view_store, world.app.ledger.reader)
    with views._writer_lock:
        assert views.catch_up(budget_seconds=0) == world.app.ledger.reader.head()


def test_long_catching_up_is_done_in_batches(view_store, world):
    world.launch(MANY)
    reports = []
    views = open_views(view_store, world.app.ledger.reader)
    views.catch_up(budget_seconds=60, progress=lambda done, _total: reports.append(done))
    assert reports == [0, 2000]


def test_a_page_shows_the_act_before_it(world):
    campaign_id = world.launch([ADA, BEN])
    world.opt_out(ADA)
    assert world.statuses(campaign_id) == [DeliveryStatus.FAILED, DeliveryStatus.PENDING]


def test_two_views_catching_up_at_once_apply_each_event_once(
    view_store, world, tmp_path, database_url
):
    campaign_id = world.launch(MANY)
    other = open_view_store(views_url(database_url, tmp_path), database_url, setting="test")
    both = [
        open_views(view_store, world.app.ledger.reader),
        open_views(other, world.app.ledger.reader),
    ]
    at_once = threading.Barrier(2)

    def catch_up(views):
        at_once.wait(30)
        return views.catch_up()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(catch_up, both)) == [0, 0]
    assert differences(both[0]) == []
    with view_store.engine.connect() as connection:
        counted = connection.execute(sa.select(campaigns)).mappings().one()
    assert (counted["campaign_id"], counted["pending"]) == (campaign_id, len(MANY))
    other.engine.dispose()


# Differences, and rebuilding.


@pytest.fixture
def live(view_store, world):
    """Views over a campaign that reached Ada and met a code at Ben's number."""
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30008)
    world.inbound("Thanks", phone=BEN)
    views = open_views(view_store, world.app.ledger.reader)
    views.catch_up()
    return views


def test_live_rows_are_the_rebuilt_rows(live):
    assert differences(live) == []


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        (sa.update(standings).values(status="failed"), {"standings"}),
        (sa.update(campaigns).values(pending=7), {"campaigns"}),
        (sa.delete(standings).where(standings.c.position == 2), {"standings"}),
        (sa.delete(campaigns), {"campaigns", *overview_metadata.tables}),
        (sa.insert(parked).values(PARKED), {"parked"}),
    ],
)
def test_a_tampered_row_is_reported(engine, live, statement, tables):
    """The overview reads on behind the views, and counts nothing of campaigns that are gone."""
    change(engine, statement)
    assert {difference.table for difference in differences(live)} == tables


def test_a_difference_shows_both_rows(engine, live):
    change(engine, sa.update(campaigns).values(pending=7))
    (difference,) = differences(live)
    assert (difference.live["pending"], difference.rebuilt["pending"]) == (7, 1)


def test_a_missing_or_extra_row_is_reported_with_one_side_only(engine, live):
    first = sa.update(standings).where(standings.c.position == 1)
    change(engine, first.values(delivery_id="del_0"))
    extra, missing = sorted(differences(live), key=lambda difference: difference.live is None)
    assert (extra.live["delivery_id"], extra.rebuilt) == ("del_0", None)
    assert (missing.live, missing.rebuilt["position"]) == (None, 1)


def test_a_rebuild_repairs_tampered_rows(engine, live):
    change(engine, sa.update(standings).values(status="failed"))
    live.rebuild()
    assert differences(live) == []


def test_a_rebuild_reports_its_progress(live, world):
    reports = []
    live.rebuild(progress=lambda done, total: reports.append((done, total)))
    assert reports == [(0, world.app.ledger.reader.head())]


def test_differences_compare_up_to_the_position_of_the_views(live, world):
    world.opt_out(BEN)
    assert differences(live) == []


class Broken(Projection):
    """A projection that cannot apply an event."""

    metadata = sa.MetaData()

    def derive(self, _connection, _event_range):
        raise ZeroDivisionError


def test_readers_see_the_old_rows_until_the_new_ones_are_complete(view_store, engine, live, world):
    broken = Views(view_store, world.app.ledger.reader, lambda: [*all_projections(), Broken()])
    with pytest.raises(LedgerDamaged, match="cannot be applied"):
        broken.rebuild()
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(standings)).all()) == 2


# Views that are not valid.


def reopened(view_store, world):
    views = open_views(view_store, world.app.ledger.reader)
    was_reset = views.position().seq == 0
    views.catch_up()
    assert differences(views) == []
    return was_reset


def test_sound_views_are_kept(view_store, engine, live, world):
    assert not reopened(view_store, world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ledger_id": "another ledger"},
        {"seq": 10_000},
        {"leaf": b"another leaf"},
        {"generation": 0},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_views_of_another_ledger_position_or_generation_are_rebuilt(
    view_store, engine, live, world, wrong
):
    change(engine, sa.update(position_table).values(wrong))
    assert reopened(view_store, world)


@pytest.mark.parametrize("statement", ["DELETE FROM position", "DROP TABLE position"])
def test_views_without_their_position_are_rebuilt(view_store, engine, live, world, statement):
    change(engine, sa.text(statement))
    assert reopened(view_store, world)


def test_a_rebuild_drops_unknown_tables(view_store, engine, live, world):
    change(engine, sa.text("CREATE TABLE stranger (name TEXT)"))
    change(engine, sa.text("DROP TABLE position"))
    reopened(view_store, world)
    assert "stranger" not in sa.inspect(engine).get_table_names()


def test_views_of_an_older_program_are_rebuilt(view_store, live, world, monkeypatch):
    monkeypatch.setattr(position, "GENERATION", position.GENERATION + 1)
    assert reopened(view_store, world)


def test_the_views_of_a_ledger_that_was_replaced_are_rebuilt(world, tmp_path, clock, provider):
    world.launch([ADA, BEN])
    world.catch_up()
    world.close()
    for file in tmp_path.glob("ledger.sqlite3*"):
        file.unlink()
    after = World.open(sqlite_url(tmp_path), clock, provider)
    after.catch_up()
    assert after.app.status.campaigns() == []
    after.close()


def test_deleted_views_are_filled_again(world, tmp_path):
    campaign_id = world.launch([ADA, BEN])
    world.catch_up()
    world.close()
    for file in tmp_path.glob("ledger.views.sqlite3*"):
        file.unlink()
    after = world.again()
    assert after.statuses(campaign_id) == [DeliveryStatus.PENDING] * 2
    after.close()

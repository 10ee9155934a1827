"""The ledger's tables: made and moved by migrations, refused at any other revision."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kit.clock import ManualClock
from kit.rows import batch, stored
from kit.store import close_ledger, open_ledger, open_recorder, sqlite_url, store_at
from ledger.errors import LedgerDamaged, LedgerError
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of
from ledger.store.revision import revision_of
from ledger.store.schema import REVISION, events, ledger_head, ledger_info, metadata
from ledger.store.schema_migration import migrate
from ledger.store.search import Search

FIRST_TABLES = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, stream_id TEXT NOT NULL, version INTEGER NOT NULL,
    topic TEXT NOT NULL, state BLOB NOT NULL, recorded_at BIGINT NOT NULL, actor TEXT,
    campaign_id TEXT, delivery_id TEXT, contact_id TEXT, turn INTEGER, rank INTEGER, code TEXT,
    reason TEXT, next_at BIGINT, sid TEXT, dedupe TEXT, leaf BLOB NOT NULL,
    UNIQUE (stream_id, version));
CREATE INDEX events_standing ON events (campaign_id, delivery_id, rank, seq);
CREATE INDEX events_contact ON events (contact_id);
CREATE INDEX events_sid ON events (sid) WHERE sid IS NOT NULL;
CREATE UNIQUE INDEX events_dedupe ON events (dedupe) WHERE dedupe IS NOT NULL;
CREATE TABLE contact_keys (subject_id TEXT NOT NULL PRIMARY KEY, wrapped_key BLOB NOT NULL);
CREATE TABLE ledger_info (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL);
INSERT INTO ledger_info VALUES ('schema_version', '1');
CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
INSERT INTO events (stream_id, version, topic, state, recorded_at, rank, leaf)
    VALUES ('del_1', 1, 'ContactEnrolled', x'7b7d', 1000, 16, 'old'),
           ('del_2', 1, 'ContactEnrolled', x'7b7d', 2000, 16, 'old'),
           ('del_1', 2, 'AttemptStarted', x'7b7d', 2000, 17, 'old')"""
"""A ledger as the first version of the program left it, before there were migrations."""


@pytest.fixture
def store(database_url):
    opened = store_at(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def old(tmp_path):
    opened = store_at(sqlite_url(tmp_path))
    with opened.engine.begin() as connection:
        for statement in FIRST_TABLES.replace(";\n    BEGIN", "\n    BEGIN").split(";\n"):
            connection.exec_driver_sql(statement)
    yield opened
    opened.engine.dispose()


def test_two_ledgers_of_one_process_are_migrated_at_once(tmp_path):
    stores = [store_at(f"sqlite:///{tmp_path}/{name}.sqlite3") for name in "abcd"]
    with ThreadPoolExecutor(len(stores)) as threads:
        assert list(threads.map(migrate, stores)) == [(None, REVISION)] * len(stores)
    for store in stores:
        assert sa.inspect(store.engine).has_table("events")
        store.engine.dispose()


@pytest.mark.both_databases
def test_the_migrations_make_just_the_tables_that_the_program_knows(store):
    migrate(store)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.both_databases
def test_moving_what_is_there_already_changes_nothing(store):
    assert [migrate(store), migrate(store)] == [(None, REVISION), (REVISION, REVISION)]


@pytest.mark.both_databases
def test_the_tables_of_a_later_program_are_refused_and_left_alone(database_url, store):
    migrate(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for opening in (lambda: open_ledger(database_url, ManualClock()), lambda: migrate(store)):
        with pytest.raises(LedgerError, match="revision 9999, which this program does not know"):
            opening()
    assert revision_of(store.engine) == "9999"


def test_an_older_ledger_is_refused_with_the_command_that_moves_it(old, tmp_path):
    with pytest.raises(LedgerError, match="delivery-ledger migrate"):
        open_ledger(sqlite_url(tmp_path), ManualClock())


def test_a_ledger_from_before_migrations_is_moved_with_all_its_events(old, tmp_path):
    assert migrate(old) == ("0001", REVISION)
    with old.engine.connect() as connection:
        rows = connection.execute(sa.select(events).order_by(events.c.seq)).mappings().all()
        head = connection.execute(sa.select(ledger_head)).one()
    leaves = [leaf_of([row[name] for name in LEAF_COLUMNS], row["state"]) for row in rows]
    assert [row["leaf"] for row in rows] == leaves
    assert (head.seq, head.recorded_at) == (3, 2000)
    assert head.frontier == Frontier().extended(leaves).to_bytes()
    recorder = open_recorder(sqlite_url(tmp_path), ManualClock())
    assert recorder.append(batch(stored("del_1", 3))) == [4]
    recorder._engine.dispose()


def test_a_migration_that_fails_leaves_the_old_ledger_as_it_was(old):
    with old.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ledger_head (in_the_way INTEGER)")
    with pytest.raises(LedgerError):
        migrate(old)
    with old.engine.connect() as connection:
        leaves = connection.scalars(sa.text("SELECT leaf FROM events")).all()
    assert leaves == ["old"] * 3
    assert revision_of(old.engine) == "0001"


def test_a_ledger_with_tables_only_is_created_when_it_is_opened(store, database_url, clock):
    migrate(store)
    opened = open_ledger(database_url, clock)
    assert opened.reader.head() == 0
    close_ledger(opened)


def test_a_ledger_with_events_is_never_created_again(store, ledger, database_url, clock):
    ledger.recorder.append(batch(stored("a", 1)))
    with store.writing() as connection:
        connection.execute(sa.delete(ledger_info))
    with pytest.raises(LedgerDamaged, match="ledger_info is empty"):
        open_ledger(database_url, clock)


@pytest.mark.both_databases
def test_a_ledger_without_the_indexes_of_searches_is_used_and_can_get_them(
    store, database_url, clock
):
    close_ledger(open_ledger(database_url, clock))
    with store.engine.begin() as connection:
        for name in ("events_topic", "events_actor", "events_code"):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
    opened = open_ledger(database_url, clock)
    assert opened.reader.search(Search(topics=("CampaignClosed",))) == []
    close_ledger(opened)
    assert migrate(store) == ("0003", REVISION)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []

"""The recorder: one row per event, appended and never changed."""

import tempfile
import threading
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError
from eventsourcing.tests.persistence import ApplicationRecorderTestCase

from kit.clock import ManualClock
from kit.faults import commit_answers_lost, fault_at, refuse
from kit.rows import batch, stored
from kit.store import ledger_file, open_recorder, sqlite_url
from ledger.errors import CommitUnconfirmed, LedgerDamaged, StoreRejected, StoreUnavailable
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of
from ledger.store.rows import EventBatch
from ledger.store.schema import contact_keys, events, ledger_head

pytestmark = pytest.mark.both_databases


def join_others(threads):
    """Wait for the readers that the library's cases leave behind."""
    for thread in set(threading.enumerate()) - threads:
        thread.join()


class AsTheLibraryWantsIt(ApplicationRecorderTestCase):
    """Its own test cases, the optional one for subscriptions as well."""

    def new_originator_id(self):
        return uuid.uuid4().hex

    def create_recorder(self):
        recorder = open_recorder(self.new_url(), ManualClock())
        self.addCleanup(recorder._engine.dispose)
        self.addCleanup(join_others, set(threading.enumerate()))
        return recorder

    def test_insert_subscribe(self):
        self.optional_test_insert_subscribe()


class TestAsTheLibraryWantsItOnSqlite(AsTheLibraryWantsIt):
    def new_url(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return sqlite_url(Path(folder.name))


@pytest.mark.usefixtures("new_postgresql_urls")
class TestAsTheLibraryWantsItOnPostgresql(AsTheLibraryWantsIt):
    def new_url(self):
        return next(self.urls)


del ApplicationRecorderTestCase, AsTheLibraryWantsIt  # or pytest would collect the abstract ones


@pytest.fixture
def new_postgresql_urls(request, postgres_url):
    """Hand the library's test case, which takes no fixtures, its one database."""
    request.instance.urls = iter([postgres_url])


@pytest.fixture
def recorder(database_url, clock):
    opened = open_recorder(database_url, clock)
    yield opened
    opened._engine.dispose()


def seqs(recorder):
    return [row.id for row in recorder.select_rows()]


# One order of everything.


def test_the_first_event_has_seq_one(recorder):
    assert recorder.append(batch(stored("a"))) == [1]


def test_seqs_are_contiguous_over_batches_and_refusals(recorder):
    recorder.append(batch(stored("a"), stored("b")))
    with pytest.raises(IntegrityError):
        recorder.append(batch(stored("c"), stored("a")))
    recorder.append(batch(stored("c")))
    assert seqs(recorder) == [1, 2, 3]


def test_a_failed_commit_leaves_no_gap(recorder):
    repeated = stored("a", dedupe="k"), stored("b", dedupe="k")
    with pytest.raises(StoreUnavailable):
        recorder.append(batch(*repeated))
    assert recorder.append(batch(stored("a"))) == [1]


def test_an_empty_ledger_has_no_head(recorder):
    assert recorder.max_notification_id() is None


def test_the_typed_columns_are_read_as_they_were_written(recorder):
    recorder.append(batch(stored("a", rank=17, turn=1, sid="SM1", next_at=5, actor="twilio")))
    columns = recorder.select_rows()[0].columns
    assert {k: v for k, v in columns.items() if v is not None} == {
        "rank": 17,
        "turn": 1,
        "sid": "SM1",
        "next_at": 5,
        "actor": "twilio",
    }


# Append-only in depth.


@pytest.mark.parametrize("change", ["UPDATE events SET topic = 'x'", "DELETE FROM events"])
def test_the_database_itself_refuses_to_change_an_event(recorder, change):
    recorder.append(batch(stored("a")))
    with (
        recorder._engine.begin() as connection,
        pytest.raises(sa.exc.DBAPIError, match="append-only"),
    ):
        connection.exec_driver_sql(change)


def test_an_event_cannot_be_replaced(database_url, recorder):
    recorder.append(batch(stored("a")))
    again = "INSERT {} INTO events SELECT * FROM events {}"
    how = ("OR REPLACE", "") if database_url.startswith("sqlite") else ("", "LIMIT 1")
    with recorder._engine.begin() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.exec_driver_sql(again.format(*how))


def test_a_ledger_without_its_newest_event_accepts_no_other(recorder):
    recorder.append(batch(stored("a"), stored("b")))
    with recorder._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE ledger_head SET seq = 3, frontier = zeroblob(64)"
            if connection.dialect.name == "sqlite"
            else "UPDATE ledger_head SET seq = 3, frontier = decode(repeat('00', 64), 'hex')"
        )
    with pytest.raises(LedgerDamaged, match=r"#3.*#2"):
        recorder.append(batch(stored("c")))


# Its Merkle tree.


def test_the_head_holds_the_frontier_of_the_tree_of_all_leaves(recorder):
    recorder.append(batch(*(stored(name) for name in "abc")))
    recorder.append(batch(stored("d"), stored("a", 2), stored("e"), stored("f")))
    leaves = [row.leaf for row in recorder.select_rows()]
    with recorder._engine.connect() as connection:
        head = connection.execute(sa.select(ledger_head)).one()
    assert Frontier.from_bytes(head.seq, head.frontier) == Frontier().extended(leaves)
    assert len(leaves) == 7


def test_a_row_is_stored_in_the_order_in_which_its_leaf_hashes_it():
    assert events.columns.keys() == [*LEAF_COLUMNS, "state", "leaf"]


def values_of(recorder):
    with recorder._engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(events)).mappings()]


def leaf(values):
    return leaf_of([values[name] for name in LEAF_COLUMNS], values["state"])


def test_the_leaf_of_every_row_can_be_computed_again(recorder):
    recorder.append(batch(stored("a", rank=17, code="30001"), stored("b", dedupe="k")))
    rows = values_of(recorder)
    assert [leaf(row) for row in rows] == [row["leaf"] for row in rows]


@pytest.mark.parametrize(
    "change",
    [{"topic": "x"}, {"rank": None}, {"turn": "1"}, {"recorded_at": 0}, {"state": b"{} "}],
)
def test_a_row_changed_in_one_place_has_another_leaf(recorder, change):
    recorder.append(batch(stored("a", rank=17, turn=1)))
    (row,) = values_of(recorder)
    assert leaf(row | change) != row["leaf"]


def test_a_leaf_separates_neighbouring_columns(recorder):
    recorder.append(batch(stored("a", code="ab", reason="c")))
    (row,) = values_of(recorder)
    assert leaf(row | {"code": "a", "reason": "bc"}) != row["leaf"]


# Recorded-at.


def test_an_event_is_recorded_at_the_moment_of_its_commit(recorder, clock):
    clock.advance(seconds=5)
    recorder.append(batch(stored("a")))
    assert recorder.select_rows()[0].recorded_at == clock.now().timestamp() * 1_000_000


def test_a_clock_that_is_set_back_never_decreases_recorded_at(recorder, clock):
    recorder.append(batch(stored("a")))
    clock.advance(hours=-3)
    recorder.append(batch(stored("b")))
    clock.advance(hours=5)
    recorder.append(batch(stored("c")))
    first, second, third = (row.recorded_at for row in recorder.select_rows())
    assert first == second
    assert third == first + 2 * 3600 * 1_000_000


# Versions.


def test_a_version_taken_by_another_is_refused(recorder):
    recorder.append(batch(stored("a")))
    with pytest.raises(IntegrityError, match="Version 1 of a does not follow 1"):
        recorder.append(batch(stored("a")))


def test_a_version_that_leaves_a_gap_is_refused(recorder):
    recorder.append(batch(stored("a")))
    with pytest.raises(IntegrityError):
        recorder.append(batch(stored("a", 3)))


def test_a_taken_version_raises_the_librarys_own_error(recorder):
    recorder.insert_events([stored("a")])
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored("a")])


def test_a_refused_batch_leaves_nothing_behind(recorder):
    recorder.append(batch(stored("a")))
    with pytest.raises(IntegrityError):
        recorder.append(batch(stored("b"), stored("a"), new_keys={"b": b"wrapped"}))
    with recorder._engine.connect() as connection:
        keys = connection.scalar(sa.select(sa.func.count()).select_from(contact_keys))
    assert (len(seqs(recorder)), keys) == (1, 0)


def test_a_dedupe_key_is_never_written_twice(recorder):
    recorder.append(batch(stored("a", dedupe="k")))
    with pytest.raises(StoreRejected):
        recorder.append(batch(stored("a", 2, dedupe="k")))


def test_a_contact_key_is_never_overwritten(recorder):
    recorder.append(batch(stored("a"), new_keys={"con_ada": b"one"}))
    with pytest.raises(StoreRejected):
        recorder.append(batch(stored("b"), new_keys={"con_ada": b"other"}))


def test_nothing_to_write_writes_nothing(recorder):
    assert recorder.append(EventBatch(stored_events=[])) == []


# Trouble.


def test_a_store_that_is_gone_raises_store_unavailable(tmp_path, clock):
    recorder = open_recorder(sqlite_url(tmp_path), clock)
    recorder._engine.dispose()
    folder = tmp_path / "folder"
    folder.mkdir()  # while the file exists, so that it cannot get the file's inode
    ledger_file(tmp_path).unlink()
    folder.rename(ledger_file(tmp_path))
    with pytest.raises(StoreUnavailable, match="was replaced or removed"):
        recorder.append(batch(stored("a")))


def test_a_commit_whose_answer_is_lost_is_not_called_unwritten(recorder):
    with commit_answers_lost(1), pytest.raises(CommitUnconfirmed) as refused:
        recorder.append(batch(stored("a")))
    assert str(refused.value) == (
        "The database's answer was lost while this was being written, so it is not known whether "
        "it was written. Look whether it is there before you do it again."
    )
    assert recorder.max_notification_id() == 1


def test_a_store_that_is_gone_says_that_nothing_was_written(recorder):
    with fault_at(1, refuse), pytest.raises(StoreUnavailable) as refused:
        recorder.append(batch(stored("a")))
    assert str(refused.value) == (
        "The database cannot be read or written now: it is locked, full or gone. Nothing was "
        "written; try again, and look at its disk and its permissions if this lasts."
    )
    assert recorder.max_notification_id() is None


def test_a_store_that_cannot_be_read_claims_nothing_about_writing(recorder):
    with fault_at(1, refuse), pytest.raises(StoreUnavailable) as refused:
        recorder.max_notification_id()
    assert str(refused.value) == (
        "The database cannot be read or written now: it is locked, full or gone. Try again, and "
        "look at its disk and its permissions if this lasts."
    )

"""What PostgreSQL does beside us, or fails to do: vacuums tables, and loses a notification."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.rows import batch, stored
from kit.store import open_recorder
from ledger.store.subscription import LedgerSubscription

WAIT = 30
APPENDS = 150


@pytest.fixture
def recorder(postgres_url, clock):
    opened = open_recorder(postgres_url, clock)
    yield opened
    opened._engine.dispose()


def vacuum(recorder, stop, counted):
    """Over and over, more eagerly than any autovacuum."""
    with recorder._engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        while not stop.is_set():
            for table in ("ledger_head", "events"):
                alone.exec_driver_sql(f"VACUUM (FREEZE, ANALYZE) {table}")
            counted.append(1)


def append_all(recorder, name):
    for number in range(1, APPENDS + 1):
        recorder.append(batch(stored(name, number)))


def test_appends_go_on_beside_a_vacuum_of_the_row_they_queue_at(recorder):
    stop, vacuums = threading.Event(), []
    with ThreadPoolExecutor(4) as pool:
        vacuuming = pool.submit(vacuum, recorder, stop, vacuums)
        writers = [pool.submit(append_all, recorder, name) for name in "abc"]
        try:
            for writer in writers:
                writer.result(WAIT)
        finally:
            stop.set()
        vacuuming.result(WAIT)
    assert len(vacuums) > 3
    assert [row.id for row in recorder.select_rows()] == list(range(1, 3 * APPENDS + 1))


def test_a_reader_goes_on_although_no_notification_comes(recorder):
    change_listener, found = recorder._store.change_listener(), []
    change_listener.wait(0)
    change_listener._connection.exec_driver_sql("UNLISTEN *")
    with LedgerSubscription(recorder, change_listener, None, ()) as following:
        reader = threading.Thread(target=lambda: found.append(next(following).id), daemon=True)
        reader.start()
        reader.join(0.2)
        assert found == []
        recorder.append(batch(stored("a")))
        reader.join(WAIT)
        assert found == [1]


def test_a_reader_goes_on_when_its_connection_was_cut(recorder):
    change_listener, found = recorder._store.change_listener(), []
    change_listener.wait(0)
    listener = change_listener._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with LedgerSubscription(recorder, change_listener, None, ()) as following:
        reader = threading.Thread(target=lambda: found.append(next(following).id), daemon=True)
        reader.start()
        with recorder._engine.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({listener})")
        recorder.append(batch(stored("a")))
        reader.join(WAIT)
        assert found == [1]

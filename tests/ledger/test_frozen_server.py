"""PostgreSQL that is stopped rather than dead: every wait ends, and nobody is locked out for good.

The server's processes are really stopped. Its silence is made short, so that no test waits long.
"""

import os
import signal
import threading
import time
from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from kit.postgres import create_database, running
from kit.provider import GENUINE
from kit.recording import Recording
from kit.rows import batch, stored
from kit.staff import Staff
from kit.store import close_ledger, open_ledger, open_recorder
from kit.world import World
from ledger.errors import CommitUnconfirmed, StoreUnavailable
from ledger.store import bounded_connection, postgresql
from ledger.store.engine import reading, writing
from projections.engine.postgresql_view_store import PostgresqlViewStore

SILENCE = 0.4


@pytest.fixture(scope="module")
def server():
    with running(is_durable=False) as started:
        yield started


@pytest.fixture
def _short_silence(monkeypatch):
    monkeypatch.setattr(bounded_connection, "SILENCE_SECONDS", SILENCE)


@pytest.fixture
def url(server):
    return create_database(server.url)


@pytest.fixture
def recorder(url, clock, _short_silence):
    opened = open_recorder(url, clock)
    opened.append(batch(stored("a")))
    yield opened
    opened._engine.dispose()


def administrator(url):
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


# Silence.


def test_a_writer_does_not_wait_for_a_frozen_server(server, recorder):
    with server.frozen(), pytest.raises(StoreUnavailable, match="Nothing was written"):
        recorder.append(batch(stored("b")))
    assert recorder.append(batch(stored("b"))) == [2]


def test_a_reader_does_not_wait_for_a_frozen_server(server, recorder):
    with server.frozen():
        with pytest.raises(StoreUnavailable) as silent:
            recorder.max_notification_id()
        with pytest.raises(StoreUnavailable):  # nobody connects to it either
            recorder.max_notification_id()
    assert "silent for" in str(silent.value.__cause__)
    assert recorder.max_notification_id() == 1


def test_other_connections_to_a_silent_server_are_given_up_sooner(server, recorder, monkeypatch):
    engine = recorder._engine
    with engine.connect() as first, engine.connect() as second, server.frozen():
        with pytest.raises(DBAPIError):
            first.exec_driver_sql("SELECT 1")
        monkeypatch.setattr(bounded_connection, "SILENCE_SECONDS", 3600.0)
        monkeypatch.setattr(bounded_connection, "SUSPECT_SECONDS", SILENCE)
        with pytest.raises(DBAPIError):
            second.exec_driver_sql("SELECT 1")


def test_a_change_listener_ends_its_waits_at_a_frozen_server(server, recorder):
    change_listener = recorder._store.change_listener()
    change_listener.wait(0)
    with server.frozen():
        change_listener.wait(0.1)
    recorder.append(batch(stored("b")))
    change_listener.wait(30)
    change_listener.close()


@pytest.mark.parametrize("kind", [reading, writing])
def test_a_long_statement_is_given_its_time(recorder, kind):
    sleep = f"SELECT pg_sleep({3 * SILENCE})"
    with kind(recorder._engine, is_long=True) as connection:
        connection.exec_driver_sql(sleep)
    with pytest.raises(StoreUnavailable), kind(recorder._engine) as connection:
        connection.exec_driver_sql(sleep)


def test_a_long_statement_does_not_wait_for_a_frozen_server(server, recorder):
    with (
        pytest.raises(StoreUnavailable),
        reading(recorder._engine, is_long=True) as connection,
        server.frozen(),
    ):
        connection.exec_driver_sql("SELECT 1")


# Callbacks and pages.


@pytest.fixture
def frozen_world(server, url, clock, provider):
    """A world whose server is frozen once staff have signed in and a text was sent."""
    world = World.open(url, clock, provider)
    staff, campaign_id = Staff(world), world.launch()
    world.send()
    with server.frozen():
        yield world, staff, campaign_id
    world.close()


@pytest.mark.usefixtures("_short_silence")
def test_callbacks_and_pages_are_answered_while_the_server_is_frozen(frozen_world):
    world, staff, campaign_id = frozen_world
    delivery_id = world.delivery(campaign_id)
    token = world.app.ledger.identity.callback_token(delivery_id, 1)
    callback = staff.client.post(
        f"/twilio/status/{delivery_id}/1/{token}",
        data={"MessageSid": "SM1", "MessageStatus": "delivered"},
        headers={"X-Twilio-Signature": GENUINE},
    )
    page = staff.open(f"/campaigns/{campaign_id}")
    health = staff.app.test_client().get("/health")
    assert [callback.status_code, page.status_code, health.status_code] == [503, 503, 503]
    assert "what Twilio reports meanwhile is repeated or asked for" in page.text
    assert callback.headers["Retry-After"] == "5"


# A synchronous standby that is lost.


@pytest.fixture
def lost_standby(server, recorder):
    """Commits wait for a standby that nobody knows; the block's end lets them succeed."""
    with administrator(server.url) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'lost'")
        connection.execute("SELECT pg_reload_conf()")
        _wait_until(connection, "current_setting('synchronous_standby_names') = 'lost'")
        yield connection
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")


_IS_WAITING = "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')"


def _wait_until(connection, condition):
    deadline = time.monotonic() + 30
    while not connection.execute(f"SELECT {condition}").fetchone()[0]:
        assert time.monotonic() < deadline, condition
        time.sleep(0.01)


def test_a_commit_that_waits_for_a_lost_standby_is_not_cancelled(recorder, lost_standby):
    """If it were cancelled, it would be there at once, although no standby has it."""
    with pytest.raises(CommitUnconfirmed):
        recorder.append(batch(stored("b")))
    _wait_until(lost_standby, _IS_WAITING)
    assert recorder.max_notification_id() == 1


def test_ctrl_c_cancels_no_commit(recorder, lost_standby, url):
    def press():
        with administrator(url) as connection:
            _wait_until(connection, _IS_WAITING)
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        recorder.append(batch(stored("b")))
    pressing.join()
    _wait_until(lost_standby, _IS_WAITING)
    assert recorder.max_notification_id() == 1


# A process of this program that is stopped.


def test_a_writer_that_is_stopped_in_its_transaction_loses_it(url, clock, monkeypatch):
    monkeypatch.setitem(postgresql._SERVER_SETTINGS, "idle_in_transaction_session_timeout", "100ms")
    stopped, other = open_recorder(url, clock), open_recorder(url, clock)

    def wait_in_the_middle():
        with stopped.commit() as commit:
            other.append(batch(stored("a")))  # waits until the server has ended the first
            commit.append(batch(stored("b")))

    with pytest.raises(StoreUnavailable, match="Nothing was written"):
        wait_in_the_middle()
    assert [row.originator_id for row in other.select_rows()] == ["a"]
    for each in (stopped, other):
        each._engine.dispose()


def test_every_connection_lets_the_server_notice_a_lost_machine(recorder):
    settings = [
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "tcp_user_timeout",
        "tcp_keepalives_idle",
    ]
    given = ", ".join(f"'{name}'" for name in settings)
    with recorder._engine.connect() as connection:
        sources = connection.exec_driver_sql(
            f"SELECT DISTINCT source FROM pg_settings WHERE name IN ({given})"
        )
        assert sources.scalars().all() == ["client"]


# The lock of a rebuild.


@pytest.fixture
def record(url, tmp_path, clock):
    ledger = open_ledger(url, clock)
    view_store = PostgresqlViewStore(url, setting="test")
    yield Recording(ledger, view_store)
    view_store.engine.dispose()
    close_ledger(ledger)


@pytest.mark.usefixtures("_short_silence")
def test_a_rebuild_that_fails_gives_up_its_lock(server, record, url):
    with (
        ExitStack() as until_thawed,
        pytest.raises(StoreUnavailable),
        record.view_store.rebuilding(),
    ):
        until_thawed.enter_context(server.frozen())
    with administrator(url) as connection:
        _wait_until(connection, "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')")
    record.views.rebuild()


def test_who_cannot_rebuild_learns_who_does(record, url, monkeypatch):
    monkeypatch.setitem(postgresql._SERVER_SETTINGS, "lock_timeout", "100ms")
    other = PostgresqlViewStore(url, setting="test")
    with (
        record.view_store.rebuilding(),
        pytest.raises(StoreUnavailable) as refused,
        other.rebuilding(),
    ):
        pytest.fail("two at once")
    assert f"delivery-ledger, process {os.getpid()} on " in str(refused.value)
    other.engine.dispose()

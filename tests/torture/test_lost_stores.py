"""The store goes away under load and comes back: 503 meanwhile, then the program goes on by itself.

The program is never restarted here. What it acknowledged is there, exactly once.
"""

import fcntl
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy.engine import make_url

from kit.load import Load, check_school
from kit.postgres import PostgresServer, drop_connections
from kit.processes import School, post
from kit.store import ledger_file

_FIRST_ANSWER_SECONDS = 14
"""Twilio waits for fifteen."""


def url_of(school: School) -> str:
    return school.environment["LEDGER_DATABASE_URL"]


# A store that is there, but held by somebody else.


@contextmanager
def flock_held(school: School) -> Iterator[None]:
    """As by a writer that was stopped in the middle of its commit."""
    file = ledger_file(school.folder)
    with file.with_name(f"{file.name}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def file_locked(school: School) -> Iterator[None]:
    """As by somebody's shell, which knows no lock of ours."""
    connection = sqlite3.connect(ledger_file(school.folder), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def head_locked(school: School) -> Iterator[None]:
    """As by a session that took the ledger's head and fell asleep."""
    plain = make_url(url_of(school)).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False)) as connection:
        connection.execute("SELECT * FROM ledger.ledger_head FOR UPDATE")
        yield
        connection.rollback()


def check_a_held_store_is_told(
    school: School, load: Load, held: Callable[[School], object]
) -> None:
    with school.serving():
        load.deliver("before", load.urls[0])
        form = {"MessageSid": "SMlate", "MessageStatus": "sent", "Mark": "late"}
        answers: list[int] = []
        posting = threading.Thread(target=lambda: answers.append(post(load.urls[0], form)))
        with held(school):
            posting.start()
            posting.join(_FIRST_ANSWER_SECONDS)
            answered = list(answers)
        posting.join()
        load.deliver("late", load.urls[0])
    assert answered == [503]
    check_school(school, load)


@pytest.mark.torture
@pytest.mark.parametrize("held", [file_locked, flock_held])
def test_a_callback_that_meets_a_locked_file_is_told_to_come_again(school, standin, held):
    check_a_held_store_is_told(school, Load.about(standin), held)


@pytest.mark.torture
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_callback_that_meets_a_locked_head_is_told_to_come_again(school, standin):
    check_a_held_store_is_told(school, Load.about(standin), head_locked)


# A store that goes and comes back.


@contextmanager
def under_load(school: School, standin) -> Iterator[Load]:
    load = Load.about(standin)
    with school.serving() as web, load.running():
        load.wait_for(20)
        yield load
        load.wait_for(20)
        assert web.poll() is None
    check_school(school, load)


@pytest.mark.torture  # in `make test` a connection is dropped at each statement of a callback
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_dropped_connections_lose_nothing(school, standin):
    with under_load(school, standin) as load:
        for _ in range(3):
            assert drop_connections(url_of(school)) > 0
            load.wait_for(10)


def test_a_file_that_is_replaced_and_put_back_loses_nothing(school, standin):
    """Whatever is acknowledged is in the file that was there, and not in the one in its place."""
    file = ledger_file(school.folder)
    aside = file.with_name("aside")
    with under_load(school, standin) as load:
        for _ in range(3):
            file.rename(aside)
            shutil.copy(aside, file)
            load.wait_for_answers(503)
            aside.rename(file)
            load.wait_for(10)


def test_a_server_that_is_killed_and_started_again_loses_nothing(
    postgres_school, durable_postgres, standin
):
    with under_load(postgres_school, standin) as load:
        durable_postgres.kill()
        load.wait_for_answers(503)
        durable_postgres.start()


@pytest.mark.torture
def test_a_server_that_goes_at_any_moment_loses_nothing(
    postgres_school: School, durable_postgres: PostgresServer, standin, seed
):
    moment = random.Random(seed)
    with under_load(postgres_school, standin) as load, postgres_school.running("send"):
        for _ in range(10):
            moment.choice([durable_postgres.kill, durable_postgres.stop])()
            time.sleep(moment.uniform(0, 1))
            durable_postgres.start()
            load.wait_for(moment.randrange(1, 40))


@pytest.mark.torture
def test_what_is_started_while_the_server_is_away_begins_when_it_is_there(
    postgres_school, durable_postgres, standin
):
    durable_postgres.stop()
    errors = postgres_school.folder / "send.log"
    with postgres_school.running("send") as sender:
        while "The start waits for the database" not in errors.read_text():
            assert sender.poll() is None
            time.sleep(0.05)
        durable_postgres.start()
        before = len(standin.messages())
        postgres_school.launch("Another,+14155559999")
        while len(standin.messages()) == before:
            assert sender.poll() is None
            time.sleep(0.05)

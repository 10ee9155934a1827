"""How often a commit waits for PostgreSQL while it holds the writer's lock.

Every writer of every process waits meanwhile, and each round trip takes as long as the way to the
server: a quarter of a millisecond beside it, four between data centres.
"""

import tempfile
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.world import World

ANSWERS = ("\tReadyForQuery\t", "\tCopyInResponse\t")
"""What the server sends when it has answered, and waits for the client."""


@pytest.fixture
def world(postgres_url):
    opened = World.open(postgres_url, ManualClock(), FakeProvider())
    yield opened
    opened.close()


@contextmanager
def answers_under_lock(world):
    """A list of how many answers each commit of the block waited for once it had the lock."""
    counts, traced = [], set()
    with tempfile.NamedTemporaryFile("r") as file:

        def trace(connection, _cursor, statement, *_):
            if "FOR UPDATE" in statement:
                driver = connection.connection.driver_connection
                driver.pgconn.trace(file.fileno())
                traced.add(driver.pgconn)

        engine = world.app.ledger.recorder._engine
        sa.event.listen(engine, "before_cursor_execute", trace)
        try:
            yield counts
        finally:
            sa.event.remove(engine, "before_cursor_execute", trace)
            for connection in traced:
                connection.untrace()
        file.seek(0)
        _, *commits = file.read().split("FOR UPDATE")
    for commit in commits:
        under_lock = commit.partition('"COMMIT"')[0]  # the lock's own answer stands for COMMIT's
        counts.append(sum(under_lock.count(answer) for answer in ANSWERS))


def test_callbacks_and_attempts_wait_for_five_answers_under_the_lock(world):
    delivery_id = world.delivery(world.launch())
    with answers_under_lock(world) as counts:
        world.send()
        world.callback(delivery_id, status="sent")
        world.callback(delivery_id, status="delivered")
    assert counts == [5, 5, 5, 5]


def test_a_launch_that_adds_keys_waits_for_seven(world):
    with answers_under_lock(world) as counts:
        world.launch()
    assert counts == [7, 7, 5]

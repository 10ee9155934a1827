"""How often a commit waits for PostgreSQL while it holds the writer's lock.

Every writer of every process waits meanwhile, and each round trip takes as long as the way to the
server: a quarter of a millisecond beside it, four between data centres.
"""

import re
import tempfile
from contextlib import ExitStack, contextmanager

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
    counts, traces = [], {}
    with ExitStack() as files:

        def trace(connection, _cursor, statement, *_):
            pgconn = connection.connection.driver_connection.pgconn
            if "FOR UPDATE" in statement and pgconn not in traces:
                # One each: libpq writes what other threads' connections do between its lines.
                traces[pgconn] = files.enter_context(tempfile.NamedTemporaryFile("r"))
                pgconn.trace(traces[pgconn].fileno())

        engine = world.app.ledger.recorder._engine
        sa.event.listen(engine, "before_cursor_execute", trace)
        try:
            yield counts
        finally:
            sa.event.remove(engine, "before_cursor_execute", trace)
            for pgconn in traces:
                pgconn.untrace()
        commits = sorted(commit for file in traces.values() for commit in _commits(file))
    counts.extend(answers for _, answers in commits)


def _commits(file):
    """When each commit of a connection got the lock, and how many answers it then waited for."""
    file.seek(0)
    before, *commits = file.read().split("FOR UPDATE")
    for commit in commits:
        locked_at = re.findall(r"^\S+ \S+(?=\tF\t)", before, re.MULTILINE)[-1]
        under_lock = commit.partition('"COMMIT"')[0]  # the lock's own answer stands for COMMIT's
        yield locked_at, sum(under_lock.count(answer) for answer in ANSWERS)
        before = commit


def test_callbacks_and_attempts_wait_for_five_answers_under_the_lock(world):
    delivery_id = world.delivery(world.launch())
    with answers_under_lock(world) as counts:
        world.send()
        world.callback(delivery_id, status="sent")
        world.callback(delivery_id, status="delivered")
    assert counts == [5, 5, 5, 5]


def test_a_callback_waits_as_often_in_a_process_that_has_not_read_the_contacts_key(world):
    delivery_id = world.delivery(world.launch())
    world.send()
    receiver = world.again()
    with answers_under_lock(receiver) as counts:
        receiver.callback(delivery_id, status="sent", sid=world.sid_of(delivery_id))
    receiver.close()
    assert counts == [5]


def test_a_launch_that_adds_keys_waits_for_seven(world):
    with answers_under_lock(world) as counts:
        world.launch()
    assert counts == [7, 7, 5]

"""The connections of a process to one PostgreSQL server: a bound for all, and a part for each."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as NoneFree

from ledger.store.connection_limit import LimitedPool, ServerConnections
from ledger.store.postgresql import open_engine


class Driver:
    """A connection that only knows whether it is open."""

    def __init__(self):
        self.is_open = True

    def rollback(self):
        pass

    def close(self):
        self.is_open = False


class Server:
    """Counts the connections to it."""

    def __init__(self, most):
        self.connections = ServerConnections(most, wait_seconds=0.05)
        self.opened = []

    def pool(self, database):
        return LimitedPool(self.connect, connections=self.connections, database=database)

    def connect(self):
        self.opened.append(Driver())
        return self.opened[-1]

    @property
    def open_count(self):
        return sum(driver.is_open for driver in self.opened)


def in_threads(count, take):
    """Take a connection in each of `count` threads; return those that were taken."""
    taken, errors, all_asked = [], [], threading.Barrier(count)

    def run():
        try:
            taken.append(take())
        except NoneFree as error:
            errors.append(error)
        all_asked.wait(20)  # a thread that ended could lend its number to another one

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) + len(errors) == count
    return taken


def test_pools_of_one_server_never_have_more_than_its_number_open():
    server = Server(most=6)
    pools = [server.pool(name) for name in ("north", "south", "west")]
    taken = [connection for pool in pools for connection in in_threads(6, pool.connect)]
    assert server.open_count == len(taken) <= 6


def test_a_busy_database_leaves_the_others_their_part():
    server = Server(most=12)
    north, south = server.pool("north"), server.pool("south")
    busy = in_threads(12, north.connect)
    assert len(in_threads(2, south.connect)) == 2
    assert len(busy) < 8


def test_an_idle_connection_is_closed_for_another_database():
    server = Server(most=3)
    north, south = server.pool("north"), server.pool("south")
    for _ in range(2):
        with in_threads(2, north.connect)[0]:
            pass
    given_back = in_threads(2, north.connect)
    for connection in given_back:
        connection.close()
    assert len(in_threads(2, south.connect)) == 2
    assert server.open_count <= 3


def test_a_thread_that_has_a_connection_gets_another_where_new_ones_wait():
    server = Server(most=6)
    pool = server.pool("north")
    mine = [pool.connect()]
    others = in_threads(6, pool.connect)
    mine.append(pool.connect())
    assert len(others) + len(mine) <= 6


def test_a_connection_that_is_given_back_is_used_again():
    server = Server(most=6)
    pool = server.pool("north")
    for _ in range(5):
        pool.connect().close()
    assert len(server.opened) == 1


def test_a_pool_that_is_disposed_keeps_nothing_open():
    server = Server(most=6)
    pool = server.pool("north")
    idle, used = pool.connect(), pool.connect()
    idle.close()
    pool.dispose()
    used.close()
    assert server.open_count == 0
    assert server.connections.open_count == 0


def test_a_connection_that_could_not_be_opened_takes_no_place():
    server = Server(most=2)
    pool = server.pool("north")
    pool._creator = lambda: 1 / 0
    for _ in range(4):
        with pytest.raises(ZeroDivisionError):
            pool.connect()
    assert server.connections.open_count == 0


def test_the_engines_of_a_real_server_share_its_number(postgres):
    engines = [open_engine(make_url(postgres), name, is_durable=True) for name in "ab"]
    assert len({id(engine.pool._connections) for engine in engines}) == 1
    with engines[0].connect() as connection:
        assert connection.execute(sa.select(1)).scalar() == 1
    for engine in engines:
        engine.dispose()

"""How many connections this process has to each PostgreSQL server, and which database gets them.

A server takes a hundred connections by default, from all processes together. Many databases of one
server may be open here, each by several engines, so the engines of a server draw from one number.
An idle connection is closed when another engine needs its place, or after a minute.
"""

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.store.writer_lock import WAIT_SECONDS

MOST = 40
"""Connections of a process to one server, unless `limit_connections` was called."""
_LEAST_PART = 2
_IDLE_SECONDS = 60.0

_Creator = Callable[..., Any]


class ServerConnections:
    """The connections of this process to one server; may be used by many threads.

    While less than half of them are in use, every database may use more. The other half is divided
    evenly between the databases, so that one that is busy leaves the others their part. Of all, a
    third is kept for threads that use one already: they could otherwise wait for one another.
    """

    def __init__(self, most: int = MOST, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._most, self._wait_seconds = most, wait_seconds
        self._changed = threading.Condition()
        self._open = 0
        self._users: dict[ConnectionPoolEntry, tuple[str, int]] = {}
        """Connection in use → its database, and the thread that took it."""
        self._opening: Counter[tuple[str, int]] = Counter()
        """The same of connections that are being opened."""
        self._idle: dict[ConnectionPoolEntry, tuple[LimitedPool, float]] = {}
        """Idle connection → its pool, and since when; the longest idle one first."""
        self._pools: weakref.WeakSet[LimitedPool] = weakref.WeakSet()

    def limit(self, most: int) -> None:
        """Open no more than this number from now on."""
        with self._changed:
            self._most = most

    @property
    def open_count(self) -> int:
        """How many are open, or being opened."""
        return self._open

    def join(self, pool: "LimitedPool") -> None:
        """Let a pool draw from this number, as long as it is used."""
        with self._changed:
            self._pools.add(pool)

    def take(self, pool: "LimitedPool") -> ConnectionPoolEntry | None:
        """Take an idle connection of the pool; None where the caller is to open one.

        Raises `sqlalchemy.exc.TimeoutError` where none becomes free in time.
        """
        user, evicted = (pool.database, threading.get_ident()), None
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free_for(user), self._wait_seconds):
                raise sa.exc.TimeoutError(
                    f"All {self._most} connections of this process to the server are in use"
                )
            own = next((each for each in reversed(self._idle) if self._idle[each][0] is pool), None)
            if own is not None:
                del self._idle[own]
                self._users[own] = user
                return own
            if self._open >= self._most and self._idle:
                evicted = next(iter(self._idle))
                del self._idle[evicted]
                self._open -= 1
            self._open += 1
            self._opening[user] += 1
        if evicted is not None:
            evicted.close()
        return None

    def opened(self, pool: "LimitedPool", entry: ConnectionPoolEntry | None) -> None:
        """Note what became of a connection that was to be opened; None where that failed."""
        user = (pool.database, threading.get_ident())
        with self._changed:
            self._opening -= Counter({user: 1})
            if entry is None:
                self._open -= 1
                self._changed.notify_all()
            else:
                self._users[entry] = user

    def give_back(self, pool: "LimitedPool", entry: ConnectionPoolEntry) -> None:
        """Keep a connection for the next use, unless it is closed or its pool is."""
        with self._changed:
            self._users.pop(entry, None)
            self._idle[entry] = (pool, time.monotonic())
            is_of_no_use = entry.dbapi_connection is None or pool.is_closed
            useless = [entry] if is_of_no_use else []
            since = time.monotonic() - _IDLE_SECONDS
            useless += [each for each, (_pool, at) in self._idle.items() if at < since]
            self._forget(useless)
        _close(useless)

    def close_idle(self, pool: "LimitedPool") -> None:
        """Close all idle connections of a pool."""
        with self._changed:
            own = [each for each, (owner, _at) in self._idle.items() if owner is pool]
            self._forget(own)
        _close(own)

    def _forget(self, entries: list[ConnectionPoolEntry]) -> None:
        for each in entries:
            del self._idle[each]
        self._open -= len(entries)
        self._changed.notify_all()

    def _is_free_for(self, user: tuple[str, int]) -> bool:
        """Whether this user may have one more; one that is idle can be closed for it."""
        used = Counter(self._opening)
        used.update(self._users.values())
        total, database = used.total(), user[0]
        most = self._most if used[user] else self._most - self._most // 3
        if total >= most or (self._open >= self._most and not self._idle):
            return False
        parts = len({pool.database for pool in self._pools})
        part = max((most - self._most // 2) // max(parts, 1), _LEAST_PART)
        of_database = sum(count for (name, _thread), count in used.items() if name == database)
        return total < self._most // 2 or of_database < part or bool(used[user])


class LimitedPool(sa.pool.Pool):
    """The pool of one engine, whose connections count among those of its server.

    Attributes:
        database: The name of its database.
        is_closed: Whether what is given back is closed.
    """

    def __init__(
        self, creator: _Creator, connections: ServerConnections, database: str, **options: Any
    ) -> None:
        """SQLAlchemy passes on options of `create_engine` that are named here."""
        super().__init__(creator, **options)
        self._connections = connections
        self.database = database
        self.is_closed = False
        connections.join(self)

    def recreate(self) -> Self:
        """See `sqlalchemy.pool.Pool`: an empty pool in its place."""
        return type(self)(
            self._creator,
            connections=self._connections,
            database=self.database,
            recycle=self._recycle,
            echo=self.echo,
            logging_name=self._orig_logging_name,
            reset_on_return=self._reset_on_return,
            pre_ping=self._pre_ping,
            _dispatch=self.dispatch,
            dialect=self._dialect,
        )

    def dispose(self) -> None:
        """See `sqlalchemy.pool.Pool`."""
        self.is_closed = True
        self._connections.close_idle(self)

    def status(self) -> str:
        """See `sqlalchemy.pool.Pool`."""
        return f"{self._connections.open_count} connections to the server are open"

    def _do_get(self) -> ConnectionPoolEntry:
        entry = self._connections.take(self)
        if entry is None:
            try:
                entry = self._create_connection()
            finally:
                self._connections.opened(self, entry)
        return entry

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self._connections.give_back(self, record)


_servers: dict[str, ServerConnections] = {}
"""Host and port of a server, as the URL names them → the connections of this process."""
_most = MOST
_POSTGRESQL_PORT = 5432
_mutex = threading.Lock()


def limit_connections(most: int) -> None:
    """Open no more than this number of connections to each server from now on, in this process."""
    global _most  # noqa: PLW0603 - of the process, as are its connections
    with _mutex:
        _most = most
        for connections in _servers.values():
            connections.limit(most)


def connections_of(url: sa.URL) -> ServerConnections:
    """Return the connections of this process to the server that the URL names."""
    hosts = url.query.get("host", url.host or "")
    named = hosts if isinstance(hosts, str) else ",".join(hosts)
    with _mutex:
        server = f"{named.lower()}:{url.port or _POSTGRESQL_PORT}"
        return _servers.setdefault(server, ServerConnections(_most))


def _close(entries: list[ConnectionPoolEntry]) -> None:
    for each in entries:
        each.close()

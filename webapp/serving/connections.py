"""Which connections are open, and which is closed to make room for a new one.

A connection either waits for its client (for a request, for the rest of one, or until an answer is
taken), or the server works for it. Only those that wait are closed for others: the oldest one of
the address that has most of them. So nobody is refused while there is room, and one address cannot
keep others out. nginx does the same with its idle connections.
"""

import asyncio
from contextlib import AbstractContextManager
from ipaddress import IPv6Network
from typing import Protocol

from webapp.serving.limits import Limits

CONNECTION = "delivery_ledger.connection"
"""In the scope: the connection that received the request."""


class Connection(Protocol):
    """One connection."""

    address: str
    """The IP address of the client, as `address_of` writes it."""
    closes_at: float
    """In the time of the loop; only looked at while it waits for its client."""
    has_whole_request: bool
    """Whether the request that began last has arrived to its end."""

    def waiting(self) -> AbstractContextManager[None]:
        """Let the connection be closed to make room for a new one, within the block."""

    def decline_body(self) -> None:
        """Let the client that asks whether to send the body of its last request get no yes."""

    def abort(self) -> None:
        """Close it at once, with whatever was not sent yet."""


async def hold(connection: Connection, until: float) -> None:
    """Wait until a time of the loop. The connection may be closed meanwhile, for a new one."""
    with connection.waiting():
        await asyncio.sleep(until - asyncio.get_running_loop().time())


def address_of(client: str) -> str:
    """Return an IP address; of IPv6 the network, as one customer has that many addresses.

    `192.0.2.7` → `192.0.2.7`, `2001:db8::7` → `2001:db8::/64`
    """
    if ":" not in client:
        return client
    return str(IPv6Network((client.partition("%")[0], 64), strict=False))


class Connections:
    """The connections of one server; for use on its event loop only."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: set[Connection] = set()
        self._waiting: dict[str, dict[Connection, None]] = {}
        """Address → its waiting connections, the longest waiting first."""
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Connection) -> bool:
        """Take in a new connection; False where all others are being worked for."""
        if len(self._open) >= self._limits.connections and not self._close_oldest():
            return False
        self._open.add(connection)
        if self._timer is None:
            self._start_timer()
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)
        self.work_for(connection)

    def wait_for(self, connection: Connection, seconds: float) -> None:
        """From now on the connection waits for its client, at most this number of seconds."""
        self.work_for(connection)
        connection.closes_at = asyncio.get_running_loop().time() + seconds
        if connection in self._open:
            self._waiting.setdefault(connection.address, {})[connection] = None

    def work_for(self, connection: Connection) -> None:
        """From now on the server works for the connection, which stays open."""
        waiting = self._waiting.get(connection.address, {})
        waiting.pop(connection, None)
        if not waiting:
            self._waiting.pop(connection.address, None)

    def is_waiting(self, connection: Connection) -> bool:
        """Whether the connection waits for its client."""
        return connection in self._waiting.get(connection.address, {})

    def _close_oldest(self) -> bool:
        if not self._waiting:
            return False
        most = max(self._waiting, key=lambda address: len(self._waiting[address]))
        self._close(next(iter(self._waiting[most])))
        return True

    def _close(self, connection: Connection) -> None:
        self.remove(connection)
        connection.abort()

    def _start_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._limits.check_seconds, self._close_overdue)

    def _close_overdue(self) -> None:
        now = asyncio.get_running_loop().time()
        waiting = [each for group in self._waiting.values() for each in group]
        for connection in waiting:
            if connection.closes_at <= now:
                self._close(connection)
        self._timer = None
        if self._open:
            self._start_timer()

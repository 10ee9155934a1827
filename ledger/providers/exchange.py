"""One request and its answer, with an end that the other side cannot put off.

A time limit of a socket holds for each part that comes. A server or a proxy that sends a byte every
ten seconds, or a name server that is silent, is not ended by it.
"""

import heapq
import itertools
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self

Address = tuple[Any, ...]
"""What `getaddrinfo` returns: family, kind, protocol, name, and where to connect."""


class Exchange:
    """Ends its connection at the deadline, which is in monotonic seconds.

    Within that, it waits `silence_seconds` at most for each part: to connect, to agree on TLS, and
    for more of the answer. `check_ip` raises an OSError for an IP address that must not be used; it
    is asked about the very address that is then connected to.

    Attributes:
        may_have_left: Whether a byte of the request may have left this machine.
    """

    def __init__(
        self,
        deadline: float,
        silence_seconds: float,
        check_ip: Callable[[str], None] = lambda _ip: None,
    ) -> None:
        self.may_have_left = False
        self._check_ip = check_ip
        self._deadline, self._silence_seconds = deadline, silence_seconds
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        _deadlines.add(self._deadline, self.end)
        return self

    def __exit__(self, *_error: object) -> None:
        with self._lock:  # from now on the connection may serve another exchange
            for watched in self._watched:
                watched.close()
            self._watched.clear()

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed; after that no request leaves any more."""
        return time.monotonic() >= self._deadline

    def part_seconds(self) -> float:
        """Return how long to wait for the next part; always a little, as 0 has another meaning."""
        return max(min(self._deadline - time.monotonic(), self._silence_seconds), 0.001)

    def check(self) -> None:
        """Raise `TimeoutError` once the deadline has passed."""
        if self.is_over:
            raise TimeoutError("The time is over.")

    def connect(self, host: str, port: int, options: Sequence[Any] | None) -> socket.socket:
        """Connect to the first address of a name that answers; the later ones keep their share.

        Raises OSError, of which `gaierror` is for a name that is not known.
        """
        addresses = _resolver.addresses(host, port, self.part_seconds())
        error: OSError = TimeoutError("The name has no address.")
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return self._connect(address, self.part_seconds() / left, options)
            except OSError as failure:
                error = failure
        raise error

    def _connect(
        self, address: Address, seconds: float, options: Sequence[Any] | None
    ) -> socket.socket:
        family, kind, protocol, _name, where = address
        self._check_ip(where[0])
        connection = socket.socket(family, kind, protocol)
        try:
            for option in options or ():
                connection.setsockopt(*option)
            connection.settimeout(seconds)
            connection.connect(where)
            connection.settimeout(self.part_seconds())
            self.watch(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def watch(self, connection: socket.socket) -> None:
        """End this connection, too, at the deadline; raises `TimeoutError` once it has passed."""
        with self._lock:
            self.check()
            # TLS takes the socket for itself, so that another one of the same connection is kept.
            self._watched.append(socket.socket(fileno=socket.dup(connection.fileno())))

    def begin_request(self) -> None:
        """Note that the next byte belongs to the request; raises `TimeoutError` if it is late."""
        self.check()
        self.may_have_left = True

    def end(self) -> None:
        """End what is still connected: nothing, once the exchange is over."""
        with self._lock:
            for watched in self._watched:
                with suppress(OSError):  # the other side has ended it already
                    watched.shutdown(socket.SHUT_RDWR)


class _Deadlines:
    """Calls functions at their times, all in one thread: starting one for each costs more."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, at: float, call: Callable[[], None]) -> None:
        """Call the function at that time, in monotonic seconds."""
        with self._change:
            heapq.heappush(self._calls, (at, next(self._numbers), call))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._calls[0][2] is call:
                self._change.notify()

    def _run(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        """Wait for the time of the next call, and return it."""
        with self._change:
            while True:
                seconds = self._calls[0][0] - time.monotonic() if self._calls else None
                if seconds is not None and seconds <= 0:
                    return heapq.heappop(self._calls)[2]
                self._change.wait(seconds)


_deadlines = _Deadlines()


class _Resolver:
    """Looks up names in threads of its own, since nothing ends a look-up; each name in one."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, int], Future[list[Address]]] = {}
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int, seconds: float) -> list[Address]:
        """Return the addresses of a name; raises `gaierror`, and `TimeoutError` after that time."""
        with self._lock:
            running = self._running.get((host, port))
            if running is None:
                running = self._running[host, port] = Future()
                threading.Thread(
                    target=self._look_up, args=[host, port, running], name="look-up", daemon=True
                ).start()
        return running.result(seconds)

    def _look_up(self, host: str, port: int, running: "Future[list[Address]]") -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            running.set_exception(error)
        else:
            running.set_result(list(found))
        with self._lock:
            del self._running[host, port]


_resolver = _Resolver()

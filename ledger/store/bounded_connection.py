"""A connection to PostgreSQL that does not wait for a silent server without an end.

A server can be stopped rather than dead: its disk stalls, its virtual machine is paused, or its
commit waits for a standby that is lost. Its system still acknowledges what is sent, so no time
limit of TCP ends such a wait.

The connection is closed then. A query is never cancelled, neither here nor by Ctrl-C: a COMMIT that
is cancelled while it waits for its synchronous standby succeeds without it.
"""

import time
from typing import Any, Self, TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen

SILENCE_SECONDS = 8.0
"""How long the server may be silent while it is asked something."""
SUSPECT_SECONDS = 1.0
"""The same for a connection on which nothing came since the server was silent on another one.

Otherwise a page would wait for each of its pooled connections to a server that has been replaced.
"""
LONG_SECONDS = 6 * 3600.0
"""The same for a long statement, as long as the server answers other connections meanwhile."""
_CHECK_SECONDS = 0.1
"""How often a waiting thread looks at the time."""

R = TypeVar("R")

_silent_at: dict[tuple[str, int], float] = {}
"""Host and port of a server → when this process last closed a connection because it was silent."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that closes itself after `SILENCE_SECONDS` without a byte from the server.

    Attributes:
        heard_at: When the last byte came, by the monotonic clock.
        is_long: Whether the statements may take long; then it is closed as soon as the server does
            not answer another connection either, and after `LONG_SECONDS` in any case.
    """

    heard_at = 0.0
    is_long = False
    parameters: dict[str, Any]
    """What it was opened with."""

    @classmethod
    def open(cls, parameters: dict[str, Any]) -> Self:
        """Connect with the parameters of libpq; raises `psycopg.OperationalError`."""
        connection = cls.connect(**parameters)
        connection.parameters = parameters
        connection.heard_at = time.monotonic()
        return connection

    def wait(
        self, gen: PQGen[R], interval: float = _CHECK_SECONDS, timeout: float | None = None
    ) -> R:
        """See `psycopg.Connection`; once it is open, whatever it does waits here."""
        bounded = self._bounded(gen)
        try:
            return waiting.wait(bounded, self.pgconn.socket, interval=interval, timeout=timeout)
        except (KeyboardInterrupt, SystemExit):
            self.close()
            raise

    def _bounded(self, gen: PQGen[R]) -> PQGen[R]:
        """Pass on what `gen` waits for, and that it is there; raise where nothing comes."""
        began_at = silent_since = time.monotonic()
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                now = time.monotonic()
                if ready:
                    began_at = silent_since = self.heard_at = now
                elif now - silent_since > self._most_silence():
                    self._check_long(now - began_at)
                    silent_since = time.monotonic()
                waits_for = gen.send(ready)
        except StopIteration as result:
            value: R = result.value
            return value

    def _most_silence(self) -> float:
        was_silent = _silent_at.get(self._server, 0.0) > self.heard_at
        return SUSPECT_SECONDS if was_silent else SILENCE_SECONDS

    @property
    def _server(self) -> tuple[str, int]:
        return self.info.host, self.info.port

    def _check_long(self, silent_seconds: float) -> None:
        """Close the connection and raise, unless a long statement may wait on."""
        if self.is_long and silent_seconds < LONG_SECONDS and self._is_answering_others():
            return
        _silent_at[self._server] = time.monotonic()
        self.close()
        raise psycopg.OperationalError(
            f"The server has been silent for {silent_seconds:.0f} seconds; the connection is closed"
        )

    def _is_answering_others(self) -> bool:
        """Whether the same server, not its standby, accepts a connection."""
        place = {"host": self.info.host, "port": self.info.port}
        if self.info.hostaddr:
            place["hostaddr"] = self.info.hostaddr
        try:
            psycopg.connect(**{**self.parameters, **place}).close()
        except psycopg.Error:
            return False
        return True

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
LONG_SECONDS = 6 * 3600.0
"""The same for a long statement, as long as the server answers other connections meanwhile."""
_CHECK_SECONDS = 0.1
"""How often a waiting thread looks at the time."""

R = TypeVar("R")


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that closes itself after `SILENCE_SECONDS` without a byte from the server.

    Attributes:
        is_long: Whether the statements may take long; then it is closed as soon as the server does
            not answer another connection either, and after `LONG_SECONDS` in any case.
    """

    is_long = False
    parameters: dict[str, Any]
    """What it was opened with."""

    @classmethod
    def open(cls, parameters: dict[str, Any]) -> Self:
        """Connect with the parameters of libpq; raises `psycopg.OperationalError`."""
        connection = cls.connect(**parameters)
        connection.parameters = parameters
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
        began_at = heard_at = time.monotonic()
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                now = time.monotonic()
                if ready:
                    began_at = heard_at = now
                elif now - heard_at > SILENCE_SECONDS:
                    self._check_long(now - began_at)
                    heard_at = time.monotonic()
                waits_for = gen.send(ready)
        except StopIteration as result:
            value: R = result.value
            return value

    def _check_long(self, silent_seconds: float) -> None:
        """Close the connection and raise, unless a long statement may wait on."""
        if self.is_long and silent_seconds < LONG_SECONDS and self._is_answering_others():
            return
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

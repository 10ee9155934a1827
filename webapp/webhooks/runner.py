"""Sends webhooks in the background: a turn for each endpoint whose messages wait.

Turns have threads of their own, few at a time, so that a slow endpoint holds up nobody else. They
are daemons: a request in the middle may be cut at the end, and is repeated by the next process.
"""

import logging
import threading
import time
from collections.abc import Mapping
from contextvars import copy_context
from functools import partial

from ledger.domain.webhooks import Endpoint
from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.webhooks.endpoints import Beginning
from webapp.webhooks.progress import Progress
from webapp.webhooks.turn import Sending, Turn

MOST_TURNS = 8
"""How many endpoints of a ledger are sent to at once."""
_LOOK_SECONDS = 1.0
_LOOK_WITHOUT_ENDPOINTS_SECONDS = 5.0
_AFTER_ERROR_SECONDS = 60.0
_TIDY_SECONDS = 3600.0
_SHARED_TURN_SECONDS = 5.0
"""How long a turn lasts where other endpoints wait for theirs."""
_END_SECONDS = 2.0

_log = logging.getLogger(__name__)


@RecurringWork
def keep_webhooks(app: Application, _stop: threading.Event) -> Steps:
    """Send webhooks until it is closed; yields the seconds until it looks again."""
    runner, pause, logged = Runner(app.webhook_sending), _LOOK_SECONDS, ""
    try:
        while True:
            yield pause
            try:
                pause = _LOOK_SECONDS if runner.look() else _LOOK_WITHOUT_ENDPOINTS_SECONDS
            except StoreUnavailable:
                continue
            except LedgerError as error:
                if str(error) != logged:
                    _log.error("No webhooks are sent: %s", error)
                logged, pause = str(error), _AFTER_ERROR_SECONDS
    finally:
        runner.end()


class Runner:
    """Starts the turns of one ledger's endpoints."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._running: dict[str, tuple[Turn, threading.Thread]] = {}
        self._last: dict[str, Turn] = {}
        """The last turn of each endpoint, for its announcer."""
        self._ended_at: dict[str, float] = {}
        self._endpoints: dict[str, tuple[Endpoint, Beginning]] = {}
        self._head = -1
        """The last event when the endpoints were read."""
        self._kept: frozenset[str] | None = None
        """The endpoints when what is kept about removed ones was last removed."""
        self._tidied_at = -_TIDY_SECONDS
        self._rests_until: dict[str, float] = {}
        """When endpoints get their next turn after one that ended with an error."""

    def look(self) -> bool:
        """Start the turns that are due, and end those of endpoints that changed.

        Returns whether there are endpoints. Without any, and while nothing is recorded, it costs
        one short query.
        """
        self._read_endpoints()
        endpoints = self._endpoints
        self._reap(endpoints)
        if endpoints:
            progress = self._sending.leases.all()
            self._start_turns(self._due(endpoints, progress))
            self._tidy()
        if self._kept != endpoints.keys() and self._running.keys() <= endpoints.keys():
            self._forget_removed()
        return bool(endpoints)

    def _tidy(self) -> None:
        """Delete old tries at intervals."""
        if time.monotonic() - self._tidied_at > _TIDY_SECONDS:
            self._sending.log.tidy_all()
            self._tidied_at = time.monotonic()

    def _forget_removed(self) -> None:
        """Remove what is kept about removed endpoints, which no turn writes any more."""
        removed = [each for each in self._sending.leases.all() if each not in self._endpoints]
        if removed:
            self._sending.leases.forget(removed)
        self._kept = frozenset(self._endpoints)

    def _read_endpoints(self) -> None:
        """Read the endpoints, where anything was recorded since."""
        head = self._sending.ledger.reader.head()
        if head != self._head:
            every = self._sending.endpoints.all()
            self._endpoints = {each.endpoint_id: (each, begin) for each, begin in every}
            self._head = head

    def _start_turns(self, due: list[str]) -> None:
        """Start turns while there is room; where there is too little, the long ones end."""
        for endpoint_id in sorted(due, key=lambda each: self._ended_at.get(each, 0.0)):
            if len(self._running) < MOST_TURNS:
                self._start(*self._endpoints[endpoint_id])
        if any(each not in self._running for each in due):
            for turn, _thread in self._running.values():
                if time.monotonic() - turn.began_at > _SHARED_TURN_SECONDS:
                    turn.stop.set()

    def end(self) -> None:
        """End all turns, and wait a moment for them."""
        for turn, _thread in self._running.values():
            turn.stop.set()
        deadline = time.monotonic() + _END_SECONDS
        for _turn, thread in self._running.values():
            thread.join(max(deadline - time.monotonic(), 0.0))

    def join(self) -> None:
        """Wait until all turns have ended by themselves."""
        for _turn, thread in self._running.values():
            thread.join()

    def _due(
        self,
        endpoints: Mapping[str, tuple[Endpoint, Beginning]],
        progress: Mapping[str, Progress],
    ) -> list[str]:
        """Return the active endpoints whose messages are due and that have no turn."""
        with_notices, head = self._sending.log.with_notices(), self._sending.ledger.reader.head()
        now, rest = self._sending.clock.now(), self._rests_until
        return [
            endpoint_id
            for endpoint_id, (endpoint, beginning) in endpoints.items()
            if endpoint.is_active and endpoint.address and endpoint_id not in self._running
            if rest.get(endpoint_id, 0.0) <= time.monotonic()
            if (cursor := progress.get(endpoint_id)) is None
            or cursor.resumed_by < beginning.resumed_by
            or ((cursor.seq != head or endpoint_id in with_notices) and not cursor.must_wait(now))
        ]

    def _start(self, endpoint: Endpoint, beginning: Beginning) -> None:
        last = self._last.get(endpoint.endpoint_id)
        is_same = last is not None and last.endpoint.types == endpoint.types
        announcer = last.announcer if last and is_same else None
        turn = Turn(self._sending, endpoint, beginning, announcer)
        run = partial(copy_context().run, _run, turn)  # log lines have the ledger's name
        thread = threading.Thread(target=run, name="webhooks", daemon=True)
        self._running[endpoint.endpoint_id] = turn, thread
        thread.start()

    def _reap(self, endpoints: Mapping[str, tuple[Endpoint, Beginning]]) -> None:
        """Forget the turns that have ended; let those end whose endpoint is another by now."""
        for endpoint_id, (turn, thread) in list(self._running.items()):
            if not thread.is_alive():
                del self._running[endpoint_id]
                self._last[endpoint_id] = turn
                self._ended_at[endpoint_id] = time.monotonic()
                if turn.has_failed:
                    self._rests_until[endpoint_id] = time.monotonic() + _AFTER_ERROR_SECONDS
            elif endpoints.get(endpoint_id) != (turn.endpoint, turn.beginning):
                turn.stop.set()
        for endpoint_id in self._last.keys() - endpoints.keys():
            del self._last[endpoint_id], self._ended_at[endpoint_id]
            self._rests_until.pop(endpoint_id, None)


def _run(turn: Turn) -> None:
    """Run a turn. What fails is logged, and the next turn begins where this one came to."""
    try:
        turn.run()
    except StoreUnavailable:
        return  # the next turn tries again
    except LedgerError as error:
        turn.has_failed = True
        _log.warning("Webhooks of %s wait. %s", turn.endpoint.endpoint_id, error)
    except Exception:  # noqa: BLE001 - no fault of one endpoint ends the sending of others
        turn.has_failed = True
        _log.exception("An error while webhooks of %s were sent.", turn.endpoint.endpoint_id)

"""The sender: asks the provider for every attempt that is due, and records each answer.

Several senders may run: the ledger lets only one of them start an attempt. What is due is handed
in by the composition root; this file knows no views.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.errors import LedgerError, ProviderError, StoreUnavailable, StreamMoved
from ledger.message import segments
from ledger.pace import Pace
from ledger.providers.contract import (
    Accepted,
    Answer,
    KnownText,
    NotReached,
    OutgoingText,
    Provider,
    Refusal,
)
from ledger.verbs.attempts import Attempts, StartedAttempt
from ledger.worklist import DoubtfulAttempt, Worklist

_log = logging.getLogger(__name__)

IN_FLIGHT = 8
"""Requests at once; no more deliveries than these are ever started and not yet asked for."""

VALIDITY_SECONDS = 4 * 3600
"""How long Twilio may hold a text before it must go out or be given up."""

_CALL_WITHIN_SECONDS = 10.0
_CRASH_MARGIN = timedelta(seconds=10)
_LAPSE_MARGIN = timedelta(seconds=60)
_ASK_AFTER = timedelta(seconds=30)
_LONGEST_ASK_WAIT = timedelta(hours=1)
_CLOCK_SKEW = timedelta(seconds=5)
_PUT_BACKS_IN_A_ROW = 5
_LONGEST_REST_SECONDS = 60.0
_PAGE = 1000
_ASKED_IN_ONE_PASS = 100
_RECORD_TRIES = 5


@dataclass(kw_only=True)
class Sender:
    """Makes passes over what is due, and settles what is in doubt."""

    attempts: Attempts
    provider: Provider
    worklist: Worklist
    callback_url: Callable[[str, int], str]
    """The address at which the provider reports on this delivery and turn."""
    pace: Pace = field(default_factory=Pace)
    stop: threading.Event = field(default_factory=threading.Event)
    poll_seconds: float = 0.5
    _rest: "_Rest" = field(default_factory=lambda: _Rest())  # noqa: PLW0108 - it stands below
    _asks: "_Asks" = field(default_factory=lambda: _Asks())  # noqa: PLW0108 - it stands below

    def run(self) -> None:
        """Go on until `stop` is set; while the store is away, wait for it."""
        while not self.stop.is_set():
            try:
                self._pass(may_rest=True)
            except (StoreUnavailable, StreamMoved):
                self.stop.wait(1.0)
            self.stop.wait(max(self.poll_seconds, self._rest.seconds_left()))

    def run_once(self) -> int:
        """One pass over what is due now; gives how many attempts were made."""
        return self._pass(may_rest=False)

    def _pass(self, *, may_rest: bool) -> int:
        self._settle_doubts()
        now = self._now()
        seen: set[str] = set()
        made = 0
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="sender") as pool:
            while fresh := [d for d in self.worklist.due(now, _PAGE) if d not in seen]:
                seen.update(fresh)
                made += sum(pool.map(lambda d: self._attempt(d, may_rest=may_rest), fresh))
                if self._is_to_wait(may_rest=may_rest):
                    break
        return made

    def _attempt(self, delivery_id: str, *, may_rest: bool) -> bool:
        if self._is_to_wait(may_rest=may_rest):
            return False
        self._keep_pace(delivery_id)
        if self.stop.is_set():
            return False
        started = self._start(delivery_id)
        if started is None:
            return False
        answer = self._ask(started, time.monotonic() + _CALL_WITHIN_SECONDS)
        self._rest.heard(answer)
        self._record(started, answer)
        return True

    def _start(self, delivery_id: str) -> StartedAttempt | None:
        """Begin the attempt; one delivery that cannot be read never stops the rest."""
        try:
            return self.attempts.start(delivery_id)
        except StoreUnavailable:
            raise
        except LedgerError as error:
            _log.error("The attempt of %s did not start: %s", delivery_id, error)
            return None

    def _ask(self, started: StartedAttempt, call_by: float) -> Answer:
        text = OutgoingText(
            to=started.to,
            body=started.body,
            status_callback=self.callback_url(started.delivery_id, started.turn),
            validity_seconds=VALIDITY_SECONDS,
        )
        if time.monotonic() > call_by:
            return NotReached(cause="the sender was held up and never called")
        return self.provider.send(text)

    def _record(self, started: StartedAttempt, answer: Answer) -> None:
        """Record the answer, through a short absence of the store too.

        Where that fails, the attempt stays in doubt: its callback or Twilio's records settle it.
        """
        for tries_left in reversed(range(_RECORD_TRIES)):
            try:
                self.attempts.answer(started.delivery_id, started.turn, answer)
            except (StoreUnavailable, StreamMoved):
                if not tries_left:
                    raise
                self.stop.wait(1.0)
            else:
                return

    def _keep_pace(self, delivery_id: str) -> None:
        if self.pace.segments_per_second and (text := self.attempts.text_of(delivery_id)):
            wait = self.pace.wait_seconds(segments(text[1]).count, time.monotonic())
            self.stop.wait(wait)

    def _is_to_wait(self, *, may_rest: bool) -> bool:
        return self.stop.is_set() or (may_rest and self._rest.seconds_left() > 0)

    def _settle_doubts(self) -> None:
        now = self._now()
        crashed_before = now - self._longest_call() - _CRASH_MARGIN
        asked = 0
        for doubt in self.worklist.in_doubt():
            if not doubt.is_recorded:
                if doubt.started_at < crashed_before:
                    self.attempts.doubt(doubt.delivery_id, doubt.turn, "the sender stopped midway")
            elif asked < _ASKED_IN_ONE_PASS and self._asks.is_time(doubt, now):
                asked += 1
                self._settle(doubt)

    def _settle(self, doubt: DoubtfulAttempt) -> None:
        try:
            ours = self._texts_of(doubt)
        except ProviderError:
            return
        lapses_at = (
            doubt.started_at
            + self._longest_call()
            + timedelta(seconds=VALIDITY_SECONDS)
            + _LAPSE_MARGIN
        )
        if self.attempts.settle(doubt.delivery_id, ours, lapses_at):
            self._asks.forget(doubt)

    def _texts_of(self, doubt: DoubtfulAttempt) -> list[KnownText]:
        """Twilio's texts that could be this attempt's; of a forgotten contact nobody can ask."""
        text = self.attempts.text_of(doubt.delivery_id)
        if text is None:
            return []
        number, body = text
        earliest = doubt.started_at - _CLOCK_SKEW
        known = self.provider.texts_to(number)
        return [k for k in known if k.body == body and k.created_at >= earliest]

    def _longest_call(self) -> timedelta:
        return timedelta(seconds=_CALL_WITHIN_SECONDS + self.provider.timeout_seconds)

    def _now(self) -> datetime:
        return self.attempts.ledger.clock.now()


class _Rest:
    """After several put backs in a row the sender waits as a whole, longer each time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._put_backs = 0
        self._until = 0.0

    def heard(self, answer: Answer) -> None:
        """Count an answer; an accepted text ends the row."""
        is_put_back = isinstance(answer, NotReached) or (
            isinstance(answer, Refusal) and answer.http_status == 429
        )
        with self._lock:
            if isinstance(answer, Accepted):
                self._put_backs = 0
            elif is_put_back:
                self._put_backs += 1
                over = self._put_backs - _PUT_BACKS_IN_A_ROW
                if over >= 0:
                    self._until = time.monotonic() + min(2.0**over, _LONGEST_REST_SECONDS)

    def seconds_left(self) -> float:
        """How long the sender is still to wait; 0 when it may go on."""
        with self._lock:
            return max(0.0, self._until - time.monotonic())


class _Asks:
    """When Twilio is asked next about each doubt: after 30 s, then ever more rarely."""

    def __init__(self) -> None:
        self._next: dict[str, tuple[datetime, timedelta]] = {}

    def is_time(self, doubt: DoubtfulAttempt, now: datetime) -> bool:
        """Whether to ask now; if so, the next time is set."""
        at, wait = self._next.get(doubt.delivery_id, (doubt.started_at + _ASK_AFTER, _ASK_AFTER))
        if now < at:
            return False
        self._next[doubt.delivery_id] = (now + wait, min(wait * 2, _LONGEST_ASK_WAIT))
        return True

    def forget(self, doubt: DoubtfulAttempt) -> None:
        """The doubt is settled."""
        self._next.pop(doubt.delivery_id, None)

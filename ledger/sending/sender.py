"""The sender: attempts everything that is due once, within the rate limit, many at a time.

Several senders may run. A claim keeps a text from the other senders, and the ledger lets only one
of them start an attempt. The composition root passes in the worklist; this module knows no views.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from ledger.commands.merged_texts import Text
from ledger.commands.repository import sending_switch
from ledger.domain.sending_switch import SendingSwitch
from ledger.errors import LedgerError, LedgerMoved, ProviderError, Refused, StoreUnavailable
from ledger.providers.contract import Answer, Refusal, kind_of
from ledger.sending.attempt_runner import AttemptRunner, StartedAttempt
from ledger.sending.circuit_breaker import CircuitBreaker
from ledger.sending.fault_isolation import isolated
from ledger.sending.quiet_ledger import QuietLedger
from ledger.sending.rate_limiter import RateLimiter
from ledger.sending.ready_texts import ReadyTexts
from ledger.sending.sending_pass import LeftCause, SendingPass
from ledger.sending.start_check import StartCheck
from ledger.sending.worklist import Worklist

IN_FLIGHT = 32
"""The most requests at once; no more attempts than these are started and without an answer."""

_AHEAD = 2 * IN_FLIGHT
"""The most texts that are made ready in advance."""
_BLOCK_SECONDS = 1.0
"""How long all senders wait after a 429 that names no time."""
_LONGEST_BLOCK_SECONDS = 3600.0
_STORE_PAUSE_SECONDS = 1.0
_PROVIDER_PAUSE_SECONDS = 10.0
_LONGEST_PASS_WAIT_SECONDS = 30.0
"""How long a pass waits for a slot; the pause after a 429 may be longer."""
_MOST_COUNTED = 1_000_000
"""The most texts that a pass counts as left."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Sender:
    """Attempts what is due: one thread starts the attempts, others call the provider and record."""

    attempt_runner: AttemptRunner
    worklist: Worklist
    rate_limiter: RateLimiter
    start_check: StartCheck
    stop: threading.Event = field(default_factory=threading.Event)
    poll_seconds: float = 0.5
    quiet: QuietLedger = field(default_factory=QuietLedger)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    answers: Counter[str] = field(default_factory=Counter)
    """How often each kind of answer came; see `kind_of`."""
    _logged_refusal: str | None = None
    _logged_without_answer: str = ""

    def run(self) -> None:
        """Send until `stop` is set; while store or provider cannot be asked, wait for them."""
        while not self.stop.is_set():
            try:
                self.start_check.ensure_done()
                self._logged_without_answer = ""
                if self.quiet.may_have_changed(self.attempt_runner.ledger.reader.head()):
                    self._run_once()
            except StoreUnavailable as error:
                self.quiet.is_expected_to_change()
                if isinstance(error, LedgerMoved):
                    self._log_once(error)
                self.stop.wait(_STORE_PAUSE_SECONDS)
            except ProviderError as error:
                self._log_without_answer(error)
                self.stop.wait(error.retry_after_seconds or _PROVIDER_PAUSE_SECONDS)
            rest = self.breaker.rest_seconds(time.monotonic())
            self.stop.wait(max(self.poll_seconds, rest))

    def _log_without_answer(self, error: ProviderError) -> None:
        """Log once for each reason that the start check waits for the provider."""
        if str(error) != self._logged_without_answer:
            _log.warning("%s", error)
        self._logged_without_answer = str(error)

    def _run_once(self) -> None:
        run = _SendingRun(self, None)
        with isolated("The sending", "what is due"):
            run.run()
        if run.had_due or self.breaker.rest_seconds(time.monotonic()):
            self.quiet.is_expected_to_change()

    def may_start(self, switch: SendingSwitch, now: datetime) -> bool:
        """Whether attempts may start; logs once that the ledger went to another account."""
        if not switch.allows_attempts(now):
            return False
        try:
            switch.check_account(self.attempt_runner.account)
        except Refused as refusal:
            self._log_once(refusal)
            return False
        return True

    def _log_once(self, refusal: LedgerError) -> None:
        if self._logged_refusal != str(refusal):
            self._logged_refusal = str(refusal)
            _log.error("Nothing is sent. %s", refusal)

    def run_once(self) -> SendingPass:
        """Attempt what is due now, each once; wait for slots, but not for long.

        Raises `ProviderError` where the newest texts cannot be compared before.
        """
        self.start_check.ensure_done()
        run = _SendingRun(self, self.attempt_runner.ledger.clock.now())
        run.run()
        return run.result()


class _SendingRun:
    """Attempts what is due until nothing is left.

    With `until`, it is a pass: it attempts each delivery that is due by then once. It does not wait
    for the circuit breaker, but ends where further attempts could leave more outcomes unknown.
    """

    def __init__(self, sender: Sender, until: datetime | None) -> None:
        self._sender = sender
        self._until = until
        self._ready = ReadyTexts(sender.attempt_runner.ledger.reader, sender.rate_limiter)
        self._in_flight: dict[Future[Answer], str] = {}
        self._has_answer = threading.Event()
        self.had_due = False
        """Whether anything was due, claimed by this sender or not."""
        self._attempted: set[str] = set()
        """In a pass: the deliveries that were started, or whose text cannot be read."""
        self._attempt_count = 0
        self._without_slot_since: float | None = None
        """In a pass: since when something is due and there is no slot. Monotonic seconds."""
        self._left_cause: LeftCause | None = None

    def run(self) -> None:
        """Attempt, until nothing is due or `stop` is set."""
        with self._pool() as pool:
            while not self._sender.stop.is_set() and self._has_work():
                for started in self._sender.attempt_runner.start(self._next_texts()):
                    request = pool.submit(self._attempt, started)
                    self._in_flight[request] = started.delivery_id
                self._has_answer.wait(self._pause_seconds())
                self._has_answer.clear()
                self._handle_answers()
        self._handle_answers()
        if self._sender.stop.is_set() and self._left_cause is None:
            self._left_cause = LeftCause.STOPPED

    def result(self) -> SendingPass:
        """What this pass did."""
        left = len(self._due(_MOST_COUNTED)) if self._left_cause else 0
        cause = self._left_cause if left else None
        return SendingPass(attempts=self._attempt_count, left=left, cause=cause)

    @contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        try:
            with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="sender") as pool:
                yield pool
        finally:
            self._ready.give_up()
            self._ready.release(self._in_flight.values())

    def _has_work(self) -> bool:
        """Make more texts ready where there is room; return whether anything is left to do."""
        breaker = self._sender.breaker
        is_pass = self._until is not None
        if is_pass and breaker.leaves_outcomes_unknown:
            self._left_cause = LeftCause.NO_ANSWERS
            self._ready.give_up()
        elif not is_pass and breaker.rest_seconds(time.monotonic()) > 0:
            self._ready.give_up()
        elif len(self._ready) < IN_FLIGHT // 2:
            self._make_ready()
        return bool(self._ready or self._in_flight or self._waits_for_slot())

    def _waits_for_slot(self) -> bool:
        """Whether the pass waits for a slot, because one comes soon."""
        if self._without_slot_since is None or self._left_cause:
            return False
        has_waited = time.monotonic() - self._without_slot_since
        wait = self._sender.rate_limiter.seconds_until_slot()
        if has_waited + wait > _LONGEST_PASS_WAIT_SECONDS:
            self._left_cause = LeftCause.RATE_LIMIT
        return self._left_cause is None

    def _make_ready(self) -> None:
        """Claim more of what is due."""
        self._ready.release(self._in_flight.values())
        sender = self._sender
        ledger = sender.attempt_runner.ledger
        switch, now = sending_switch(ledger.reader), ledger.clock.now()
        if switch.is_sender_held(now):
            self._end_at_cap()
        due = self._due(_AHEAD) if sender.may_start(switch, now) else []
        self.had_due = self.had_due or bool(due)
        claims = self._ready.claim(due)
        self._note_missing_slot(is_missing=bool(due) and not claims.delivery_ids)
        if self._until is not None:
            self._attempted.update(claims.unreadable_ids)

    def _end_at_cap(self) -> None:
        """In a pass: leave the rest, which waits until the cap ends, and count all of it."""
        if self._until is not None:
            self._left_cause = LeftCause.SENDER_CAP
            self._attempted.clear()

    def _due(self, limit: int) -> Sequence[str]:
        """What is due and claimed by nobody; in a pass, without what it attempted."""
        sender = self._sender
        now = self._until or sender.attempt_runner.ledger.clock.now()
        excluded_ids = {*sender.rate_limiter.claimed_ids(), *self._attempted}
        return sender.worklist.due(now, limit, excluded_ids)

    def _note_missing_slot(self, *, is_missing: bool) -> None:
        if not is_missing or self._until is None:
            self._without_slot_since = None
        elif self._without_slot_since is None:
            self._without_slot_since = time.monotonic()

    def _next_texts(self) -> dict[str, Text | None]:
        """The texts whose slot has come, as many as there are free requests."""
        free_count = IN_FLIGHT - len(self._in_flight)
        if self._until is None:
            allowed_count = self._sender.breaker.allowed_attempts(time.monotonic())
            free_count = min(free_count, allowed_count - len(self._in_flight))
        texts = self._ready.take(free_count)
        if self._until is not None:
            self._attempted.update(texts)
        return texts

    def _pause_seconds(self) -> float:
        """How long there is nothing to do unless an answer comes."""
        if len(self._in_flight) >= IN_FLIGHT or not self._ready:
            return self._sender.poll_seconds
        return min(self._ready.seconds_until_slot(), self._sender.poll_seconds)

    def _attempt(self, started: StartedAttempt) -> Answer:
        try:
            answer = self._sender.attempt_runner.ask(started)
            self._sender.attempt_runner.record(started, answer)
            return answer
        finally:
            self._has_answer.set()

    def _handle_answers(self) -> None:
        for request in [request for request in self._in_flight if request.done()]:
            del self._in_flight[request]
            self._handle(request.result())

    def _handle(self, answer: Answer) -> None:
        self._attempt_count += 1
        self._sender.answers[kind_of(answer)] += 1
        self._sender.breaker.record(answer, time.monotonic())
        if isinstance(answer, Refusal) and answer.http_status == 429:
            seconds = answer.retry_after_seconds or _BLOCK_SECONDS
            self._sender.rate_limiter.block_for(min(seconds, _LONGEST_BLOCK_SECONDS))
            self._ready.give_up()

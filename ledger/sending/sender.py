"""The sender: sees that everything that is due goes out once, at its pace, many at a time.

Several senders may run: a claim keeps them off one another's texts, and the ledger lets only one
of them start an attempt. What is due is handed in by the composition root; this file knows no
views.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from ledger.commands.merged_texts import Text, texts_of
from ledger.commands.repository import sending_switch
from ledger.errors import StoreUnavailable
from ledger.messages.segments import count_segments
from ledger.providers.contract import Answer, Refusal
from ledger.sending.attempt_runner import AttemptRunner, Started
from ledger.sending.circuit_breaker import CircuitBreaker
from ledger.sending.rate_limiter import RateLimiter, SlotRequest
from ledger.sending.worklist import Worklist

IN_FLIGHT = 32
"""Requests at once; no more deliveries than these are ever started and not yet asked for."""

_AHEAD = 2 * IN_FLIGHT
"""So many are made ready, at most, for the requests that come free."""
_TOGETHER_SECONDS = 0.01
"""Slots that lie no further apart are started together."""
_HOLD_SECONDS = 1.0
"""How long all senders wait after a 429 that names no time."""
_LONGEST_HOLD_SECONDS = 3600.0
_STORE_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class _ReadyText:
    """A text that is ours to send, from that monotonic time on."""

    delivery_id: str
    text: Text | None
    at: float


@dataclass(kw_only=True)
class Sender:
    """Makes passes over what is due: one thread decides what flies, the others ask and record."""

    courier: AttemptRunner
    worklist: Worklist
    pace: RateLimiter
    stop: threading.Event = field(default_factory=threading.Event)
    poll_seconds: float = 0.5
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    def run(self) -> None:
        """Go on until `stop` is set; while the store is away, wait for it."""
        while not self.stop.is_set():
            try:
                _Pass(self, None).make()
            except StoreUnavailable:
                self.stop.wait(_STORE_PAUSE_SECONDS)
            rest = self.breaker.seconds_left(time.monotonic())
            self.stop.wait(max(self.poll_seconds, rest))

    def run_once(self) -> int:
        """One pass over what is due now, each once; gives how many attempts were made."""
        return _Pass(self, self.courier.ledger.clock.now()).make()


class _Pass:
    """Sends what is due until nothing is left; up to a moment, each once and without a rest."""

    def __init__(self, sender: Sender, until: datetime | None) -> None:
        self._sender = sender
        self._until = until
        self._waiting: deque[_ReadyText] = deque()
        self._flying: dict[Future[Answer], str] = {}
        self._landed = threading.Event()
        self._over: set[str] = set()
        """Whose claims can be let go of."""
        self._seen: set[str] = set()
        self._made = 0

    def make(self) -> int:
        """Gives how many attempts were made."""
        with self._pool() as pool:
            while not self._sender.stop.is_set() and self._goes_on():
                for started in self._sender.courier.start(self._next()):
                    flight = pool.submit(self._fly, started)
                    self._flying[flight] = started.delivery_id
                self._landed.wait(self._pause())
                self._landed.clear()
                self._land()
        self._land()
        return self._made

    @contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        try:
            with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="sender") as pool:
                yield pool
        finally:
            self._over.update(self._flying.values(), (ready.delivery_id for ready in self._waiting))
            self._let_go()

    def _goes_on(self) -> bool:
        """Whether there is anything to do, once more was made ready where room came free."""
        is_resting = self._until is None and self._sender.breaker.seconds_left(time.monotonic()) > 0
        if is_resting:
            self._give_up_waiting()
        elif len(self._waiting) < IN_FLIGHT // 2:
            self._waiting += self._ready()
        return bool(self._waiting or self._flying)

    def _ready(self) -> list[_ReadyText]:
        """More of what is due, in slots of ours.

        One whose text cannot be read keeps its claim, and so is not looked at again for a while.
        """
        self._let_go()
        sender = self._sender
        ledger = sender.courier.ledger
        if sending_switch(ledger.reader).is_off:
            return []
        besides = {*sender.pace.claimed(), *self._seen}
        now = self._until or ledger.clock.now()
        due = sender.worklist.due(now, _AHEAD, besides)
        texts = texts_of(ledger.reader, due)
        slots = sender.pace.take([SlotRequest(d, _segments(texts.get(d))) for d in due])
        if self._until is not None:
            self._seen.update(slot.delivery_id for slot in slots)
        now_here = time.monotonic()
        return [
            _ReadyText(slot.delivery_id, texts[slot.delivery_id], now_here + slot.wait_seconds)
            for slot in slots
            if slot.delivery_id in texts
        ]

    def _next(self) -> dict[str, Text | None]:
        """The texts whose slot has come, as many as there are requests free and may be made."""
        now = time.monotonic()
        free = IN_FLIGHT - len(self._flying)
        if self._until is None:
            free = min(free, self._sender.breaker.lets_through(now) - len(self._flying))
        found: dict[str, Text | None] = {}
        while (
            self._waiting and self._waiting[0].at <= now + _TOGETHER_SECONDS and len(found) < free
        ):
            ready = self._waiting.popleft()
            found[ready.delivery_id] = ready.text
        self._over.update(found)
        return found

    def _pause(self) -> float:
        """How long there is nothing to do unless a flight lands."""
        if len(self._flying) >= IN_FLIGHT or not self._waiting:
            return self._sender.poll_seconds
        wait = self._waiting[0].at - time.monotonic()
        return min(max(wait, 0.0), self._sender.poll_seconds)

    def _fly(self, started: Started) -> Answer:
        try:
            answer = self._sender.courier.ask(started)
            self._sender.courier.record(started, answer)
            return answer
        finally:
            self._landed.set()

    def _land(self) -> None:
        """Hear what became of the flights that are over."""
        for flight in [flight for flight in self._flying if flight.done()]:
            del self._flying[flight]
            self._hear(flight.result())

    def _hear(self, answer: Answer) -> None:
        self._made += 1
        self._sender.breaker.heard(answer, time.monotonic())
        if isinstance(answer, Refusal) and answer.http_status == 429:
            seconds = answer.retry_after_seconds or _HOLD_SECONDS
            self._sender.pace.hold(min(seconds, _LONGEST_HOLD_SECONDS))
            self._give_up_waiting()

    def _give_up_waiting(self) -> None:
        self._over.update(ready.delivery_id for ready in self._waiting)
        self._waiting.clear()

    def _let_go(self) -> None:
        done = self._over.difference(self._flying.values())
        self._over -= done
        self._sender.pace.release(done)


def _segments(text: Text | None) -> int:
    return count_segments(text.body).count if text else 0

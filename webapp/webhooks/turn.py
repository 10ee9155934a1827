"""One turn of one endpoint: its messages are sent one after the other, until none is left.

The order of seq is strict: a message that is not taken holds back all later ones of the endpoint,
not only those of its campaign. A turn ends after a while, so that other endpoints get theirs.
"""

import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.clock import Clock
from ledger.domain.vocabulary import SwitchOffCause
from ledger.domain.webhooks import Endpoint
from ledger.ledger import Ledger
from ledger.recorded_event import RecordedEvent
from webapp.webhooks.announcer import Announcer
from webapp.webhooks.endpoints import Beginning, WebhookEndpoints
from webapp.webhooks.log import Try, TryLog, new_try
from webapp.webhooks.message import Message
from webapp.webhooks.personal_data import with_personal_data
from webapp.webhooks.posting import Answer, Poster
from webapp.webhooks.progress import Done, Lease, Leases
from webapp.webhooks.signing import Signer

SWITCHED_OFF_AFTER = timedelta(days=5)
"""After so long without a message that was taken, the endpoint is switched off."""
LOST_BACK = timedelta(days=7)
"""How far back an endpoint begins whose cursor was lost; longer than it may take no messages."""
WAITS = tuple(map(float, (5, 30, 120, 600, 1800, 3600)))
"""Seconds until a message that was not taken is sent again; the last one repeats."""
_JITTER = 0.2
_BATCH_EVENTS = 200
_WRITTEN_EVERY_MESSAGES = 50
_WRITTEN_EVERY_SECONDS = 1.0
_TURN_SECONDS = 20.0
_GATHERED_SECONDS = 0.25
"""How long events gather where few were read: few cost the database as much as many."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What every turn needs."""

    ledger: Ledger
    clock: Clock
    endpoints: WebhookEndpoints
    leases: Leases
    log: TryLog


@dataclass(eq=False)
class Turn:
    """Sends the messages of one endpoint; `announcer` is the one of its last turn, if any."""

    sending: Sending
    endpoint: Endpoint
    beginning: Beginning
    announcer: Announcer | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    began_at: float = field(default_factory=time.monotonic)
    has_failed: bool = False
    """Whether an error of this program ended it."""

    def run(self) -> None:
        """Take the lease, and send until nothing is left, something fails, or time is over."""
        address = self.endpoint.address
        if address is None:
            return
        lease = self.sending.leases.take(
            self.endpoint.endpoint_id,
            self.beginning,
            lost=self._lost,
            head=self.sending.ledger.reader.head,
        )
        if lease is None:
            return
        poster = Poster(address.url, allows_private=self.sending.endpoints.allows_private)
        try:
            _Delivery(self, lease, poster).run()
        finally:
            poster.close()
            lease.release()

    def _lost(self) -> int:
        """Return the seq after which an endpoint begins whose cursor was lost.

        For one that staff left alone for a week, that is a week before the last event: it took
        what is older, or it would have been switched off.
        """
        reader = self.sending.ledger.reader
        last = reader.last()
        if last is None or last.recorded_at - self.beginning.changed_at <= LOST_BACK:
            return self.beginning.after
        return max(self.beginning.after, reader.seq_at(last.recorded_at - LOST_BACK))

    def announcer_at(self, seq: int) -> Announcer:
        """Return the announcer for the events after that seq."""
        if self.announcer is None or self.announcer.seq != seq:
            reader = self.sending.ledger.reader
            self.announcer = Announcer(reader, self.endpoint.types, seq)
        return self.announcer


class _Delivery:
    """The sending of one turn."""

    def __init__(self, turn: Turn, lease: Lease, poster: Poster) -> None:
        self._turn, self._lease, self._poster = turn, lease, poster
        self._sending, self._endpoint = turn.sending, turn.endpoint
        self._signer = Signer(turn.sending.ledger.identity, turn.endpoint)
        self._seq = lease.progress.seq
        self._has_tried = self._has_taken = False
        """Whether a message was sent in this turn, and whether the endpoint took one."""
        self._tries: list[Try] = []
        self._notice_keys: list[str] = []
        self._written_at = time.monotonic()
        self._ends_at = time.monotonic() + _TURN_SECONDS

    def run(self) -> None:
        """Send until there is a reason to stop, and write what was done."""
        try:
            if self._send_notices() and self._send_events():
                self._write()
        except Exception:
            self._write()  # what was taken is not sent again and again
            raise
        if self._has_tried:
            self._sending.log.tidy(self._endpoint.endpoint_id)

    def _is_over(self) -> bool:
        return self._turn.stop.is_set() or time.monotonic() > self._ends_at

    def _send_notices(self) -> bool:
        """Send what is about no event; False where that failed, which is then recorded."""
        for message in self._sending.log.notices(self._endpoint.endpoint_id):
            if self._is_over():
                return True
            answer = self._post(message)
            if not answer.is_taken:
                self._fail(answer)
                return False
            self._notice_keys.append(message.key)
            if not self._write_sometimes():
                return False
        return True

    def _send_events(self) -> bool:
        """Send what events say; False where that failed or the lease was lost."""
        while not self._is_over():
            reader = self._sending.ledger.reader
            events = reader.events(self._seq, _BATCH_EVENTS)
            for message in self._messages(events):
                self._seq = max(self._seq, (message.seq or 0) - 1)
                if self._is_over():
                    return True
                answer = self._post(message)
                if not answer.is_taken:
                    self._fail(answer)
                    return False
                if not self._write_sometimes():
                    return False
            self._seq = events[-1].seq if events else self._seq
            if not self._write_sometimes():
                return False
            if len(events) < _BATCH_EVENTS and not self._wait_for_more():
                return True
        return True

    def _messages(self, events: Sequence[RecordedEvent]) -> list[Message]:
        messages = self._turn.announcer_at(self._seq).messages(events)
        if self._endpoint.has_personal_data:
            return with_personal_data(self._sending.ledger.reader, messages)
        return messages

    def _wait_for_more(self) -> bool:
        """Let some events gather; False where there are none."""
        if self._sending.ledger.reader.head() <= self._seq:
            return False
        self._turn.stop.wait(_GATHERED_SECONDS)
        return True

    def _post(self, message: Message) -> Answer:
        now = self._sending.clock.now()
        message_id = id_of(self._sending.ledger, self._endpoint, message)
        body = message.body
        answer = self._poster.post(self._signer.headers(message_id, body, now), body)
        self._tries.append(new_try(self._endpoint.endpoint_id, message, message_id, now, answer))
        self._has_tried, self._has_taken = True, self._has_taken or answer.is_taken
        return answer

    def _write_sometimes(self) -> bool:
        """Write at intervals what was done; False where another process has the lease now."""
        age = time.monotonic() - self._written_at
        if len(self._tries) < _WRITTEN_EVERY_MESSAGES and age < _WRITTEN_EVERY_SECONDS:
            return True
        return self._write()

    def _write(self) -> bool:
        self._written_at = time.monotonic()
        return self._lease.advance(self._take_done())

    def _take_done(self) -> Done:
        """Return what was not written yet."""
        done = Done(seq=self._seq, tries=self._tries, notice_keys=self._notice_keys)
        self._tries, self._notice_keys = [], []
        return done

    def _fail(self, answer: Answer) -> None:
        """Record the failure, and switch the endpoint off where it wants or takes nothing."""
        now, progress = self._sending.clock.now(), self._lease.progress
        is_first = self._has_taken or progress.failing_since is None
        since = now if is_first else min(progress.failing_since or now, now)
        failures = 1 if is_first else progress.failures + 1
        next_try_at = next_try(now, failures, answer)
        self._lease.fail(self._take_done(), since, failures, next_try_at)
        if answer.is_gone:
            self._switch_off(SwitchOffCause.GONE)
        elif now - since >= SWITCHED_OFF_AFTER:
            self._switch_off(SwitchOffCause.FAILING)

    def _switch_off(self, cause: SwitchOffCause) -> None:
        self._sending.endpoints.switch_off(self._endpoint.endpoint_id, cause)


def id_of(ledger: Ledger, endpoint: Endpoint, message: Message) -> str:
    """Return the id of a message for an endpoint; the same message has the same one again."""
    identity, endpoint_id = ledger.identity, endpoint.endpoint_id
    if message.seq is None:
        return identity.webhook_notice_id(endpoint_id, message.key)
    return identity.webhook_message_id(endpoint_id, message.type, message.seq, message.leaf)


def next_try(now: datetime, failures: int, answer: Answer) -> datetime:
    """Return when a message is sent again after this number of failed tries, with jitter."""
    wait = WAITS[min(failures, len(WAITS)) - 1]
    jitter = secrets.SystemRandom().uniform(1 - _JITTER, 1 + _JITTER)
    return now + timedelta(seconds=max(wait * jitter, answer.retry_after_seconds))

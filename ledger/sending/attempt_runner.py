"""One attempt in three steps: start it, ask the provider, record the answer.

A crash between two steps loses no attempt: once started, it is in the ledger, and without an
answer its outcome is unknown (see `unknown_outcomes.py`). Before the provider is asked, the
rollback guard has stored that the ledger holds the attempt.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ledger.commands.attempts import RecordAnswer, StartAttempt
from ledger.commands.merged_texts import Text
from ledger.commands.unknown_outcomes import MarkOutcomeUnknown
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import AttemptStarted
from ledger.domain.sending_switch import SendingAccount
from ledger.errors import LedgerError, StoreRejected, StoreUnavailable
from ledger.ledger import Ledger
from ledger.providers.contract import Answer, NotReached, OutgoingText, Provider, UnknownOutcome
from ledger.sending.fault_isolation import isolated
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.unknown_outcomes import CALL_WITHIN
from ledger.unit_of_work import Command

_RECORD_TRIES = 5
"""One second apart."""


@dataclass(frozen=True, kw_only=True)
class StartedAttempt:
    """An attempt that is in the ledger, and what to ask of the provider."""

    attempt: AttemptStarted
    text: Text
    call_by: float
    """Monotonic seconds; the provider is not called later than this."""

    @property
    def delivery_id(self) -> str:
        """The delivery that is attempted."""
        return self.attempt.delivery_id


@dataclass(frozen=True, kw_only=True)
class AttemptRunner:
    """Runs attempts; it may be used by several threads at once."""

    ledger: Ledger
    codes: CodeTable
    provider: Provider
    account: SendingAccount
    """The account that the provider sends from."""
    callback_url: Callable[[str, int], str]
    """The address at which the provider reports on this delivery and turn."""
    validity_seconds: int
    """How long the provider may hold a text before it must go out or be given up."""
    rollback_guard: RollbackGuard
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self, texts: Mapping[str, Text | None]) -> list[StartedAttempt]:
        """Start the attempts of these deliveries together; return those that were started.

        An attempt that cannot be started is logged and never stops the others. Raises
        `StoreUnavailable`; where the rollback guard cannot be written, they are put back.
        """
        call_by = time.monotonic() + CALL_WITHIN.total_seconds()
        starting = {
            delivery_id: self.ledger.execute(
                StartAttempt(delivery_id, text, self.validity_seconds, self.account)
            )
            for delivery_id, text in texts.items()
        }
        started = [
            StartedAttempt(attempt=attempt, text=text, call_by=call_by)
            for delivery_id, text in texts.items()
            if (attempt := _started(delivery_id, starting[delivery_id])) and text
        ]
        if started:
            self._guard(started)
        return started

    def _guard(self, started: Sequence[StartedAttempt]) -> None:
        try:
            self.rollback_guard.extend()
        except LedgerError:
            for each in started:
                self.record(each, NotReached(cause="the rollback guard could not be written"))
            raise

    def ask(self, started: StartedAttempt) -> Answer:
        """Ask the provider once to send the text; a call that fails is an unknown outcome."""
        if time.monotonic() > started.call_by:
            return NotReached(cause="the sender was held up and never called")
        with isolated("The call", started.delivery_id):
            return self.provider.send(
                OutgoingText(
                    to=started.text.to,
                    body=started.text.body,
                    status_callback=self.callback_url(started.delivery_id, started.attempt.turn),
                    validity_seconds=started.attempt.validity_seconds,
                )
            )
        return UnknownOutcome(cause="the call failed")

    def record(self, started: StartedAttempt, answer: Answer) -> None:
        """Record the answer; try for a few seconds while the store is unavailable.

        An answer that the ledger does not take is logged and recorded as an unknown outcome.
        Raises `StoreUnavailable`: then the outcome is unknown too, until a callback or the
        provider's records settle it.
        """
        delivery_id, turn = started.delivery_id, started.attempt.turn
        with isolated("The answer", delivery_id):
            self._record(RecordAnswer(delivery_id, turn, answer, self.codes))
            return
        with isolated("The unknown outcome", delivery_id):
            cause = "the answer could not be recorded"
            self._record(MarkOutcomeUnknown(delivery_id, turn, cause))

    def _record(self, command: Command[Any]) -> None:
        for tries_left in reversed(range(_RECORD_TRIES)):
            try:
                self.ledger.execute(command).result()
            except StoreUnavailable as error:
                if not tries_left or isinstance(error, StoreRejected):
                    raise
                self.stop.wait(1.0)
            else:
                return


def _started(delivery_id: str, starting: "Future[AttemptStarted | None]") -> AttemptStarted | None:
    with isolated("The start", delivery_id):
        return starting.result()
    return None

"""One attempt, step by step: start, ask, record. Whatever dies between two steps, none is lost.

Before the start nothing happened; after it the attempt is in the ledger, and where its answer
never is, it is in doubt (see `doubts.py`).
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from ledger.commands.attempts import RecordAnswer, StartAttempt
from ledger.commands.merged_texts import Text
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import AttemptStarted
from ledger.errors import LedgerError, StoreUnavailable
from ledger.ledger import Ledger
from ledger.providers.contract import Answer, NotReached, OutgoingText, Provider
from ledger.sending.unknown_outcomes import CALL_WITHIN

_RECORD_TRIES = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class StartedAttempt:
    """An attempt that is in the ledger, and what to ask of the provider."""

    attempt: AttemptStarted
    text: Text
    call_by: float
    """Monotonic seconds: later the provider is not called any more."""

    @property
    def delivery_id(self) -> str:
        """Whose attempt it is."""
        return self.attempt.delivery_id


@dataclass(frozen=True, kw_only=True)
class AttemptRunner:
    """Takes texts to the provider, any number of them at once."""

    ledger: Ledger
    codes: CodeTable
    provider: Provider
    callback_url: Callable[[str, int], str]
    """The address at which the provider reports on this delivery and turn."""
    validity_seconds: int
    """How long the provider may hold a text before it must go out or be given up."""
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self, texts: Mapping[str, Text | None]) -> list[StartedAttempt]:
        """Begin the attempts of these deliveries together; gives those that are wanted.

        One that fails never stops the rest.
        """
        call_by = time.monotonic() + CALL_WITHIN.total_seconds()
        starting = {
            delivery_id: self.ledger.execute(StartAttempt(delivery_id, text, self.validity_seconds))
            for delivery_id, text in texts.items()
        }
        return [
            StartedAttempt(attempt=attempt, text=text, call_by=call_by)
            for delivery_id, text in texts.items()
            if (attempt := _begun(delivery_id, starting[delivery_id])) and text
        ]

    def ask(self, started: StartedAttempt) -> Answer:
        """Ask the provider to send it, once."""
        if time.monotonic() > started.call_by:
            return NotReached(cause="the sender was held up and never called")
        return self.provider.send(
            OutgoingText(
                to=started.text.to,
                body=started.text.body,
                status_callback=self.callback_url(started.delivery_id, started.attempt.turn),
                validity_seconds=started.attempt.validity_seconds,
            )
        )

    def record(self, started: StartedAttempt, answer: Answer) -> None:
        """Record the answer, through a short absence of the store too.

        Where that fails, the attempt stays in doubt: its callback or Twilio's records settle it.
        """
        command = RecordAnswer(started.delivery_id, started.attempt.turn, answer, self.codes)
        for tries_left in reversed(range(_RECORD_TRIES)):
            try:
                self.ledger.execute(command).result()
            except StoreUnavailable:
                if not tries_left:
                    raise
                self.stop.wait(1.0)
            else:
                return


def _begun(delivery_id: str, starting: "Future[AttemptStarted | None]") -> AttemptStarted | None:
    try:
        return starting.result()
    except StoreUnavailable:
        raise
    except LedgerError as error:
        _log.error("The attempt of %s did not start: %s", delivery_id, error)
        return None

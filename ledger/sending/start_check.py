"""Compares the provider's newest texts with the ledger before a sender starts.

A restored machine has an old rollback guard too, and a new machine has none. But a ledger that lost
its end lacks texts that the provider has: texts of this sender to numbers that still wait here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ledger.clock import EPOCH
from ledger.commands.merged_texts import texts_of
from ledger.domain.clocks import TOLERANCE
from ledger.domain.events import AttemptAccepted, TextsReconciled
from ledger.domain.sending_switch import STREAM
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.lost_end import last_attempt_at, stop_sending
from ledger.sending.lost_texts import LostTexts
from ledger.sending.unknown_outcomes import longest_call
from ledger.sending.worklist import Worklist
from ledger.store.search import Search

_FIRST = 8
"""Of how many of the numbers that are due all texts are read."""


@dataclass(kw_only=True)
class StartCheck:
    """Stops all sending where the provider has a text that the ledger must have lost."""

    ledger: Ledger
    provider: Provider
    worklist: Worklist
    _is_done: bool = field(default=False, init=False)

    def ensure_done(self) -> None:
        """Compare, unless this was done; raises `ProviderError` with the reason for staff."""
        if self._is_done:
            return
        try:
            self.compare()
        except ProviderError as error:
            raise ProviderError(
                f"Nothing was sent. {error} Before anything is sent, Twilio's newest texts are "
                "compared with the ledger, so that a restored ledger texts nobody twice. Try again "
                "once Twilio can be asked.",
                retry_after_seconds=error.retry_after_seconds,
            ) from error
        self._is_done = True

    def compare(self) -> None:
        """Compare now; stop all sending where the ledger lost a text. Raises `ProviderError`.

        All texts that were sent before the last reconciliation were compared by it.
        """
        reader = self.ledger.reader
        since = last_attempt_at(reader)
        if since is None:
            return
        after = self._reconciled_at() or EPOCH
        texts = self.provider.newest_texts(
            since - TOLERANCE, self._first_numbers(), self._last_accepted_sid()
        )
        lost_texts = LostTexts(ledger=self.ledger, longest_call=longest_call(self.provider))
        if lost_texts.is_any([text for text in texts if text.created_at > after]):
            stop_sending(self.ledger)

    def _reconciled_at(self) -> datetime | None:
        reconciliations = Search(
            delivery_id=STREAM, topics=(TextsReconciled.topic,), newest_first=True
        )
        reader = self.ledger.reader
        last = reader.search(reconciliations, limit=1)
        return reader.time_at(last[0].seq) if last else None

    def _last_accepted_sid(self) -> str | None:
        """The newest text whose acceptance the ledger has.

        What the ledger lost was sent later: a sender asks the provider only after its attempt is
        in the ledger, behind this acceptance.
        """
        accepted = self.ledger.reader.last(AttemptAccepted.topic)
        event = accepted.event if accepted else None
        return event.sid if isinstance(event, AttemptAccepted) else None

    def _first_numbers(self) -> set[str]:
        """The numbers that would be texted first; the order of Twilio's list may hide theirs."""
        due = self.worklist.due(self.ledger.clock.now(), _FIRST)
        return {text.to for text in texts_of(self.ledger.reader, due).values() if text}

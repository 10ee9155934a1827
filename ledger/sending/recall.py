"""Asks the provider to cancel texts that it has taken: several at once, the newest first.

The newest are those that it most likely has not sent yet. The provider's answers are recorded as
fetched statuses.
"""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ledger.commands.fetched_records import RecordFetchedStatus
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.worklist import AcceptedText, TextCursor

_AT_ONCE = 8
_PART = 4 * _AT_ONCE
"""Texts that are asked for before the answers are recorded, and time is looked at."""

_CANCELED = "canceled"

Cancelable = Callable[[TextCursor | None, int], Sequence[AcceptedText]]
"""Returns accepted texts before a cursor, the newest first, and at most that many."""


@dataclass(frozen=True)
class Canceling:
    """The results of asking the provider to cancel texts, in numbers."""

    canceled: int = 0
    too_late: int = 0
    """Those that the provider had sent, or does not cancel."""
    unanswered: int = 0
    """Those about which it could not be asked."""
    before: TextCursor | None = None
    """The last text that was asked for, where time was up; None once all were."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Asks for the texts of one campaign."""

    ledger: Ledger
    provider: Provider
    codes: CodeTable

    def cancel(
        self,
        cancelable: Cancelable,
        *,
        before: TextCursor | None = None,
        seconds: float = math.inf,
    ) -> Canceling:
        """Ask for all texts before a cursor, or for as many as the time allows.

        Ends early where the provider answers nothing for a whole part. Raises `StoreUnavailable`.
        """
        deadline = time.monotonic() + seconds
        done = Canceling(before=before)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="recall") as pool:
            while texts := cancelable(done.before, _PART):
                answers = list(pool.map(self._ask, texts))
                done = self._counted(done, texts, answers)
                is_silent = not any(is_answered for is_answered, _ in answers)
                if is_silent or time.monotonic() >= deadline:
                    return done
        return Canceling(done.canceled, done.too_late, done.unanswered)

    def _ask(self, text: AcceptedText) -> tuple[bool, ProviderRecord | None]:
        """Return whether the provider answered, and the text's record where it has one."""
        try:
            return True, self.provider.cancel(text.sid)
        except ProviderError:
            return False, None

    def _counted(
        self,
        done: Canceling,
        texts: Sequence[AcceptedText],
        answers: Sequence[tuple[bool, ProviderRecord | None]],
    ) -> Canceling:
        """Record what the provider answered, and count it."""
        recording = [
            self.ledger.execute(RecordFetchedStatus(text.cursor.delivery_id, record, self.codes))
            for text, (_, record) in zip(texts, answers, strict=True)
            if record
        ]
        for each in recording:
            each.result()
        canceled = sum(record is not None and record.status == _CANCELED for _, record in answers)
        answered = sum(is_answered for is_answered, _ in answers)
        return Canceling(
            canceled=done.canceled + canceled,
            too_late=done.too_late + answered - canceled,
            unanswered=done.unanswered + len(texts) - answered,
            before=texts[-1].cursor,
        )

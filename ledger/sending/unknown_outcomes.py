"""Settles attempts of unknown outcome by asking the provider, at growing intervals."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from ledger.commands.merged_texts import Text, texts_of
from ledger.commands.unknown_outcomes import (
    MarkOutcomeUnknown,
    RecordsLookup,
    SettleByRecords,
)
from ledger.domain.error_codes import CodeTable
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.fault_isolation import isolated
from ledger.sending.worklist import UnsettledAttempt, Worklist

CALL_WITHIN = timedelta(seconds=10)
"""A sender that has not called the provider within this time after the start never does."""

_CRASH_MARGIN = timedelta(seconds=10)
_CLOCK_SKEW = timedelta(seconds=5)
_LATEST = timedelta(seconds=60)
"""How long after the end of a call its text may still appear in the provider's records."""
_ASK_AFTER = timedelta(seconds=30)
_LONGEST_ASK_WAIT = timedelta(hours=1)
_MOST_QUERIES_PER_RUN = 100


@dataclass(kw_only=True)
class UnknownOutcomes:
    """Settles the attempts without an outcome; one process at a time is enough."""

    ledger: Ledger
    codes: CodeTable
    provider: Provider
    worklist: Worklist
    _queries: "_QuerySchedule" = field(
        default_factory=lambda: _QuerySchedule()  # noqa: PLW0108 - the class is defined below
    )

    def settle(self) -> None:
        """Mark what a sender left without an answer as unknown, and query what is due."""
        now = self.ledger.clock.now()
        crashed_before = now - self._longest_call() - _CRASH_MARGIN
        unsettled = self.worklist.unsettled_attempts()
        for attempt in unsettled:
            if not attempt.is_recorded_unknown and attempt.started_at < crashed_before:
                with isolated("The unknown outcome", attempt.delivery_id):
                    self._mark_unknown(attempt)
        unknown = (attempt for attempt in unsettled if attempt.is_recorded_unknown)
        due = (attempt for attempt in unknown if self._queries.is_due(attempt, now))
        for attempt in islice(due, _MOST_QUERIES_PER_RUN):
            with isolated("The query", attempt.delivery_id):
                self._settle(attempt)

    def _mark_unknown(self, attempt: UnsettledAttempt) -> None:
        cause = "the sender stopped midway"
        self.ledger.execute(MarkOutcomeUnknown(attempt.delivery_id, attempt.turn, cause)).result()

    def _settle(self, attempt: UnsettledAttempt) -> None:
        texts = texts_of(self.ledger.reader, [attempt.delivery_id])
        if (
            attempt.delivery_id not in texts
        ):  # unreadable: it cannot be looked up, and must not lapse
            return
        try:
            lookup = self._look_up(attempt, texts[attempt.delivery_id])
        except ProviderError:
            return
        command = SettleByRecords(attempt.delivery_id, lookup, self.codes)
        if self.ledger.execute(command).result():
            self._queries.forget(attempt)

    def _look_up(self, attempt: UnsettledAttempt, text: Text | None) -> RecordsLookup:
        asked_at = self.ledger.clock.now()
        earliest = attempt.started_at - _CLOCK_SKEW
        last_call_at = attempt.started_at + self._longest_call()
        records = self.provider.texts_to(text.to, earliest) if text else []
        fitting = [
            record for record in records if earliest <= record.created_at <= last_call_at + _LATEST
        ]
        return RecordsLookup(
            turn=attempt.turn,
            asked_at=asked_at,
            body=text.body if text else None,
            records=sorted(fitting, key=lambda record: (record.created_at, record.sid)),
            last_call_at=last_call_at,
        )

    def _longest_call(self) -> timedelta:
        return CALL_WITHIN + timedelta(seconds=self.provider.timeout_seconds)


class _QuerySchedule:
    """When the provider is asked next about each attempt: after 30 s, then at doubled waits."""

    def __init__(self) -> None:
        self._next_query: dict[str, tuple[datetime, timedelta]] = {}

    def is_due(self, attempt: UnsettledAttempt, now: datetime) -> bool:
        """Whether to ask now; if so, set the time of the next query."""
        at, wait = self._next_query.get(
            attempt.delivery_id, (attempt.started_at + _ASK_AFTER, _ASK_AFTER)
        )
        if now < at:
            return False
        self._next_query[attempt.delivery_id] = (now + wait, min(wait * 2, _LONGEST_ASK_WAIT))
        return True

    def forget(self, attempt: UnsettledAttempt) -> None:
        """Forget a settled attempt."""
        self._next_query.pop(attempt.delivery_id, None)

"""Settles attempts of unknown outcome by asking the provider, at growing intervals."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from ledger.commands.merged_texts import Text, texts_of
from ledger.commands.unknown_outcomes import (
    MarkOutcomeUnknown,
    RecordsLookup,
    SettleByRecords,
    could_be,
)
from ledger.domain.clocks import TOLERANCE
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.fault_isolation import isolated
from ledger.sending.worklist import UnsettledAttempt, Worklist

CALL_WITHIN = timedelta(seconds=10)
"""A sender that has not called the provider within this time after the start never does."""

_CRASH_MARGIN = timedelta(seconds=10)
_ASK_AFTER = timedelta(seconds=30)
_LONGEST_ASK_WAIT = timedelta(hours=1)
_MOST_QUERIES_PER_RUN = 100
_LONGEST_RUN_SECONDS = 10.0
"""The rest is asked in the next run, so that a slow provider does not hold up other work."""


def longest_call(provider: Provider) -> timedelta:
    """Return how long after its start an attempt may still be under way."""
    return CALL_WITHIN + timedelta(seconds=provider.timeout_seconds)


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
        crashed_before = now - longest_call(self.provider) - _CRASH_MARGIN
        unsettled = self.worklist.unsettled_attempts()
        for attempt in unsettled:
            if not attempt.is_recorded_unknown and attempt.started_at < crashed_before:
                with isolated("The unknown outcome", attempt.delivery_id):
                    self._mark_unknown(attempt)
        unknown = (attempt for attempt in unsettled if attempt.is_recorded_unknown)
        due = (attempt for attempt in unknown if self._queries.is_due(attempt, now))
        deadline = time.monotonic() + _LONGEST_RUN_SECONDS
        for attempt in islice(due, _MOST_QUERIES_PER_RUN):
            with isolated("The query", attempt.delivery_id):
                if not self._settle(attempt) or time.monotonic() > deadline:
                    return

    def _mark_unknown(self, attempt: UnsettledAttempt) -> None:
        cause = "the sender stopped midway"
        self.ledger.execute(MarkOutcomeUnknown(attempt.delivery_id, attempt.turn, cause)).result()

    def _settle(self, attempt: UnsettledAttempt) -> bool:
        """Return whether the provider can be asked now."""
        events = self.ledger.reader.stream(attempt.delivery_id)
        delivery = Delivery.from_events(attempt.delivery_id, (each.event for each in events))
        if attempt.turn not in delivery.tries_by_turn:
            return True  # found in the provider's records after a loss: only staff can decide
        texts = texts_of(self.ledger.reader, [attempt.delivery_id])
        if attempt.delivery_id not in texts:  # unreadable: it cannot be found, and must not lapse
            return True
        try:
            lookup = self._look_up(attempt, texts[attempt.delivery_id], events[0].recorded_at)
        except ProviderError:
            return False
        command = SettleByRecords(attempt.delivery_id, lookup, self.codes)
        if self.ledger.execute(command).result():
            self._queries.forget(attempt)
        return True

    def _look_up(
        self, attempt: UnsettledAttempt, text: Text | None, enrolled_at: datetime
    ) -> RecordsLookup:
        asked_at = self.ledger.clock.now()
        last_call_at = attempt.started_at + longest_call(self.provider)
        earliest, latest = attempt.started_at - TOLERANCE, last_call_at + TOLERANCE
        records = sorted(
            self.provider.texts_to(text.to) if text else [],
            key=lambda record: (record.created_at, record.sid),
        )
        fitting = [record for record in records if earliest <= record.created_at <= latest]
        return RecordsLookup(
            turn=attempt.turn,
            asked_at=asked_at,
            body=text.body if text else None,
            records=fitting,
            doubtful=[
                record
                for record in records
                if record not in fitting and text and could_be(record, text, enrolled_at)
            ],
            last_call_at=last_call_at,
        )


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

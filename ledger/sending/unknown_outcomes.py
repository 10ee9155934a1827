"""Finding out what became of attempts in doubt, by asking the provider ever more rarely."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

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
from ledger.sending.worklist import UnsettledAttempt, Worklist

CALL_WITHIN = timedelta(seconds=10)
"""A sender that has not called so long after the start never calls."""

_CRASH_MARGIN = timedelta(seconds=10)
_CLOCK_SKEW = timedelta(seconds=5)
_LATEST = timedelta(seconds=60)
"""So long after the last moment of a call its text may appear in the provider's records."""
_ASK_AFTER = timedelta(seconds=30)
_LONGEST_ASK_WAIT = timedelta(hours=1)
_ASKED_IN_ONE_PASS = 100


@dataclass(kw_only=True)
class UnknownOutcomes:
    """Settles the attempts without an outcome; one of these to a ledger at a time is enough."""

    ledger: Ledger
    codes: CodeTable
    provider: Provider
    worklist: Worklist
    _asks: "_Asks" = field(default_factory=lambda: _Asks())  # noqa: PLW0108 - it stands below

    def settle(self) -> None:
        """Doubt what a sender left midway, and ask about those whose time has come."""
        now = self.ledger.clock.now()
        crashed_before = now - self._longest_call() - _CRASH_MARGIN
        asked = 0
        for doubt in self.worklist.unsettled_attempts():
            if not doubt.is_recorded_unknown:
                if doubt.started_at < crashed_before:
                    self._mark_unknown(doubt)
            elif asked < _ASKED_IN_ONE_PASS and self._asks.is_time(doubt, now):
                asked += 1
                self._settle(doubt)

    def _mark_unknown(self, doubt: UnsettledAttempt) -> None:
        cause = "the sender stopped midway"
        self.ledger.execute(MarkOutcomeUnknown(doubt.delivery_id, doubt.turn, cause)).result()

    def _settle(self, doubt: UnsettledAttempt) -> None:
        texts = texts_of(self.ledger.reader, [doubt.delivery_id])
        if doubt.delivery_id not in texts:  # it cannot be read: nobody can ask, and none may lapse
            return
        try:
            look = self._look(doubt, texts[doubt.delivery_id])
        except ProviderError:
            return
        command = SettleByRecords(doubt.delivery_id, look, self.codes)
        if self.ledger.execute(command).result():
            self._asks.forget(doubt)

    def _look(self, doubt: UnsettledAttempt, text: Text | None) -> RecordsLookup:
        asked_at = self.ledger.clock.now()
        earliest = doubt.started_at - _CLOCK_SKEW
        last_call_at = doubt.started_at + self._longest_call()
        known = self.provider.texts_to(text.to, earliest) if text else []
        fitting = [k for k in known if earliest <= k.created_at <= last_call_at + _LATEST]
        return RecordsLookup(
            turn=doubt.turn,
            asked_at=asked_at,
            body=text.body if text else None,
            records=sorted(fitting, key=lambda record: (record.created_at, record.sid)),
            last_call_at=last_call_at,
        )

    def _longest_call(self) -> timedelta:
        return CALL_WITHIN + timedelta(seconds=self.provider.timeout_seconds)


class _Asks:
    """When the provider is asked next about each doubt: after 30 s, then ever more rarely."""

    def __init__(self) -> None:
        self._next: dict[str, tuple[datetime, timedelta]] = {}

    def is_time(self, doubt: UnsettledAttempt, now: datetime) -> bool:
        """Whether to ask now; if so, the next time is set."""
        at, wait = self._next.get(doubt.delivery_id, (doubt.started_at + _ASK_AFTER, _ASK_AFTER))
        if now < at:
            return False
        self._next[doubt.delivery_id] = (now + wait, min(wait * 2, _LONGEST_ASK_WAIT))
        return True

    def forget(self, doubt: UnsettledAttempt) -> None:
        """The doubt is settled."""
        self._next.pop(doubt.delivery_id, None)

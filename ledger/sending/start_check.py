"""Compares the provider's newest texts with the ledger before a sender starts.

A restored machine has an old rollback guard too, and a new machine has none. But a ledger that lost
its end lacks texts that the provider has: texts of this sender to numbers that still wait here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.clock import EPOCH
from ledger.commands.merged_texts import texts_of
from ledger.commands.repository import campaign_of_delivery
from ledger.commands.same_phone import deliveries_to
from ledger.commands.unknown_outcomes import is_later
from ledger.domain.clocks import TOLERANCE
from ledger.domain.delivery import Delivery
from ledger.domain.events import AttemptOutcomeUnknown, AttemptStarted, TextsReconciled
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import CampaignState
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.recorded_event import RecordedEvent
from ledger.sending.lost_end import last_attempt_at, stop_sending
from ledger.sending.unknown_outcomes import longest_call
from ledger.sending.worklist import Worklist

_FIRST = 8
"""Of how many of the numbers that are due all texts are read."""
_MAY_SEND = frozenset({CampaignState.SENDING, CampaignState.PAUSED})


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
        """Compare now; stop all sending where the ledger lost a text. Raises `ProviderError`."""
        since = last_attempt_at(self.ledger.reader)
        if since is None:
            return
        reconciled = self.ledger.reader.last(TextsReconciled.topic)
        after = reconciled.recorded_at if reconciled else EPOCH
        records = [
            record
            for record in self.provider.newest_texts(since - TOLERANCE, self._first_numbers())
            if record.is_from_us and record.created_at > after
        ]
        recorded = self.ledger.reader.deliveries_by_sid([record.sid for record in records])
        unrecorded = [record for record in records if record.sid not in recorded]
        numbers = {record.to for record in unrecorded}
        if any(self._is_any_lost([r for r in unrecorded if r.to == to]) for to in numbers):
            stop_sending(self.ledger)

    def _first_numbers(self) -> set[str]:
        """The numbers that would be texted first; the order of Twilio's list may hide theirs."""
        due = self.worklist.due(self.ledger.clock.now(), _FIRST)
        return {text.to for text in texts_of(self.ledger.reader, due).values() if text}

    def _is_any_lost(self, records: Sequence[ProviderRecord]) -> bool:
        """Whether one of these texts to one number belongs to a delivery that still waits."""
        reader = self.ledger.reader
        streams = reader.streams(deliveries_to(reader, self.ledger.identity, records[0].to))
        waiting_since = [
            events[0].recorded_at for events in streams.values() if self._may_be_sent(events)
        ]
        return any(
            is_later(record, enrolled_at)
            for record in self._without_attempt(records, list(streams.values()))
            for enrolled_at in waiting_since
        )

    def _may_be_sent(self, events: Sequence[RecordedEvent]) -> bool:
        delivery = _delivery(events)
        may_wait = delivery.standing.awaits_attempt or delivery.is_outcome_unknown
        return may_wait and campaign_of_delivery(self.ledger.reader, delivery).state in _MAY_SEND

    def _without_attempt(
        self, records: Sequence[ProviderRecord], streams: Sequence[Sequence[RecordedEvent]]
    ) -> list[ProviderRecord]:
        """The texts that no attempt in the ledger can have sent: each attempt sent one at most."""
        decided = {
            sid
            for events in streams
            for each in events
            if isinstance(each.event, AttemptOutcomeUnknown)
            for sid in each.event.candidates
        }
        attempts = sorted(at for events in streams for at in _open_attempts(events))
        left: list[ProviderRecord] = []
        for record in sorted(records, key=lambda record: record.created_at):
            sent_by = next((at for at in attempts if self._is_in_time(record, at)), None)
            if sent_by is not None:
                attempts.remove(sent_by)
            elif record.sid not in decided:
                left.append(record)
        return left

    def _is_in_time(self, record: ProviderRecord, started_at: datetime) -> bool:
        latest = started_at + longest_call(self.provider) + TOLERANCE
        return started_at - TOLERANCE <= record.created_at <= latest


def _open_attempts(events: Sequence[RecordedEvent]) -> list[datetime]:
    """When the attempts started whose SID is not known, and which were not refused either."""
    delivery = _delivery(events)
    known = delivery.answered_turns | delivery.sid_by_turn.keys()
    return [
        each.recorded_at
        for each in events
        if isinstance(each.event, AttemptStarted) and each.event.turn not in known
    ]


def _delivery(events: Sequence[RecordedEvent]) -> Delivery:
    return Delivery.from_events(events[0].stream_id, (each.event for each in events))

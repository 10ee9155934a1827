"""Tells whether the provider has a text that the ledger must have lost with its end.

Such a text could be one of a delivery that still waits here; no event of the ledger has its SID,
and no attempt in the ledger can have sent it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.commands.merged_texts import Text, texts_of
from ledger.commands.repository import campaign_of_delivery
from ledger.commands.same_phone import deliveries_to
from ledger.commands.unknown_outcomes import could_be_lost, is_later
from ledger.domain.clocks import TOLERANCE
from ledger.domain.delivery import Delivery
from ledger.domain.events import AttemptOutcomeUnknown, AttemptStarted
from ledger.domain.provider_record import ProviderRecord, by_number
from ledger.domain.vocabulary import CampaignState
from ledger.ledger import Ledger
from ledger.recorded_event import RecordedEvent

_NUMBERS_AT_ONCE = 500
_MAY_SEND = frozenset({None, CampaignState.SENDING, CampaignState.PAUSED})
"""None is a launch that is not complete; the same launch may complete it."""

_Stream = Sequence[RecordedEvent]
"""The events of one delivery."""


@dataclass(frozen=True, kw_only=True)
class LostTexts:
    """Compares texts of the provider with the deliveries to their numbers."""

    ledger: Ledger
    longest_call: timedelta
    """How long after its start an attempt may still be under way."""

    def is_any(self, records: Sequence[ProviderRecord]) -> bool:
        """Whether the ledger must have lost one of these texts, which may be in any order."""
        recorded = self.ledger.reader.deliveries_by_sid([record.sid for record in records])
        texts = by_number(record for record in records if record.sid not in recorded)
        numbers = list(texts)
        return any(
            self._is_any_to({to: texts[to] for to in numbers[first : first + _NUMBERS_AT_ONCE]})
            for first in range(0, len(numbers), _NUMBERS_AT_ONCE)
        )

    def _is_any_to(self, texts: Mapping[str, Sequence[ProviderRecord]]) -> bool:
        reader = self.ledger.reader
        deliveries = deliveries_to(reader, self.ledger.identity, texts)
        streams = reader.streams([each for ids in deliveries.values() for each in ids])
        deliveries = {to: [each for each in ids if streams[each]] for to, ids in deliveries.items()}
        waiting = [
            (record, streams[each][0])
            for to, records in texts.items()
            for record in self._without_attempt(records, [streams[each] for each in deliveries[to]])
            for each in deliveries[to]
            if self._may_be_sent(streams[each])
        ]
        merged = texts_of(reader, {enrolled.stream_id for _, enrolled in waiting})
        return any(
            _is_lost(record, merged.get(enrolled.stream_id), enrolled.recorded_at)
            for record, enrolled in waiting
        )

    def _may_be_sent(self, events: _Stream) -> bool:
        delivery = _delivery(events)
        may_wait = delivery.standing.awaits_attempt or delivery.is_outcome_unknown
        campaign = campaign_of_delivery(self.ledger.reader, delivery)
        return may_wait and campaign.state in _MAY_SEND and not campaign.is_swept

    def _without_attempt(
        self, records: Sequence[ProviderRecord], streams: Sequence[_Stream]
    ) -> list[ProviderRecord]:
        """The texts that no attempt in the ledger can have sent: each attempt sent one at most.

        Those of this sender come first.
        """
        decided = {
            sid
            for events in streams
            for each in events
            if isinstance(each.event, AttemptOutcomeUnknown)
            for sid in each.event.candidates
        }
        attempts = sorted(at for events in streams for at in _open_attempts(events))
        left: list[ProviderRecord] = []
        for record in sorted(records, key=lambda record: not record.is_from_us):
            sent_by = next((at for at in attempts if self._is_in_time(record, at)), None)
            if sent_by is not None:
                attempts.remove(sent_by)
            elif record.sid not in decided:
                left.append(record)
        return left

    def _is_in_time(self, record: ProviderRecord, started_at: datetime) -> bool:
        latest = started_at + self.longest_call + TOLERANCE
        return started_at - TOLERANCE <= record.created_at <= latest


def _is_lost(record: ProviderRecord, text: Text | None, enrolled_at: datetime) -> bool:
    """Whether this text, which no attempt has sent, may be that of a delivery enrolled then."""
    if text is None:  # of a contact who was forgotten, or unreadable
        return record.is_from_us and is_later(record, enrolled_at)
    return could_be_lost(record, text, enrolled_at)


def _open_attempts(events: _Stream) -> list[datetime]:
    """When the attempts started whose SID is not known, and which were not refused either."""
    delivery = _delivery(events)
    known = delivery.answered_turns | delivery.sid_by_turn.keys()
    return [
        each.recorded_at
        for each in events
        if isinstance(each.event, AttemptStarted) and each.event.turn not in known
    ]


def _delivery(events: _Stream) -> Delivery:
    return Delivery.from_events(events[0].stream_id, (each.event for each in events))

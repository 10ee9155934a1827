"""Finds the deliveries of texts that the provider has and that the ledger lost with its end.

A text with the words of one delivery that waits for the number is attached to it, and the delivery
counts as sent. Where it is not sure to which delivery a text belongs, staff decide about each that
it could be. So no delivery is sent that may have been sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from ledger.commands.fetched_records import AttachRecord
from ledger.commands.merged_texts import Text, texts_of
from ledger.commands.repository import campaign_of_delivery
from ledger.commands.same_phone import deliveries_to
from ledger.commands.unknown_outcomes import LeaveToStaff, could_be_lost, is_later
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import AttemptOutcomeUnknown
from ledger.domain.provider_record import ProviderRecord
from ledger.ledger import Ledger
from ledger.messages.same_words import is_same_text
from ledger.recorded_event import RecordedEvent


class RecordMatch(Enum):
    """Whether the ledger has a delivery for a text of the provider's."""

    KNOWN = auto()
    """The ledger has its SID, and the attempt that sent it."""
    KNOWN_WITHOUT_ATTEMPT = auto()
    """The ledger has its SID only from a callback, or from the provider's records."""
    ATTACHED = auto()
    """It was attached to a delivery that waited."""
    UNDECIDED = auto()
    """It could belong to a delivery that waited, so that staff decide."""
    NONE = auto()
    """No delivery fits."""


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A delivery that waits for an attempt, or whose outcome is unknown."""

    delivery_id: str
    enrolled_at: datetime
    text: Text


def match_records(
    ledger: Ledger, codes: CodeTable, records: Sequence[ProviderRecord]
) -> dict[str, RecordMatch]:
    """Match texts to one number, the earliest first; return SID → what became of the text.

    Texts that can be attached for certain come first, and staff get what is left. Those of another
    sender are never certain, and are not returned where no delivery fits. A repeat changes nothing.
    """
    deliveries = ledger.reader.deliveries_by_sid([record.sid for record in records])
    unrecorded = [record for record in records if record.sid not in deliveries]
    matches = {
        record.sid: _known_as(ledger, deliveries[record.sid], record)
        for record in records
        if record.sid in deliveries
    }
    from_us = [record for record in unrecorded if record.is_from_us]
    for number, record in enumerate(from_us):
        if _attach(ledger, codes, record, from_us[number + 1 :]):
            matches[record.sid] = RecordMatch.ATTACHED
    left = {
        record: _leave_to_staff(ledger, record)
        for record in unrecorded
        if record.sid not in matches
    }
    return matches | {
        record.sid: match
        for record, match in left.items()
        if record.is_from_us or match is not RecordMatch.NONE
    }


def _known_as(ledger: Ledger, delivery_id: str, record: ProviderRecord) -> RecordMatch:
    delivery = ledger.reader.load(Delivery, delivery_id)
    has_attempt = delivery.turn_of(record.sid) in delivery.tries_by_turn
    return RecordMatch.KNOWN if has_attempt else RecordMatch.KNOWN_WITHOUT_ATTEMPT


def _attach(
    ledger: Ledger, codes: CodeTable, record: ProviderRecord, later: Sequence[ProviderRecord]
) -> bool:
    """Attach the text where each delivery with its words gets one of the texts with these words."""
    same = [
        each
        for each in _waiting(ledger, record)
        if is_same_text(record.body, each.text.body) and is_later(record, each.enrolled_at)
    ]
    texts = 1 + sum(is_same_text(other.body, record.body) for other in later)
    if not same or len(same) > texts:
        return False
    return ledger.execute(AttachRecord(same[0].delivery_id, record, codes)).result()


def _leave_to_staff(ledger: Ledger, record: ProviderRecord) -> RecordMatch:
    """Let staff decide about the deliveries with its words; without any, about all it could be."""
    if _is_decided(ledger, record):
        return RecordMatch.KNOWN_WITHOUT_ATTEMPT
    possible = [
        each
        for each in _waiting(ledger, record)
        if could_be_lost(record, each.text, each.enrolled_at)
    ]
    same = [each for each in possible if is_same_text(record.body, each.text.body)]
    leaving = [
        ledger.execute(LeaveToStaff(each.delivery_id, [record.sid])) for each in same or possible
    ]
    is_left = [future.result() for future in leaving]
    return RecordMatch.UNDECIDED if any(is_left) else RecordMatch.NONE


def _waiting(ledger: Ledger, record: ProviderRecord) -> list[_Waiting]:
    """The deliveries to the text's number that wait, in the order of their enrolment."""
    streams = _deliveries(ledger, record)
    texts = texts_of(ledger.reader, streams)
    return [
        _Waiting(delivery_id=delivery_id, enrolled_at=events[0].recorded_at, text=text)
        for delivery_id, events in streams.items()
        if (text := texts.get(delivery_id)) and _is_waiting(ledger, delivery_id, events)
    ]


def _is_waiting(ledger: Ledger, delivery_id: str, events: Sequence[RecordedEvent]) -> bool:
    delivery = Delivery.from_events(delivery_id, (each.event for each in events))
    is_waiting = delivery.is_outcome_unknown or delivery.standing.awaits_attempt
    return is_waiting and not campaign_of_delivery(ledger.reader, delivery).is_archived


def _is_decided(ledger: Ledger, record: ProviderRecord) -> bool:
    """Whether staff have decided about a delivery that this text was a candidate for."""
    return any(
        record.sid in each.event.candidates
        for delivery_id, events in _deliveries(ledger, record).items()
        for each in events
        if isinstance(each.event, AttemptOutcomeUnknown)
        and not ledger.reader.load(Delivery, delivery_id).is_outcome_unknown
    )


def _deliveries(ledger: Ledger, record: ProviderRecord) -> dict[str, list[RecordedEvent]]:
    deliveries = deliveries_to(ledger.reader, ledger.identity, [record.to])
    return ledger.reader.streams(deliveries[record.to])

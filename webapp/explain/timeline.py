"""What happened to one contact, event by event, each with what it means for the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.delivery import fact_of
from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.events import (
    AttemptAccepted,
    CallbackReceived,
    DeliveryEvent,
    Event,
    InboundReceived,
    StatusFetched,
)
from ledger.domain.standing import Standing
from ledger.domain.vocabulary import DeliveryStatus, MessageStatus
from ledger.recorded_event import RecordedEvent
from webapp.explain.archive import archived_seq_of, is_up_to_archive
from webapp.explain.event_summaries import summary_of


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One event as the timeline shows it."""

    seq: int
    at: datetime
    summary: str
    by: str | None
    """The staff member who did it; None for the sender and for Twilio."""
    message_status: MessageStatus | None
    """What the event by itself says of the message."""
    is_delivered: bool
    code: ErrorCode | None
    next_at: datetime | None
    seconds_after_acceptance: float | None
    """For a callback: how long after Twilio had taken the text."""
    is_other_sid: bool
    is_after_archive: bool
    text: str | None
    """What the contact wrote."""


def timeline(
    entries: Sequence[RecordedEvent], codes: CodeTable, names: Mapping[str, str]
) -> list[TimelineEntry]:
    """One entry for each of these events, the newest first; `names` are staff names by id."""
    archived_seq = archived_seq_of(entries)
    accepted = {
        e.event.turn: e.recorded_at for e in entries if isinstance(e.event, AttemptAccepted)
    }
    newest_first = sorted(entries, key=lambda entry: -entry.seq)
    return [
        _timeline_entry(
            entry, codes, names, accepted, is_late=not is_up_to_archive(entry.seq, archived_seq)
        )
        for entry in newest_first
    ]


def _timeline_entry(
    entry: RecordedEvent,
    codes: CodeTable,
    names: Mapping[str, str],
    accepted: Mapping[int, datetime],
    *,
    is_late: bool,
) -> TimelineEntry:
    event = entry.event
    fact = fact_of(event) if isinstance(event, DeliveryEvent) else None
    standing = Standing.of(fact) if fact else None  # as if nothing else were recorded
    return TimelineEntry(
        seq=entry.seq,
        at=entry.recorded_at,
        summary=summary_of(event),
        by=names.get(event.actor),
        message_status=standing.message_status if standing else None,
        is_delivered=standing is not None and standing.status is DeliveryStatus.DELIVERED,
        code=codes.find(fact.code) if fact else None,
        next_at=fact.next_at if fact else None,
        seconds_after_acceptance=_seconds_after(entry, accepted),
        is_other_sid=isinstance(event, CallbackReceived | StatusFetched) and event.is_other_sid,
        is_after_archive=is_late,
        text=_text(event),
    )


def _seconds_after(entry: RecordedEvent, accepted: Mapping[int, datetime]) -> float | None:
    if not isinstance(entry.event, CallbackReceived):
        return None
    at = accepted.get(entry.event.turn)
    return (entry.recorded_at - at).total_seconds() if at else None


def _text(event: Event) -> str | None:
    if not isinstance(event, InboundReceived) or event.private is None:
        return None
    return dict(event.private.parameters).get("Body", "")

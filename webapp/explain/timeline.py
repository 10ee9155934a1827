"""The timeline of one contact: each event with what it means."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ledger.domain.delivery import fact_of
from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.events import (
    AttemptAccepted,
    CallbackReceived,
    DeliveryEvent,
    Event,
    InboundReceived,
    StatusFetched,
    filled,
)
from ledger.domain.standing import Standing
from ledger.domain.vocabulary import DeliveryStatus, MessageStatus
from ledger.recorded_event import RecordedEvent
from webapp.explain.archive import archived_seq_of, is_up_to_archive
from webapp.explain.event_problems import PROBLEM_SUMMARIES, EventProblem, problem_of, sound
from webapp.explain.event_summaries import summary_of
from webapp.explain.times import day_text


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One event as the timeline shows it."""

    seq: int
    at: datetime | None
    """When it was recorded; None for an altered event."""
    summary: str
    by: str | None = None
    """The staff member who did it; None for the sender and for Twilio."""
    message_status: MessageStatus | None = None
    """The status of the message by this event alone."""
    is_delivered: bool = False
    code: ErrorCode | None = None
    next_at: datetime | None = None
    seconds_after_acceptance: float | None = None
    """For a callback: seconds since the acceptance was recorded; may be negative."""
    carrier_time: str | None = None
    """The carrier's own time of the report, of which nobody tells the zone."""
    is_other_sid: bool = False
    is_after_archive: bool = False
    text: str | None = None
    """What the contact wrote."""
    problem: EventProblem | None = None
    """Why it is not shown as a fact; then only its seq is known, or its time as well."""


def timeline(
    events: Sequence[RecordedEvent],
    codes: CodeTable,
    names: Mapping[str, str],
    *,
    has_texts: bool = True,
) -> list[TimelineEntry]:
    """Return an entry for each event, the newest first; `names` is user id → name of staff.

    Without `has_texts` what the contact wrote is left out.
    """
    facts = sound(events)
    archived_seq = archived_seq_of(facts)
    accepted = {e.event.turn: e.recorded_at for e in facts if isinstance(e.event, AttemptAccepted)}
    newest_first = sorted(events, key=lambda recorded: -recorded.seq)
    entries = [
        _timeline_entry(
            e, codes, names, accepted, is_late=not is_up_to_archive(e.seq, archived_seq)
        )
        for e in newest_first
    ]
    return entries if has_texts else [replace(entry, text=None) for entry in entries]


def _timeline_entry(
    recorded: RecordedEvent,
    codes: CodeTable,
    names: Mapping[str, str],
    accepted: Mapping[int, datetime],
    *,
    is_late: bool,
) -> TimelineEntry:
    problem = problem_of(recorded)
    if problem:
        is_altered = problem is EventProblem.ALTERED
        return TimelineEntry(
            seq=recorded.seq,
            at=None if is_altered else recorded.recorded_at,
            summary=PROBLEM_SUMMARIES[problem],
            problem=problem,
        )
    event = recorded.event
    fact = fact_of(event) if isinstance(event, DeliveryEvent) else None
    standing = Standing.of(fact) if fact else None  # by this event alone
    return TimelineEntry(
        seq=recorded.seq,
        at=recorded.recorded_at,
        summary=summary_of(event),
        by=names.get(event.actor),
        message_status=standing.message_status if standing else None,
        is_delivered=standing is not None and standing.status is DeliveryStatus.DELIVERED,
        code=codes.find(fact.code) if fact else None,
        next_at=fact.next_at if fact else None,
        seconds_after_acceptance=_seconds_after(recorded, accepted),
        carrier_time=_carrier_time(event),
        is_other_sid=isinstance(event, CallbackReceived | StatusFetched) and event.is_other_sid,
        is_after_archive=is_late,
        text=_text(event),
    )


def _seconds_after(recorded: RecordedEvent, accepted: Mapping[int, datetime]) -> float | None:
    if not isinstance(recorded.event, CallbackReceived):
        return None
    at = accepted.get(recorded.event.turn)
    return (recorded.recorded_at - at).total_seconds() if at else None


def _carrier_time(event: Event) -> str | None:
    """Return `RawDlrDoneDate` as a time of a clock, or as it was sent where it is not one."""
    if not isinstance(event, CallbackReceived) or event.private is None:
        return None
    text = filled(event.private.parameters).get("RawDlrDoneDate")
    if text is None or re.fullmatch(r"[0-9]{10}", text) is None:
        return text
    with contextlib.suppress(ValueError):
        at = datetime.strptime(text, "%y%m%d%H%M").replace(tzinfo=UTC)
        return f"{day_text(at.date())}, {at:%H:%M}"
    return text


def _text(event: Event) -> str | None:
    if not isinstance(event, InboundReceived) or event.private is None:
        return None
    return dict(event.private.parameters).get("Body", "")

"""The audit trail: every entry as a readable row, with its data in full."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import msgspec

from ledger.entry import Entry
from ledger.events import (
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptStarted,
    CallbackReceived,
    CampaignClosed,
    CampaignLaunched,
    CampaignPaused,
    ContactEnrolled,
    ContactOptedIn,
    ContactOptedOut,
    Event,
    InboundReceived,
    ResendRequested,
    StatusFetched,
    StrayCallbackReceived,
)
from ledger.vocabulary import Outcome

_PLAIN = {
    "CampaignCreated": "A launch began",
    "CampaignResumed": "Campaign resumed",
    "CampaignArchived": "Campaign archived: every status stays as it is",
    "DeliveryWithdrawn": "Withdrawn: the contact opted out",
}
_SOURCES = {"staff": "by staff", "inbound": "by a text", "provider": "because Twilio said so"}


def as_json(entry: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    """The row of the audit trail; `names` tells who a user's id is, where that is known."""
    event = entry.event
    return {
        "seq": entry.seq,
        "recorded_at": entry.recorded_at.isoformat(),
        "type": entry.topic,
        "campaign_id": entry.campaign_id,
        "delivery_id": entry.delivery_id,
        "actor": names.get(event.actor, event.actor),
        "summary": summary_of(event),
        "data": data_of(event),
    }


def data_of(event: Event) -> dict[str, Any]:
    """Every field of the event but its place; `private` is unsealed, or None without the key."""
    place = {field.name for field in fields(Event)}
    open_fields = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in place}
    plain: dict[str, Any] = msgspec.to_builtins(open_fields)
    return plain


def summary_of(event: Event) -> str:
    """One readable sentence, without any personal data."""
    match event:
        case CampaignLaunched(contact_count=count):
            return f"Launched to {_many(count, 'contact')}"
        case CampaignPaused(reason=None):
            return "Campaign paused"
        case CampaignPaused(reason=reason, code=code):
            return f"Campaign paused: {reason} fault{_code(code)}"
        case CampaignClosed():
            return "Campaign closed: no further attempts"
        case ContactEnrolled(position=position):
            return f"Contact {position} enrolled"
        case ResendRequested(turn=turn):
            return f"Resend asked for: turn {turn} opens"
        case ContactOptedOut(source=source):
            return f"Opted out {_SOURCES.get(source, source)}"
        case ContactOptedIn(source=source):
            return f"Opted in {_SOURCES.get(source, source)}"
        case InboundReceived():
            return "A text came in"
        case StrayCallbackReceived(status=status, cause=cause):
            return f"Stray callback {status}: {cause}"
        case _:
            return _PLAIN.get(event.topic) or _attempt_summary(event)


def _attempt_summary(event: Event) -> str:
    match event:
        case AttemptStarted(attempt=attempt):
            return f"Attempt {attempt} started"
        case AttemptAccepted(status=status):
            return f"Accepted by Twilio ({status})"
        case AttemptRefused(outcome=Outcome.PUT_BACK, reason=reason, code=code):
            return f"Put back: {reason}{_code(code)}"
        case AttemptRefused(outcome=outcome, reason=reason, code=code):
            return f"Refused by Twilio: {_words(outcome)}, {_words(reason)}{_code(code)}"
        case AttemptOutcomeUnknown(cause=cause):
            return f"Outcome unknown: {cause}"
        case AttemptLapsed(outcome=outcome):
            return f"Lapsed without a trace: {_words(outcome)}"
        case CallbackReceived(status=status, code=code, is_other_sid=is_other):
            return f"Callback {status}{_code(code)}{' about another SID' if is_other else ''}"
        case StatusFetched(status=status, code=code):
            return f"Twilio was asked: {status}{_code(code)}"
        case _:
            return event.topic


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _words(value: str) -> str:
    return value.replace("_", " ")


def _code(code: str | None) -> str:
    return f" ({code})" if code else ""

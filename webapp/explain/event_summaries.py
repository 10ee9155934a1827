"""The audit trail: every entry as a readable row, with its data in full."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import msgspec

from ledger.domain.events import (
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignDrafted,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
    ContactEnrolled,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    DeliveryWithdrawn,
    DraftClosed,
    Event,
    InboundReceived,
    ResendRequested,
    SendingAllowed,
    SendingStopped,
    StatusFetched,
    StrayCallbackReceived,
    TextsReconciled,
)
from ledger.domain.vocabulary import Reason, Settlement, StopCause
from ledger.recorded_event import RecordedEvent

_SOURCES = {"staff": "by staff", "inbound": "by a text", "provider": "because Twilio said so"}

_WITHDRAWALS = {Reason.OPTED_OUT: "opted out", Reason.FORGOTTEN: "was forgotten"}

_SETTLEMENTS = {Settlement.RESEND: "to be sent again", Settlement.LET_BE: "let be"}

_STOPS = {
    StopCause.STAFF: "by staff",
    StopCause.LEDGER_CUT: "because the ledger is shorter than it was",
}

_SUMMARIES: dict[type[Event], Callable[[Any], str]] = {
    CampaignDrafted: lambda _: "Draft saved",
    DraftClosed: lambda e: "Draft launched" if e.launched_as else "Draft discarded",
    CampaignCreated: lambda _: "A launch began",
    CampaignLaunched: lambda e: f"Launched to {_many(e.contact_count, 'contact')}",
    CampaignPaused: lambda e: _with_code("Campaign paused", e.reason, e.code),
    CampaignResumed: lambda _: "Campaign resumed",
    CampaignClosed: lambda _: "Campaign closed: no further attempts",
    CampaignArchived: lambda _: "Campaign archived: every status stays as it is",
    ContactEnrolled: lambda e: f"Contact {e.position} enrolled",
    AttemptStarted: lambda e: f"Attempt {e.attempt} started",
    AttemptAccepted: lambda e: f"Accepted by Twilio ({e.status})",
    AttemptRefused: lambda e: _with_code(f"Not sent, {_words(e.outcome)}", e.reason, e.code),
    AttemptOutcomeUnknown: lambda e: f"Outcome unknown: {e.cause}",
    AttemptLapsed: lambda e: f"Lapsed without a trace: {_words(e.outcome)}",
    AttemptSettled: lambda e: f"Settled by staff: {_SETTLEMENTS[e.decision]}",
    CallbackReceived: lambda e: _with_code(f"Callback {e.status}", e.reason, e.code) + _other(e),
    StatusFetched: lambda e: _with_code(f"Twilio was asked: {e.status}", e.reason, e.code),
    DeliveryWithdrawn: lambda e: f"Withdrawn: the contact {_WITHDRAWALS[e.reason]}",
    ResendRequested: lambda e: f"Resend asked for: turn {e.turn} opens",
    ContactOptedOut: lambda e: f"Opted out {_SOURCES.get(e.source, e.source)}",
    ContactOptedIn: lambda e: f"Opted in {_SOURCES.get(e.source, e.source)}",
    ContactForgotten: lambda _: "Forgotten: personal data destroyed",
    InboundReceived: lambda _: "A text came in",
    SendingStopped: lambda e: f"All sending stopped {_STOPS[e.cause]}",
    TextsReconciled: lambda e: (
        f"Twilio's records gone through: {_many(e.texts, 'text')}, "
        f"{e.attached:,} found to be ours, {e.unplaced:,} of nothing here"
    ),
    SendingAllowed: lambda _: "Sending allowed again",
    StrayCallbackReceived: lambda e: f"Stray callback {e.status}: {e.cause}",
}


def as_json(entry: RecordedEvent, names: Mapping[str, str]) -> dict[str, Any]:
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
    return _SUMMARIES[type(event)](event)


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _words(value: str) -> str:
    return value.replace("_", " ")


def _with_code(words: str, reason: str | None, code: str | None) -> str:
    if reason is None:
        return words
    return f"{words}: {_words(reason)}" + (f" ({code})" if code else "")


def _other(event: CallbackReceived) -> str:
    return " about another SID" if event.is_other_sid else ""

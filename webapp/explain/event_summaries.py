"""The name of each type of event, and a sentence on what happened.

Those of events that are about no campaign and no contact are in `installation_summaries.py`.
No summary holds a phone number, a name or a text: everyone who signs in sees the audit trail.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ledger.domain.events import (
    ApprovalLimitSet,
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    CampaignAct,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignDrafted,
    CampaignLaunched,
    CampaignLegalHoldPlaced,
    CampaignLegalHoldReleased,
    CampaignPaused,
    CampaignRecalled,
    CampaignResumed,
    ConsentRecorded,
    ContactEnrolled,
    ContactFileDestroyed,
    ContactFileRecorded,
    ContactForgotten,
    ContactListDeleted,
    ContactListed,
    ContactListMade,
    ContactListRenamed,
    ContactListVersionRecorded,
    ContactOptedIn,
    ContactOptedOut,
    ConversationAssigned,
    ConversationDone,
    DeliveryAccountedFor,
    DeliveryWithdrawn,
    DraftClosed,
    DraftSubmitted,
    Event,
    InboundReceived,
    LaunchApproved,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    LegalHoldPlaced,
    LegalHoldReleased,
    LineTypeLookedUp,
    NumberMarkedFixed,
    PossibleOptOutDismissed,
    ResendApprovalRequested,
    ResendApproved,
    ResendCounted,
    ResendFinished,
    ResendRefused,
    ResendRequested,
    RowsLeftOut,
    SpendingLimitSet,
    StatusFetched,
    StrayCallbackReceived,
    UndoWindowEnded,
)
from ledger.domain.vocabulary import Outcome, Reason, Settlement, Wording
from webapp.explain.consents import consent_summary
from webapp.explain.contact_lists import (
    deleted_summary,
    list_version_words,
    version_summary,
)
from webapp.explain.follow_ups import follow_up_words
from webapp.explain.installation_summaries import INSTALLATION_SUMMARIES
from webapp.explain.launch_requests import (
    approval_limit_summary,
    refused_summary,
    requested_summary,
    spending_limit_summary,
    voided_summary,
)
from webapp.explain.line_types import line_type_words
from webapp.explain.numbers import counted, number
from webapp.explain.opt_outs import SUMMARY_ENDS, opt_out_summary
from webapp.explain.reasons import reason_words
from webapp.explain.resend_requests import (
    resend_finished_summary,
    resend_refused_summary,
    resend_requested_summary,
)
from webapp.explain.retention import forgetting_summary
from webapp.explain.stated_reasons import reason_sentence

_WITHDRAWALS = {
    Reason.OPTED_OUT: "the contact opted out",
    Reason.FORGOTTEN: "the contact was forgotten",
    Reason.NO_CONSENT: "no consent is recorded",
    Reason.TOO_LATE: "too late to confirm the opt-out",
    Reason.CANCELED: "the opt-out was lifted before it was confirmed",
    Reason.LANDLINE: "the number is a landline",
}

_WORDINGS = {
    Wording.OPT_OUT: " that asks for an opt-out",
    Wording.POSSIBLE_OPT_OUT: " that may ask for an opt-out",
    Wording.OPT_IN: " that asks for texts again",
}

_SETTLEMENTS = {Settlement.RESEND: "to be sent again", Settlement.LET_BE: "let be"}

_OUTCOMES = {
    Outcome.ACCEPTED: "accepted",
    Outcome.UNKNOWN: "unknown",
    Outcome.PUT_BACK: "put back",
    Outcome.SOFT_BOUNCE: "soft bounce",
    Outcome.HARD_FAILURE: "hard failure",
    Outcome.DELIVERED: "delivered",
    Outcome.NONE: "none",
}


def _closed(event: CampaignClosed) -> str:
    if event.reason is Reason.LAUNCH_STOPPED:
        return _as_stated("Launch stopped before its first text: nobody was texted", event)
    return _as_stated("Campaign closed: no further attempts", event)


def _as_stated(words: str, act: CampaignAct) -> str:
    """Return the words with the reason that staff gave, which says nothing about a person."""
    return words + reason_sentence(act.stated_reason)


SUMMARIES: Mapping[type[Event], Callable[[Any], str]] = MappingProxyType(
    {
        CampaignDrafted: lambda e: "Draft saved" + follow_up_words(e.follow_up),
        DraftClosed: lambda e: "Draft launched" if e.launched_as else "Draft discarded",
        CampaignCreated: lambda e: (
            f"A launch began{follow_up_words(e.follow_up)}{list_version_words(e.contact_list)}"
        ),
        ContactListMade: lambda _: "Contact list made",
        ContactListVersionRecorded: version_summary,
        ContactListRenamed: lambda _: "Contact list renamed",
        ContactListDeleted: deleted_summary,
        ContactListed: lambda _: "A contact is in a contact list",
        ContactFileRecorded: lambda _: "The columns of the contact file were recorded",
        RowsLeftOut: lambda e: f"Left out {counted(e.count, 'row')} of the contact file",
        ContactFileDestroyed: lambda _: (
            "Rows that the contact file left out were destroyed by the retention rule"
        ),
        CampaignLaunched: lambda e: (
            f"Launched to {counted(e.contact_count, 'contact')}"
            + (", urgent: at any hour, before other campaigns" if e.is_urgent else "")
        ),
        CampaignPaused: lambda e: _as_stated(_with_reason("Campaign paused", e.reason, e.code), e),
        CampaignResumed: lambda e: _as_stated("Campaign resumed", e),
        ApprovalLimitSet: approval_limit_summary,
        SpendingLimitSet: spending_limit_summary,
        ResendCounted: lambda e: (
            f"Resend of {counted(e.segments, 'segment')} counted towards the spending limit"
        ),
        ResendApprovalRequested: resend_requested_summary,
        ResendApproved: lambda _: "Resend approved",
        ResendRefused: resend_refused_summary,
        ResendFinished: resend_finished_summary,
        LaunchRequested: requested_summary,
        LaunchApproved: lambda _: "Launch approved",
        LaunchRefused: refused_summary,
        LaunchVoided: voided_summary,
        DraftSubmitted: lambda _: "Launch of the draft waits for approval",
        UndoWindowEnded: lambda _: "Sent at once, without the wait for a second thought",
        CampaignClosed: _closed,
        CampaignRecalled: lambda e: _as_stated(
            "Campaign recalled: no further attempts, and Twilio was asked", e
        ),
        CampaignArchived: lambda e: _as_stated("Campaign archived: every status stays as it is", e),
        ContactEnrolled: lambda e: (
            "Confirmation of the opt-out enrolled"
            if e.confirm_before
            else f"Contact {number(e.position)} enrolled"
        ),
        AttemptStarted: lambda e: f"Attempt {e.attempt} started",
        AttemptAccepted: lambda e: f"Accepted by Twilio ({e.status})",
        AttemptRefused: lambda e: _with_reason(
            f"Not sent, {_OUTCOMES[e.outcome]}", e.reason, e.code
        ),
        AttemptOutcomeUnknown: lambda e: f"Outcome unknown: {e.cause}",
        AttemptLapsed: lambda e: f"Lapsed without a trace: {_OUTCOMES[e.outcome]}",
        AttemptSettled: lambda e: f"Settled by staff: {_SETTLEMENTS[e.decision]}",
        DeliveryAccountedFor: lambda _: "Accounted for by staff: no report is expected any more",
        CallbackReceived: lambda e: (
            _with_reason(f"Callback {e.status}", e.reason, e.code)
            + (" about another SID" if e.is_other_sid else "")
        ),
        StatusFetched: lambda e: _with_reason(f"Twilio was asked: {e.status}", e.reason, e.code),
        DeliveryWithdrawn: lambda e: f"Withdrawn: {_WITHDRAWALS[e.reason]}",
        ResendRequested: lambda e: f"Resend requested: turn {e.turn} opens",
        ContactOptedOut: opt_out_summary,
        ContactOptedIn: lambda e: f"Opted in {SUMMARY_ENDS.get(e.source, e.source)}",
        ConsentRecorded: consent_summary,
        ContactForgotten: forgetting_summary,
        CampaignLegalHoldPlaced: lambda e: (
            f"Legal hold {number(e.number)} placed: no contact of the campaign can be forgotten"
        ),
        CampaignLegalHoldReleased: lambda e: (
            f"Legal hold {number(e.number)} on the campaign released"
        ),
        LegalHoldPlaced: lambda e: (
            f"Legal hold {number(e.number)} placed: the contact cannot be forgotten"
        ),
        LegalHoldReleased: lambda e: f"Legal hold {number(e.number)} released",
        InboundReceived: lambda e: f"A text came in{_WORDINGS.get(e.wording, '')}",
        PossibleOptOutDismissed: lambda _: "Not an opt-out: staff dismissed a text",
        NumberMarkedFixed: lambda _: "Marked as fixed: the number in the school's records",
        ConversationDone: lambda _: "Conversation done: no reply is needed",
        ConversationAssigned: lambda e: (
            "Conversation assigned to a colleague"
            if e.assignee
            else "Conversation assigned to nobody"
        ),
        LineTypeLookedUp: lambda e: f"Line type looked up: {line_type_words(e.line_type)}",
        **INSTALLATION_SUMMARIES,
        StrayCallbackReceived: lambda e: f"Stray callback {e.status}: {e.cause}",
    }
)
"""The summary of every type of event."""


def summary_of(event: Event) -> str:
    """Return what happened in one sentence, without personal data."""
    return SUMMARIES[type(event)](event)


def type_label(topic: str) -> str:
    """Return the name of a type of event in words: "AttemptStarted" is "Attempt started"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", topic).capitalize()
    return words.replace("Api ", "API ")


def _with_reason(words: str, reason: Reason | None, code: str | None) -> str:
    if reason is None:
        return words
    return f"{words}: {reason_words(reason)}" + (f" ({code})" if code else "")

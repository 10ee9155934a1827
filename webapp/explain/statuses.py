"""The labels of the statuses of a contact, a message and a campaign, and of the stages."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.error_codes import CodeTable
from ledger.domain.holds import Hold, NextAttempt
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, MessageStatus
from projections.campaigns.rows import CampaignRow, ContactRow
from webapp.explain.reasons import failure_sentence
from webapp.explain.waits import wait_name

STATUS_LABELS: Mapping[DeliveryStatus | MessageStatus, str] = MappingProxyType(
    {
        DeliveryStatus.PENDING: "Pending",
        DeliveryStatus.DELIVERED: "Delivered",
        DeliveryStatus.FAILED: "Failed",
        MessageStatus.PENDING: "Pending",
        MessageStatus.SENT: "Sent",
        MessageStatus.UNDELIVERED: "Undelivered",
    }
)

STATE_LABELS: Mapping[CampaignState, str] = MappingProxyType(
    {
        CampaignState.SENDING: "Sending",
        CampaignState.PAUSED: "Paused",
        CampaignState.CLOSED: "Closed",
        CampaignState.ARCHIVED: "Archived",
    }
)

STAGE_NAMES: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.ENROLLED: "enrolled, or a resend requested",
        Stage.STARTED: "attempt started",
        Stage.UNKNOWN: "outcome unknown",
        Stage.ACCEPTED: "accepted by Twilio",
        Stage.PUT_BACK: "put back, to be tried again",
        Stage.FAILED_WITHOUT_CODE: "failed without a code",
        Stage.SOFT_BOUNCE: "soft bounce, to be tried again",
        Stage.HARD_FAILURE: "hard failure",
        Stage.WITHDRAWN: "withdrawn: nothing more may be sent",
        Stage.DELIVERED: "delivered",
        Stage.READ: "read",
    }
)
"""For auditors, who see the stage that an event recorded."""

MESSAGE_SENTENCES: Mapping[MessageStatus, str] = MappingProxyType(
    {
        MessageStatus.PENDING: "Pending: not accepted by Twilio yet",
        MessageStatus.SENT: "Sent: accepted by Twilio",
    }
)
"""What a screen reader says of a mark in a conversation; an undelivered one says its reason."""

UNDECIDED = "may have been sent: send it again, or let it be?"
"""The detail of a text that waits for a decision of staff."""

ACCOUNTED_FOR = "sent, never confirmed; staff expect no report any more"
"""The detail of a text that staff accounted for."""

_DETAILS = {
    Stage.ENROLLED: "queued",
    Stage.STARTED: "sending",
    Stage.UNKNOWN: "asking Twilio whether it has the text",
    Stage.ACCEPTED: "with the carrier",
    Stage.PUT_BACK: "waiting for the next attempt",
    Stage.SOFT_BOUNCE: "waiting for the next attempt",
    Stage.DELIVERED: "delivered",
    Stage.READ: "read",
}

_HOLD_DETAILS = {
    Hold.ARCHIVED: "no further attempts: the campaign is archived",
    Hold.OPTED_OUT: "no further attempts: the number is opted out",
    Hold.CLOSED: "no further attempts: the campaign is closed",
    Hold.PAST_SEND_BEFORE: "no further attempts: it is too late to send",
    Hold.PAUSED: "waiting until the campaign is resumed",
    Hold.SENDING_OFF: "waiting until all sending is allowed again",
    Hold.UNDO_WINDOW: "waiting in case the launch is stopped",
    Hold.BEFORE_START: "waiting for the campaign's start",
    Hold.RATE_LIMIT: "waiting for the end of Twilio's rate limit",
    Hold.SENDER_CAP: "waiting for the end of a limit on the school's sender",
    Hold.OUTSIDE_HOURS: "waiting for the hours in which it may be sent",
}
_PAUSED_AND_OFF = "waiting until the campaign is resumed and all sending is allowed again"


def detail_of(row: ContactRow, codes: CodeTable) -> str:
    """Return where a contact is and what it waits for, or what the reason of its failure means."""
    if row.failed_reason:
        return failure_sentence(row.failed_reason, row.error_code, row.attempts, codes)
    if row.needs_decision:
        return UNDECIDED
    if row.is_accounted_for:
        return ACCOUNTED_FOR
    cause = wait_name(row.error_code, row.next_attempt, codes)
    return stage_detail(row.stage, row.next_attempt, cause)


def stage_detail(stage: Stage, upcoming: NextAttempt, cause: str | None = None) -> str:
    """Return where a delivery that has not failed is; what holds it back comes first.

    `cause` is what it waits out after its last attempt, where that has a known end.
    """
    if {Hold.PAUSED, Hold.SENDING_OFF} <= set(upcoming.holds) and not upcoming.is_ruled_out:
        return _PAUSED_AND_OFF
    if upcoming.holds:
        return _HOLD_DETAILS[upcoming.holds[0]]
    return f"waiting for {cause}" if cause else _DETAILS[stage]


def state_text(campaign: CampaignRow) -> str:
    """Return the state of a campaign for the command line: "sending, complete, urgent"."""
    words = [
        STATE_LABELS[campaign.state].lower(),
        *(["complete"] if campaign.is_complete else []),
        *(["urgent"] if campaign.is_urgent else []),
    ]
    return ", ".join(words)

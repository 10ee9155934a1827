"""The words of follow-ups: the parts of a campaign, and who is left out."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ledger.domain.events import FollowUp
from ledger.domain.vocabulary import FollowUpPart
from webapp.explain.numbers import counted, number
from webapp.explain.times import minute_text

PART_LABELS: Mapping[FollowUpPart, str] = MappingProxyType(
    {
        FollowUpPart.DELIVERED: "Got the text",
        FollowUpPart.FAILED: "Failed",
        FollowUpPart.UNCONFIRMED: "Sent, never confirmed",
        FollowUpPart.REPLIED: "Replied",
        FollowUpPart.NO_REPLY: "Got the text, no reply",
    }
)
PART_SENTENCES: Mapping[FollowUpPart, str] = MappingProxyType(
    {
        FollowUpPart.DELIVERED: "A carrier reported that the text was delivered.",
        FollowUpPart.FAILED: "The text was not delivered, and is not tried again.",
        FollowUpPart.UNCONFIRMED: "The text was sent three days ago, and no carrier confirmed it.",
        FollowUpPart.REPLIED: "A text came from the number after this one had been sent.",
        FollowUpPart.NO_REPLY: "The text was delivered, and no text came from the number since.",
    }
)
_PART_CLAUSES: Mapping[FollowUpPart, str] = {
    FollowUpPart.DELIVERED: "who had got the text",
    FollowUpPart.FAILED: "whose text had failed",
    FollowUpPart.UNCONFIRMED: "whose text no carrier had confirmed",
    FollowUpPart.REPLIED: "who had replied",
    FollowUpPart.NO_REPLY: "who had got the text and not replied",
}


def part_clause(part: FollowUpPart, at: datetime) -> str:
    """Return "the contacts whose text had failed by 24 Nov 2026, 10:42"."""
    return f"the contacts {_PART_CLAUSES[part]} by {minute_text(at)}"


def follow_up_words(follow_up: FollowUp | None) -> str:
    """Return what the audit trail adds for a follow-up; blank for all others."""
    if follow_up is None:
        return ""
    part = PART_LABELS[follow_up.part].lower()
    return f": a follow-up to {follow_up.campaign_id} ({part}) as of #{number(follow_up.seq)}"


def left_out_sentence(*, opted_out: int, forgotten: int) -> str:
    """Return who of the part is not in the follow-up; blank where everybody is."""
    parts = [f"{number(opted_out)} opted out"] if opted_out else []
    parts += [f"{number(forgotten)} forgotten"] if forgotten else []
    if not parts:
        return ""
    return f"Left out: {counted(opted_out + forgotten, 'contact')} ({', '.join(parts)})."

"""What readers learn about retention: the rule, why somebody is kept, and what an event did."""

from collections.abc import Mapping
from datetime import datetime

from ledger.domain.events import ContactForgotten, RetentionSet
from ledger.domain.retention import KeptBecause, Retention
from webapp.explain.numbers import counted, number
from webapp.explain.times import minute_text

KEPT: Mapping[KeptBecause, str] = {
    KeptBecause.LEGAL_HOLD: "A legal hold is in force.",
    KeptBecause.CAMPAIGN_LEGAL_HOLD: "A legal hold on a campaign is in force.",
    KeptBecause.POSSIBLE_OPT_OUT: "A text may ask for an opt-out. Decide about it first.",
}

MEANING = (
    "A campaign has ended when it was closed or archived, or else when its last contact was "
    "delivered or failed. A text, an opt-out, a consent or anything else that is recorded about a "
    "person later counts too: the days begin after the last of it."
)


def forgetting_summary(event: ContactForgotten) -> str:
    """Return what a forgetting did, and by which rule."""
    if event.retention_rule is None:
        return "Forgotten: personal data destroyed"
    days = counted(event.retention_days or 0, "day")
    rule = number(event.retention_rule)
    return f"Forgotten {days} after the last campaign, by retention rule {rule}"


def retention_summary(event: RetentionSet) -> str:
    """Return what the rule is from now on."""
    if event.days is None:
        return "Retention turned off: no contact is forgotten automatically"
    rule = number(event.originator_version)
    return f"Retention rule {rule}: forget {counted(event.days, 'day')} after the last campaign"


def rule_sentence(retention: Retention, now: datetime) -> str:
    """Return what the rule is and does now."""
    if retention.days is None:
        return "Retention is off: contacts are forgotten only when somebody forgets them."
    days = counted(retention.days, "day")
    rule = f"Contacts are forgotten {days} after their last campaign ended."
    if retention.is_running(now):
        return f"{rule} The rule has begun."
    begin = minute_text(retention.begins_at) if retention.begins_at else "now"
    return (
        f"{rule} It begins on {begin}, unless an admin lets it begin before. Read the list first."
    )

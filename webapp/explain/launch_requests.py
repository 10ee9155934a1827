"""The words of launches that need approval, of the rules for them, and of what is spent."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ledger.domain.events import (
    ApprovalLimitSet,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    SpendingLimitSet,
)
from ledger.domain.launch_rules import SpendingLimits, Spent
from ledger.domain.vocabulary import ApprovalCause, VoidCause
from ledger.recorded_event import RecordedEvent
from webapp.explain.numbers import counted
from webapp.explain.times import zoned_text

_CAUSES: Mapping[ApprovalCause, str] = {
    ApprovalCause.MANY_CONTACTS: "it texts more contacts than one person may launch to alone",
    ApprovalCause.DAY_LIMIT: "it goes beyond what may be spent in a day",
    ApprovalCause.MONTH_LIMIT: "it goes beyond what may be spent in a month",
    ApprovalCause.OFFICE_DAY_LIMIT: "it goes beyond what its office may spend in a day",
    ApprovalCause.OFFICE_MONTH_LIMIT: "it goes beyond what its office may spend in a month",
}
_VOIDED: Mapping[VoidCause, str] = {
    VoidCause.DRAFT_CHANGED: "its draft was changed",
    VoidCause.DRAFT_DISCARDED: "its draft was discarded",
    VoidCause.DRAFT_LAUNCHED: "its draft was launched or submitted once more",
}


def money(amount: Decimal, currency: str) -> str:
    """Return an amount: "41.70 USD"."""
    return f"{amount:,.2f} {currency}"


def cause_sentence(request: LaunchRequested) -> str:
    """Return why a launch waits, and for whom."""
    causes = " and ".join(_CAUSES[cause] for cause in request.causes)
    is_spending = any(cause.is_spending for cause in request.causes)
    who = "An admin" if is_spending else "An approver or an admin"
    return f"It waits because {causes}. {who} other than the person who asked has to approve it."


def approval_rule(contacts: int | None) -> str:
    """Return what the rule says: "A launch to more than 200 contacts waits for an approver."."""
    if contacts is None:
        return "No launch waits for approval because of its size."
    return f"A launch to more than {counted(contacts, 'contact')} waits for an approver."


def spending_rule(limits: SpendingLimits) -> str:
    """Return what may be spent: "A launch beyond 50.00 USD a day waits for an admin."."""
    parts = [
        f"{money(limit, limits.currency)} a {period}"
        for limit, period in ((limits.day, "day"), (limits.month, "month"))
        if limit is not None
    ]
    if not parts:
        return "No launch waits for approval because of its cost."
    return f"A launch beyond {' or '.join(parts)} waits for an admin."


def spending_left(
    limits: SpendingLimits, spent: Spent, segments: int = 0, office: str = ""
) -> list[str]:
    """Return what is left of each limit after these segments: "41.70 USD of today's limit".

    `office` is the name of the office whose limit it is; blank for that of all.
    """
    of_office = f" {office}'s" if office else ""
    used = (
        (limits.day, spent.day, f"today's{of_office}"),
        (limits.month, spent.month, f"this month's{of_office}"),
    )
    return [
        _left(limits, limit, count + segments, whose)
        for limit, count, whose in used
        if limit is not None
    ]


def _left(limits: SpendingLimits, limit: Decimal, segments: int, whose: str) -> str:
    left, whole = limit - segments * limits.price, money(limit, limits.currency)
    if left < 0:
        return f"{money(-left, limits.currency)} beyond {whose} limit of {whole}"
    return f"{money(left, limits.currency)} of {whose} limit of {whole} stays"


def request_end(recorded: RecordedEvent, who: str) -> str:
    """Return how a request ended, and what to do: "J. Ortiz changed … at …. Ask again."."""
    at = zoned_text(recorded.recorded_at)
    match recorded.event:
        case LaunchRefused(is_withdrawn=True):
            return f"{who} withdrew the request on {at}. Nobody was texted."
        case LaunchRefused(private=words):
            why = f" Reason: {words.explanation}" if words else ""
            return f"{who} refused it on {at}. Nobody was texted.{why}"
        case LaunchVoided(cause=cause):
            return (
                f"The request is void: {_VOIDED[cause]} by {who} on {at}. "
                "Nobody was texted. Launch the draft again to ask again."
            )
    return ""


def approval_limit_summary(event: ApprovalLimitSet) -> str:
    """Return what an admin decided about the size of launches."""
    if event.contacts is None:
        return "Launches of any size go out without approval"
    return f"Launches to more than {counted(event.contacts, 'contact')} wait for approval"


def spending_limit_summary(event: SpendingLimitSet) -> str:
    """Return what an admin decided about the cost of launches."""
    periods = ((event.day, "day"), (event.month, "month"))
    limits = [
        f"{money(limit, event.currency)} a {name}" for limit, name in periods if limit is not None
    ]
    whose = " of an office" if event.office_id else ""
    return f"Spending limit{whose}: {', '.join(limits)}" if limits else f"No spending limit{whose}"


def requested_summary(event: LaunchRequested) -> str:
    """Return that a launch waits."""
    return f"Launch to {counted(event.contact_count, 'contact')} waits for approval"


def refused_summary(event: LaunchRefused) -> str:
    """Return who ended a request: an approver, or the person who asked."""
    return "Request to launch withdrawn" if event.is_withdrawn else "Launch refused"


def voided_summary(event: LaunchVoided) -> str:
    """Return why a request does not count any more."""
    return f"Request to launch void: {_VOIDED[event.cause]}"


def start_note(request: LaunchRequested, now: datetime) -> str:
    """Return what an approval does where the start has passed meanwhile; blank where it has not."""
    starts_at = request.timing.starts_at
    if starts_at is None or starts_at > now:
        return ""
    return (
        f"Its start, {zoned_text(starts_at)}, has passed: approved now, it goes out at once, "
        "in the hours of each contact's day."
    )

"""When a campaign sends, and when a resend goes out, in words."""

from datetime import datetime

from ledger.domain.local_times import in_words
from ledger.domain.resend_policy import LONGEST_WAIT_SECONDS, ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.time_zones import zone_names
from ledger.domain.vocabulary import CampaignState
from webapp.explain.numbers import counted, duration, plural
from webapp.explain.times import zoned_text

_NAMED_ZONES = 3
_FROM_LAUNCH = "From the launch on"


def timing_sentence(timing: Schedule, *, is_urgent: bool = False, zone: str = "") -> str:
    """Return from when, in which hours and until when a campaign sends; times are of the zone."""
    start = f"From {_moment(timing.starts_at, zone)} on" if timing.starts_at else _FROM_LAUNCH
    hours = ", at any hour and before other campaigns" if is_urgent else ", at any hour"
    if timing.window:
        opens, closes = timing.window.opens, timing.window.closes
        hours = f", from {opens:%H:%M} to {closes:%H:%M} of each contact's own day"
    if timing.send_before is None:
        return f"{start}{hours}."
    return f"{start}{hours}, until {_moment(timing.send_before, zone)}; then the campaign closes."


def _moment(at: datetime, zone: str) -> str:
    return in_words(at, zone) if zone else f"{zoned_text(at)}"


def resend_policy_sentence(policy: ResendPolicy) -> str:
    """Return how a text that bounced is tried again, and when the contact fails."""
    first, longest = duration(policy.first_wait_seconds), duration(LONGEST_WAIT_SECONDS)
    waits = (
        f"It is tried again after {first}; each further wait is twice as long, up to {longest}. "
        "Where it is known when the cause ends, it is tried again then."
    )
    if policy.attempt_limit is None:
        return f"{waits} There is no limit of attempts."
    return f"{waits} After {counted(policy.attempt_limit, 'attempt')} the contact fails."


def zone_words(zone: str) -> str:
    """Return the zone or zones in which a contact can be: "America/Chicago", "UTC"."""
    names = zone_names(zone)
    return " and ".join(names) if len(names) <= _NAMED_ZONES else f"each of {len(names)} time zones"


def too_late_sentence(count: int) -> str:
    """Return what staff should know where the hours of contacts come only after the deadline."""
    whom = counted(count, "contact")
    return (
        f"{whom} will not be texted: the hours come in {plural(count, 'its', 'their')} time "
        f"{plural(count, 'zone')} only when it is too late."
    )


def start_words(
    state: CampaignState,
    timing: Schedule,
    *,
    is_sending_off: bool,
    sender_held_until: datetime | None = None,
) -> str:
    """Return when an attempt due now starts: "at once", "once the campaign is resumed"."""
    conditions = [
        *(["the campaign is resumed"] if state is CampaignState.PAUSED else []),
        *(["all sending is allowed again"] if is_sending_off else []),
        *(["a limit on the school's sender ends"] if sender_held_until else []),
    ]
    if conditions:
        return f"once {' and '.join(conditions)}"
    return (
        "at the next moment at which the campaign may text" if timing != Schedule() else "at once"
    )

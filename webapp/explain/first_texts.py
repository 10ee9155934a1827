"""When the first texts of a launch go out, in words; the time is the one that is planned."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from ledger.commands.launch_order import LaunchOrder
from ledger.domain.holds import (
    DeliveryConditions,
    Hold,
    NextAttempt,
    SendingConditions,
    next_attempt,
)
from ledger.domain.local_times import in_words
from ledger.domain.standing import Stage, Standing, rank
from ledger.domain.vocabulary import CampaignState

_ENROLLED = Standing(rank=rank(1, Stage.ENROLLED))
_ENDS: Mapping[Hold, str] = MappingProxyType(
    {
        Hold.UNDO_WINDOW: "when the launch can no longer be stopped",
        Hold.BEFORE_START: "at the start",
        Hold.RATE_LIMIT: "when Twilio's rate limit ends",
        Hold.SENDER_CAP: "when a limit on the school's sender ends",
        Hold.OUTSIDE_HOURS: "when the hours begin",
    }
)


def first_texts_sentence(
    order: LaunchOrder,
    sending: SendingConditions,
    now: datetime,
    *,
    held_until: datetime | None = None,
) -> str:
    """Return when the first texts of a launch go out, in the school's zone, and why then.

    "The first texts go out on 30 Nov 2026, 08:00 in America/Chicago, at the start." `held_until` is
    the end of its undo window.
    """
    attempts = list(_first_attempts(order, sending, now, held_until))
    if any(attempt.is_due for attempt in attempts):
        return "The first texts go out at once."
    if all(attempt.is_ruled_out for attempt in attempts):
        return f"{_start(order, now)}No text can go out before it is too late."
    dated = [attempt for attempt in attempts if attempt.at and not attempt.is_ruled_out]
    if not dated:
        return f"{_start(order, now)}Nothing is sent until all sending is allowed again."
    first = min(dated, key=lambda attempt: attempt.at or now)
    return _planned(order, first, now)


def _first_attempts(
    order: LaunchOrder, sending: SendingConditions, now: datetime, held_until: datetime | None
) -> Iterator[NextAttempt]:
    """Yield the first attempt for each time zone of the contacts."""
    for zone in order.zone_counts:
        conditions = DeliveryConditions(
            state=CampaignState.SENDING,
            timing=order.schedule,
            zone=zone,
            is_opted_out=False,
            sending=sending,
            held_until=held_until,
        )
        yield next_attempt(_ENROLLED, conditions, now)


def _planned(order: LaunchOrder, attempt: NextAttempt, now: datetime) -> str:
    """Say when an attempt starts that has a time; its last hold ends then."""
    hold = attempt.holds[-1]
    start = "" if hold is Hold.BEFORE_START else _start(order, now)
    when = in_words(attempt.at or now, order.zone)
    sentence = f"{start}The first texts go out on {when}, {_ENDS[hold]}."
    if Hold.SENDER_CAP in attempt.holds and order.is_urgent:
        return f"{sentence} Urgent texts wait for that limit too."
    return sentence


def _start(order: LaunchOrder, now: datetime) -> str:
    """Repeat a start that is still to come, as it was read."""
    starts_at = order.timing.starts_at
    if starts_at is None or starts_at <= now:
        return ""
    return f"The start is {in_words(starts_at, order.zone)}. "

"""What holds the next attempt of a delivery back, and when it can start at the earliest.

The one place that decides this: the contact page, the Contacts tab, CSV and JSON all show this
value. Standard library only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.domain.schedule import LAST_CALL, Schedule
from ledger.domain.standing import Standing
from ledger.domain.vocabulary import CampaignState


class Hold(StrEnum):
    """Why an awaited attempt does not start now; the longest-lasting reasons come first."""

    ARCHIVED = "archived"
    OPTED_OUT = "opted_out"
    CLOSED = "closed"
    PAST_SEND_BEFORE = "past_send_before"
    PAUSED = "paused"
    SENDING_OFF = "sending_off"
    UNDO_WINDOW = "undo_window"
    BEFORE_START = "before_start"
    RATE_LIMIT = "rate_limit"
    SENDER_CAP = "sender_cap"
    OUTSIDE_HOURS = "outside_hours"


FINAL = frozenset({Hold.ARCHIVED, Hold.OPTED_OUT, Hold.CLOSED, Hold.PAST_SEND_BEFORE})
"""With one of these no further attempt ever starts."""

OPEN_ENDED = frozenset({Hold.PAUSED, Hold.SENDING_OFF})
"""These end when staff end them, so that the time of the attempt is not known."""

_OF_STATES = {
    CampaignState.ARCHIVED: Hold.ARCHIVED,
    CampaignState.CLOSED: Hold.CLOSED,
    CampaignState.PAUSED: Hold.PAUSED,
}


@dataclass(frozen=True, kw_only=True)
class SendingConditions:
    """What can hold back the deliveries of all campaigns at once."""

    is_off: bool = False
    """Whether all sending is switched off."""
    limited_until: datetime | None = None
    """Until when a 429 of the provider keeps all senders waiting; None where it does not."""
    held_until: datetime | None = None
    """When the last cap that the sender reached ends; it may be past. None for no cap."""

    def is_sender_held(self, now: datetime) -> bool:
        """Whether a cap keeps all texts waiting at that time."""
        return self.held_until is not None and self.held_until > now


@dataclass(frozen=True, kw_only=True)
class DeliveryConditions:
    """What decides, together with the standing, whether a delivery is attempted."""

    state: CampaignState
    timing: Schedule
    zone: str
    """The contact's time zone, or those in which it can be, as `ContactEnrolled` has them."""
    is_opted_out: bool
    sending: SendingConditions
    held_until: datetime | None = None
    """The end of the undo window of the launch; None without one."""


@dataclass(frozen=True, kw_only=True)
class NextAttempt:
    """The next attempt of a delivery: what holds it back, and its earliest start."""

    is_awaited: bool
    """Whether the delivery waits for an attempt; False while one is in flight, and at the end."""
    holds: tuple[Hold, ...] = ()
    """Everything that holds it back, in the order of `Hold`."""
    at: datetime | None = None
    """Its earliest start, always in the future.

    None where no attempt is awaited, where it may start at any moment, and where a hold has no
    known end.
    """
    has_wait: bool = False
    """Whether the wait after its last attempt is not over yet."""

    @property
    def is_due(self) -> bool:
        """Whether it may start at any moment."""
        return self.is_awaited and not self.holds and self.at is None

    @property
    def is_ruled_out(self) -> bool:
        """Whether it waits for an attempt that never starts."""
        return not FINAL.isdisjoint(self.holds)


NOT_AWAITED = NextAttempt(is_awaited=False)
"""That of a delivery that waits for no attempt."""


def next_attempt(standing: Standing, conditions: DeliveryConditions, now: datetime) -> NextAttempt:
    """Return the next attempt of a delivery with this standing, as of `now`."""
    if not standing.awaits_attempt:
        return NOT_AWAITED
    earliest, holds = max(standing.next_at or now, now), set(_undated(conditions))
    for hold, until in _dated(conditions, earliest):
        holds.add(hold)
        earliest = until
    send_before = conditions.timing.send_before
    if send_before and earliest >= send_before - LAST_CALL:
        holds.add(Hold.PAST_SEND_BEFORE)
    has_known_end = holds.isdisjoint(FINAL | OPEN_ENDED)
    return NextAttempt(
        is_awaited=True,
        holds=tuple(hold for hold in Hold if hold in holds),
        at=earliest if has_known_end and earliest > now else None,
        has_wait=standing.next_at is not None and standing.next_at > now,
    )


def _undated(conditions: DeliveryConditions) -> Iterator[Hold]:
    if hold := _OF_STATES.get(conditions.state):
        yield hold
    if conditions.is_opted_out:
        yield Hold.OPTED_OUT
    if conditions.sending.is_off:
        yield Hold.SENDING_OFF


def _dated(conditions: DeliveryConditions, earliest: datetime) -> Iterator[tuple[Hold, datetime]]:
    """Yield each hold with a known end after `earliest`, and that end."""
    timing, sending = conditions.timing, conditions.sending
    if conditions.held_until and conditions.held_until > earliest:
        earliest = conditions.held_until
        yield Hold.UNDO_WINDOW, earliest
    if timing.starts_at and timing.starts_at > earliest:
        earliest = timing.starts_at
        yield Hold.BEFORE_START, earliest
    for hold, until in (
        (Hold.RATE_LIMIT, sending.limited_until),
        (Hold.SENDER_CAP, sending.held_until),
    ):
        if until and until > earliest:
            earliest = until
            yield hold, earliest
    opens_at = timing.opens_at(earliest, conditions.zone)
    if opens_at > earliest:
        yield Hold.OUTSIDE_HOURS, opens_at

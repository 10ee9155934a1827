"""Which event caused another, by the order of a delivery's and a contact's events.

The ledger records no causes, but the domain leaves little choice: an answer belongs to the start of
its attempt, a withdrawal to the opt-out before it. Other events have no cause here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.events import (
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    DeliveryEvent,
    DeliveryWithdrawn,
    Event,
    InboundReceived,
    LegalHoldPlaced,
    LegalHoldReleased,
    PossibleOptOutDismissed,
    StatusFetched,
)
from ledger.domain.vocabulary import OptOutSource
from ledger.recorded_event import RecordedEvent

_BY_TEXT = {OptOutSource.INBOUND, OptOutSource.WORDS}
_REPORTS = (CallbackReceived, StatusFetched)
_OF_A_START = (AttemptAccepted, AttemptRefused, AttemptOutcomeUnknown)


@dataclass(frozen=True)
class Causes:
    """The event that caused another, and those that it caused itself."""

    cause: RecordedEvent | None
    caused: Sequence[RecordedEvent]


def causes_of(recorded: RecordedEvent, events: Sequence[RecordedEvent]) -> Causes:
    """Return what caused the event, and what it caused.

    `events` are those of its contact, with those of the contact's deliveries, in the order of seq.
    """
    causes = [(each, _cause(each, events)) for each in events if each.seq > recorded.seq]
    caused = [each for each, cause in causes if cause and cause.seq == recorded.seq]
    return Causes(_cause(recorded, events), caused)


def _cause(recorded: RecordedEvent, events: Sequence[RecordedEvent]) -> RecordedEvent | None:
    before = [each for each in events if each.seq < recorded.seq]
    return next((each for each in reversed(before) if _may_cause(each, recorded)), None)


def _may_cause(earlier: RecordedEvent, later: RecordedEvent) -> bool:
    """Whether the newest such earlier event is the cause of the later one."""
    old, new = earlier.event, later.event
    match new:
        case DeliveryWithdrawn():
            return isinstance(old, ContactOptedOut | ContactForgotten)
        case ContactOptedOut(source=source) | ContactOptedIn(source=source):
            if source in _BY_TEXT:
                return isinstance(old, InboundReceived)
            return source == OptOutSource.PROVIDER and isinstance(old, DeliveryEvent)
        case PossibleOptOutDismissed(sid=sid):
            return isinstance(old, InboundReceived) and old.sid == sid
        case LegalHoldReleased(number=number):
            return isinstance(old, LegalHoldPlaced) and old.number == number
        case DeliveryEvent():
            return earlier.delivery_id == later.delivery_id and _leads_to(old, new)
    return False


def _leads_to(old: Event, new: DeliveryEvent) -> bool:
    """The same, for two events of one delivery."""
    if not isinstance(old, DeliveryEvent) or old.rank is None:
        return False
    is_same_turn = old.turn == new.turn
    if isinstance(new, AttemptStarted):
        return not isinstance(old, AttemptStarted | AttemptAccepted)
    if isinstance(new, _OF_A_START):
        return is_same_turn and isinstance(old, AttemptStarted)
    if isinstance(new, AttemptLapsed | AttemptSettled):
        return is_same_turn and isinstance(old, AttemptStarted | AttemptOutcomeUnknown)
    if isinstance(new, _REPORTS):
        return is_same_turn and isinstance(old, AttemptStarted | AttemptAccepted)
    return not isinstance(old, AttemptStarted | AttemptAccepted)

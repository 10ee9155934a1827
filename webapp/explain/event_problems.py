"""Events that cannot be shown as facts: those that were altered, and those that do not open.

Every page and command that shows events asks here first, so that one bad event neither states what
was never recorded nor hides the events beside it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import chain
from types import MappingProxyType

from ledger.domain.events import CampaignLaunched, ContactEnrolled
from ledger.domain.standing import Standing
from ledger.errors import LedgerError, StoreUnavailable
from ledger.recorded_event import RecordedEvent
from webapp.explain.numbers import number


class EventProblem(StrEnum):
    """Why an event is not shown as a fact."""

    ALTERED = "altered"
    """Its row is not the one that was recorded."""
    UNREADABLE = "unreadable"
    """Its row is as it was recorded, but this program cannot decode or unseal it."""


PROBLEM_SUMMARIES = MappingProxyType(
    {
        EventProblem.ALTERED: "Altered: this event is not what was recorded",
        EventProblem.UNREADABLE: "Not readable: this program cannot open this event",
    }
)
"""What lists of events show instead of a summary."""
_EVENT_MISSING = "At least one event is missing."
_MISSING = "Missing: this event is not in the ledger any more"


def problem_of(recorded: RecordedEvent) -> EventProblem | None:
    """Return why the event cannot be shown as a fact; None for nearly all. Reads its key."""
    if recorded.is_altered:
        return EventProblem.ALTERED
    return EventProblem.UNREADABLE if why_unreadable(recorded) else None


def shown_instead(recorded: RecordedEvent | None) -> str | None:
    """Return what is shown in place of an event, or None where it can be shown as a fact.

    The event is None where the ledger does not have it any more.
    """
    if recorded is None:
        return _MISSING
    problem = problem_of(recorded)
    return PROBLEM_SUMMARIES[problem] if problem else None


def shown_time(recorded: RecordedEvent | None) -> datetime | None:
    """Return when an event was recorded; None for one that was altered, or is missing."""
    return None if recorded is None or recorded.is_altered else recorded.recorded_at


def why_unreadable(recorded: RecordedEvent) -> str | None:
    """Return why this program cannot read an event that was not altered; None where it can."""
    try:
        if not recorded.is_in_its_stream:
            return "Its ids are not those of an event in its stream."
        if recorded.fact:
            Standing.of(recorded.fact)
    except StoreUnavailable:
        raise
    except LedgerError as error:
        return str(error)
    except ValueError:
        return "Its typed columns hold values that this program does not know."
    return None


def sound(events: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """Return the events that can be shown as facts."""
    return [recorded for recorded in events if problem_of(recorded) is None]


def problem_in_streams(*streams: Sequence[RecordedEvent]) -> str | None:
    """Return why nothing should be concluded from these whole streams; None where it can be."""
    if problem := problem_among(chain.from_iterable(streams)):
        return problem
    if not all(map(_is_whole, streams)):
        return _EVENT_MISSING
    return None


def problem_of_delivery(
    delivery: Sequence[RecordedEvent],
    campaign: Sequence[RecordedEvent],
    *others: Sequence[RecordedEvent],
) -> str | None:
    """Return the same for the streams of a delivery, where enrolment and launch must be, too."""
    if problem := problem_in_streams(delivery, campaign, *others):
        return problem
    is_enrolled = any(each.topic == ContactEnrolled.topic for each in delivery)
    is_launched = any(each.topic == CampaignLaunched.topic for each in campaign)
    return None if is_enrolled and is_launched else _EVENT_MISSING


def problem_among(events: Iterable[RecordedEvent]) -> str | None:
    """Return which of these events cannot be shown as facts; None where all can.

    "Event #13 is not as it was recorded, or cannot be read."
    """
    bad = sorted(recorded.seq for recorded in events if problem_of(recorded))
    if len(bad) == 1:
        return f"Event #{number(bad[0])} is not as it was recorded, or cannot be read."
    if bad:
        seqs = ", ".join(f"#{number(seq)}" for seq in bad)
        return f"The events {seqs} are not as they were recorded, or cannot be read."
    return None


def _is_whole(stream: Sequence[RecordedEvent]) -> bool:
    """Whether no event is missing before the last one of the stream."""
    versions = [recorded.row.originator_version for recorded in stream]
    return versions == list(range(1, len(versions) + 1))

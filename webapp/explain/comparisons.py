"""The words of what changed between two moments."""

from collections.abc import Sequence

from ledger.recorded_event import RecordedEvent
from webapp.explain.event_problems import shown_summary, shown_time
from webapp.explain.numbers import number
from webapp.explain.times import clock_text

_SHOWN_EVENTS = 3


def difference(before: int, after: int) -> str:
    """Return how much a count changed: such as "+21"; a fall has a minus sign."""
    change = after - before
    if not change:
        return "0"
    return f"+{number(change)}" if change > 0 else f"−{number(-change)}"  # noqa: RUF001 - a minus


def changed_by(events: Sequence[RecordedEvent]) -> str:
    """Return the last events in a sentence: "Resend requested 15:52:00, Delivered 15:52:09"."""
    last = events[-_SHOWN_EVENTS:]
    words = ", ".join(map(_event_words, last))
    return f"… {words}" if len(events) > len(last) else words


def _event_words(recorded: RecordedEvent) -> str:
    at = shown_time(recorded)
    return f"{shown_summary(recorded)} {clock_text(at)}" if at else shown_summary(recorded)

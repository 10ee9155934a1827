"""The summary of an event, as far as it can be shown as a fact."""

from ledger.recorded_event import RecordedEvent
from webapp.explain.event_problems import shown_instead
from webapp.explain.event_summaries import summary_of


def shown_summary(recorded: RecordedEvent) -> str:
    """Return the summary of an event, or that it was altered or cannot be read."""
    return shown_instead(recorded) or summary_of(recorded.event)

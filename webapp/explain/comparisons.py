"""The words of what changed between two moments."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ledger.domain.vocabulary import Reason
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import CampaignRow, ContactRow, Counts
from webapp.explain.event_problems import shown_time
from webapp.explain.numbers import number
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.shown_summaries import shown_summary
from webapp.explain.statuses import STATUS_LABELS, state_text
from webapp.explain.times import clock_text

_SHOWN_EVENTS = 3


def difference(before: int, after: int) -> str:
    """Return how much a count changed: such as "+21"; a fall has a minus sign."""
    change = after - before
    if not change:
        return "0"
    return f"+{number(change)}" if change > 0 else f"−{number(-change)}"  # noqa: RUF001 - a minus


@dataclass(frozen=True)
class CampaignWords:
    """The state of a campaign at two moments, and its counts that changed, in words."""

    before: str
    after: str
    counts: str
    """Such as "delivered +21, failed +3"; blank where no count changed."""


def campaign_words(before: CampaignRow | None, after: CampaignRow) -> CampaignWords:
    """Return the words of a campaign that changed; `before` is None before its launch."""
    then, now = asdict(before.counts if before else Counts.NONE), asdict(after.counts)
    changed = [name for name in now if now[name] != then[name]]
    return CampaignWords(
        before=state_text(before) if before else "not launched",
        after=state_text(after),
        counts=", ".join(f"{name} {difference(then[name], now[name])}" for name in changed),
    )


def status_words(row: ContactRow | None) -> str | None:
    """Return the status of a contact, why it failed, and whether it is opted out.

    None for one whose campaign was not launched yet.
    """
    if row is None:
        return None
    label = STATUS_LABELS[row.status]
    if row.failed_reason:
        label = f"{label}: {REASON_LABELS[row.failed_reason]}"
    is_said = row.failed_reason is Reason.OPTED_OUT
    return f"{label}, opted out" if row.is_opted_out and not is_said else label


def changed_by(events: Sequence[RecordedEvent]) -> str:
    """Return the last events in a sentence: "Resend requested 15:52:00, Delivered 15:52:09"."""
    last = events[-_SHOWN_EVENTS:]
    words = ", ".join(map(event_words, last))
    return f"… {words}" if len(events) > len(last) else words


def event_words(recorded: RecordedEvent) -> str:
    """Return what happened, and at which time of day."""
    at = shown_time(recorded)
    return f"{shown_summary(recorded)} {clock_text(at)}" if at else shown_summary(recorded)

"""Which events of an archived campaign count: those up to its archive (R14)."""

from collections.abc import Iterable

from ledger.domain.events import CampaignArchived
from ledger.recorded_event import RecordedEvent


def archived_seq_of(recorded_events: Iterable[RecordedEvent]) -> int | None:
    """Return the seq of the campaign's archive; None where it is not archived."""
    archives = (e.seq for e in recorded_events if isinstance(e.event, CampaignArchived))
    return next(archives, None)


def is_up_to_archive(seq: int, archived_seq: int | None) -> bool:
    """Whether an event counts: in SQL, `FactScope.is_up_to_archive` is the same rule."""
    return archived_seq is None or seq <= archived_seq

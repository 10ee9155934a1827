"""Permalinks as the program lists them: what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events import PermalinkMade, PermalinkRead
from ledger.domain.permalink import Permalink
from ledger.errors import EventProblemFound, NotFound
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.explain.event_problems import sound
from webapp.sound_aggregates import SoundAggregates


@dataclass(frozen=True, kw_only=True)
class PermalinkRow:
    """A permalink in a list."""

    permalink: Permalink
    """As it was made, if it was changed by other means since."""
    made_at: datetime
    reads: Sequence[datetime]
    """When it was read, at most once an hour."""
    is_altered: bool = False
    """Whether an event after its making is altered, unreadable or missing; it opens nothing."""

    @property
    def permalink_id(self) -> str:
        """Its id."""
        return self.permalink.stream_id

    def is_open(self, now: datetime) -> bool:
        """Whether its address shows its page."""
        return not self.is_altered and self.permalink.is_open(now)

    def state_at(self, now: datetime) -> str:
        """Return `open`, `revoked`, `expired` or `changed by other means`."""
        if self.is_altered:
            return "changed by other means"
        if self.permalink.is_open(now):
            return "open"
        return "revoked" if self.permalink.is_revoked else "expired"


def permalink_as_recorded(reader: LedgerReader, permalink_id: str) -> Permalink:
    """Return a permalink; raises `NotFound` where one of its events was altered since."""
    try:
        return SoundAggregates(reader).load(Permalink, permalink_id)
    except EventProblemFound as error:
        raise NotFound("This permalink was changed by other means. Ask for another one.") from error


def permalinks(reader: LedgerReader, until: int | None = None) -> list[PermalinkRow]:
    """Return all permalinks, the newest first, without those whose making was altered since.

    `until` is a past seq: as they were right after it.
    """
    before = None if until is None else until + 1
    made = sound(reader.search(Search(topics=(PermalinkMade.topic,), before=before).newest()))
    reads = _reads(reader, before)
    return [_row(reader, each, reads.get(each.stream_id, []), until) for each in made]


def open_permalinks_of(reader: LedgerReader, maker: str, now: datetime) -> list[str]:
    """Return the ids of the permalinks that somebody made and that show their page."""
    made = sound(reader.search(Search(topics=(PermalinkMade.topic,), actor=maker)))
    rows = [_row(reader, each, []) for each in made if _may_be_open(each, now)]
    return [row.permalink_id for row in rows if row.is_open(now)]


def _may_be_open(made: RecordedEvent, now: datetime) -> bool:
    return isinstance(made.event, PermalinkMade) and now < made.event.expires_at


def _row(
    reader: LedgerReader,
    made: RecordedEvent,
    reads: Sequence[datetime],
    until: int | None = None,
) -> PermalinkRow:
    try:
        source = SoundAggregates(reader, until)
        permalink, is_altered = source.load(Permalink, made.stream_id), False
    except EventProblemFound:
        permalink, is_altered = Permalink.from_events(made.stream_id, [made.event]), True
    return PermalinkRow(
        permalink=permalink, made_at=made.recorded_at, reads=reads, is_altered=is_altered
    )


def _reads(reader: LedgerReader, before: int | None) -> Mapping[str, Sequence[datetime]]:
    reads: dict[str, list[datetime]] = {}
    for recorded in sound(reader.search(Search(topics=(PermalinkRead.topic,), before=before))):
        event = recorded.event
        if isinstance(event, PermalinkRead):
            reads.setdefault(event.permalink_id, []).append(recorded.recorded_at)
    return reads

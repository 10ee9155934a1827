"""A unit of work: what the commands of one commit read, and the events that they append.

It exists under the writer's lock, so that nothing it has read can change before the commit.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Generic, TypeVar, cast

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.actors import NOT_PEOPLE
from ledger.domain.aggregate import Aggregate
from ledger.domain.delivery_outline import DeliveryOutline
from ledger.domain.events import (
    AttemptStarted,
    CampaignEvent,
    ContactEnrolled,
    DeliveryEvent,
    Event,
    Person,
)
from ledger.domain.shared_faults import (
    FirstAttempts,
    FirstOutcomes,
    FirstReports,
    account_fault_of,
    is_answer,
)
from ledger.domain.vocabulary import Reason
from ledger.errors import AlreadyRecorded
from ledger.identity import Identity
from ledger.store.commit import Commit
from ledger.store.event_mapper import LedgerMapper

T = TypeVar("T")
A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=FirstOutcomes)


class Command(ABC, Generic[T]):
    """A change of the ledger, decided under the writer's lock. It returns a T.

    Work that takes long belongs before the lock: in the constructor, or in `prepared_events`.
    """

    is_alone: ClassVar[bool] = False
    """Whether the command needs a commit of its own."""

    @property
    @abstractmethod
    def streams(self) -> Collection[str]:
        """The ids of the streams that it reads; all commands of a commit read theirs at once.

        The campaign and the contact of a delivery are read with the delivery.
        """

    @property
    def outlined(self) -> Collection[str]:
        """The ids of the deliveries of which it reads the outline; see `delivery_outline.py`."""
        return ()

    @property
    def dedupes(self) -> Collection[str]:
        """The dedupe keys that its events may have."""
        return ()

    @property
    def prepared_events(self) -> Sequence[Event]:
        """Events that it will append unchanged; they are sealed before the lock is taken."""
        return ()

    @abstractmethod
    def decide(self, work: "UnitOfWork") -> T:
        """Read, then append events; or raise a `LedgerError`, and none of its events is kept."""


@dataclass(slots=True)
class _Stream:
    """The events of one stream, and the aggregate of those that were folded so far."""

    events: list[Event] = field(default_factory=list)
    aggregate: Aggregate | None = None
    folded_count: int = 0

    def fold(self, kind: type[A], stream_id: str) -> A:
        """Fold the events that were not folded yet, and return the aggregate.

        Raises `NotFound` if the stream is of another kind.
        """
        if not isinstance(self.aggregate, kind):
            self.aggregate, self.folded_count = kind(stream_id=stream_id), 0
        if unfolded := self.events[self.folded_count :]:
            self.aggregate = self.aggregate.with_events(unfolded)
            self.folded_count = len(self.events)
        return self.aggregate


class UnitOfWork:
    """Reads and folds each event once; later reads see the events appended so far.

    Aggregates are read without their sealed parts, which are None.

    Attributes:
        now: The clock's time when the commit began, UTC.
        identity: Makes the ids.
        appended: The events of all commands of the commit, in order.
        forgotten: The ids of the contacts whose key this commit destroys.
        request_id: Of the request that the current command comes from; "" for none. It becomes
            part of what people do.
    """

    def __init__(
        self, commit: Commit, mapper: LedgerMapper, identity: Identity, now: datetime
    ) -> None:
        self.now = now
        self.identity = identity
        self.appended: list[Event] = []
        self.forgotten: list[str] = []
        self.request_id = ""
        self._commit = commit
        self._mapper = mapper
        self._streams: dict[str, _Stream] = {}
        self._outlines = dict(commit.outlines)
        self._dedupes: dict[str, bool] = {}
        self._outcomes_before: dict[tuple[type[FirstOutcomes], str], FirstOutcomes] = {}

    # For the ledger.

    def read_ahead(self, stream_ids: Collection[str], dedupes: Collection[str]) -> None:
        """Read the streams and look up the dedupe keys that the commands have named."""
        self._read(stream_ids)
        related = {
            stream_id
            for stream in self._streams.values()
            if stream.events and isinstance(event := stream.events[0], DeliveryEvent)
            for stream_id in (event.campaign_id, event.contact_id)
        }
        self._read(related)
        self._look_up(dedupes)

    def undo_to(self, count: int) -> None:
        """Keep the first `count` events and drop the others, which the last command appended."""
        undone, self.appended[count:] = self.appended[count:], []
        for event in undone:
            self._streams.pop(event.originator_id, None)
            self._outlines.pop(event.originator_id, None)
            self._dedupes.pop(getattr(event, "dedupe", ""), None)
        self.forgotten.clear()

    # For commands.

    def load(self, kind: type[A], stream_id: str) -> A:
        """Return the aggregate of a stream; without events its `exists` is False."""
        return self.load_all(kind, [stream_id])[stream_id]

    def load_all(self, kind: type[A], stream_ids: Collection[str]) -> dict[str, A]:
        """Return stream id → aggregate."""
        self._read(stream_ids)
        return {
            stream_id: self._streams[stream_id].fold(kind, stream_id) for stream_id in stream_ids
        }

    def outline_of(self, delivery_id: str) -> DeliveryOutline | None:
        """Return the outline of a delivery; None where none was read, or it has no events."""
        return self._outlines.get(delivery_id)

    def has_events(self, stream_id: str) -> bool:
        """Whether the stream has any event; it folds none."""
        if stream_id not in self._streams:
            self._read([stream_id])
        return bool(self._streams[stream_id].events)

    def person_of(self, delivery_id: str) -> Person | None:
        """The person a delivery is for, unsealed; None once the contact was forgotten."""
        first = self.first_event(delivery_id)
        return first.private if isinstance(first, ContactEnrolled) else None

    def first_event(self, stream_id: str) -> Event | None:
        """The first event of a stream, unsealed; None for a stream without events."""
        stored = self._mapper.first_event(stream_id, self._commit)
        return stored or next(iter(self._appended_to(stream_id)), None)

    def deliveries_of(self, contact_id: str) -> list[str]:
        """The ids of all deliveries to this contact, in any campaign."""
        enrolled = [
            event.delivery_id
            for event in self.appended
            if isinstance(event, ContactEnrolled) and event.contact_id == contact_id
        ]
        return [*self._commit.deliveries_of(contact_id), *enrolled]

    def has_key(self, contact_id: str) -> bool:
        """Whether the contact has a key, so that its sealed data can be read."""
        return bool(self._mapper.subjects_with_key([contact_id], self._commit))

    def is_sid_recorded(self, sid: str) -> bool:
        """Whether an event of a delivery has this SID; strays do not count."""
        is_appended = any(
            isinstance(event, DeliveryEvent) and getattr(event, "sid", None) == sid
            for event in self.appended
        )
        return is_appended or self._commit.is_sid_recorded(sid)

    def first_attempts(self, campaign_id: str) -> FirstAttempts:
        """What the attempts of a campaign brought since the last act on it."""
        is_act_here, since = self._since_last_act(campaign_id)
        before = FirstAttempts() if is_act_here else self._before(FirstAttempts, campaign_id)
        return before | FirstAttempts.of(since)

    def first_reports(self, campaign_id: str) -> FirstReports:
        """What reports said of the attempts of a campaign since the last act on it."""
        is_act_here, since = self._since_last_act(campaign_id)
        if is_act_here:
            return FirstReports()  # no attempt that this commit starts has a report yet
        counted = [
            event
            for event in since
            if not account_fault_of(event) or self._commit.is_since_last_act(event)
        ]
        return self._before(FirstReports, campaign_id) | FirstReports.of(counted)

    def has_attempts(self, campaign_id: str) -> bool:
        """Whether any attempt of the campaign has started."""
        is_started_here = any(
            isinstance(event, AttemptStarted) and event.campaign_id == campaign_id
            for event in self.appended
        )
        return is_started_here or self._commit.has_attempts(campaign_id)

    def last_answers(self, count: int) -> list[Reason | None]:
        """The reasons of the last answers to any attempts, the newest first."""
        appended = [
            getattr(event, "reason", None) for event in reversed(self.appended) if is_answer(event)
        ]
        return [*appended, *self._commit.last_answers(count)][:count]

    def last_seq(self, stream_id: str) -> int | None:
        """The seq of the stream's last event; None without events, or if this commit adds one."""
        return None if self._appended_to(stream_id) else self._commit.last_seq(stream_id)

    def recorded_after(self, seq: int, kind: type[E]) -> list[E]:
        """The events of a rare type after a seq, in order, with those that this commit adds.

        Their sealed parts are opened, so this is for a seq that was the last one a short while ago.
        """
        stored = self._commit.recorded_after(seq, kind.topic)
        recorded = self._mapper.opened(stored, self._commit)
        return [event for event in (*recorded, *self.appended) if isinstance(event, kind)]

    def recorded_since(self, moment: datetime, kind: type[E]) -> list[tuple[datetime, E]]:
        """The events of a rare type since a time, each with its own, and those of this commit."""
        stored = self._commit.recorded_since(to_microseconds(moment), kind.topic)
        recorded: list[tuple[datetime, Event]] = [
            (from_microseconds(at), self._mapper.to_sealed_event(event)) for at, event in stored
        ]
        recorded += [(self.now, event) for event in self.appended]
        return [(at, event) for at, event in recorded if isinstance(event, kind)]

    def next_seq(self) -> int:
        """The seq that the next appended event gets."""
        return self._commit.head + len(self.appended) + 1

    def append(self, *events: Event) -> None:
        """Add events to the commit; raises `AlreadyRecorded` for one that was recorded before."""
        for given in events:
            event = self._with_request(given)
            if dedupe := getattr(event, "dedupe", None):
                self._check_is_new(dedupe)
            self.appended.append(event)
            if stream := self._streams.get(event.originator_id):
                stream.events.append(event)
            outline = self._outlines.get(event.originator_id)
            if outline and isinstance(event, DeliveryEvent):
                self._outlines[event.originator_id] = outline.with_event(event)

    def _with_request(self, event: Event) -> Event:
        if not self.request_id or event.actor in NOT_PEOPLE:
            return event
        return replace(event, request_id=self.request_id)

    def destroy_key(self, contact_id: str) -> None:
        """Destroy the contact's key with this commit. The command must be one that `is_alone`."""
        self.forgotten.append(contact_id)

    def _since_last_act(self, campaign_id: str) -> tuple[bool, list[DeliveryEvent]]:
        """Whether this commit has an act on the campaign, and what it appended since then."""
        of_campaign = [e for e in self.appended if getattr(e, "campaign_id", None) == campaign_id]
        acts = [n for n, event in enumerate(of_campaign, 1) if isinstance(event, CampaignEvent)]
        since = of_campaign[acts[-1] :] if acts else of_campaign
        return bool(acts), [event for event in since if isinstance(event, DeliveryEvent)]

    def _before(self, kind: type[F], campaign_id: str) -> F:
        """What became of the campaign's texts before this commit, which is read once."""
        key = (kind, campaign_id)
        if key not in self._outcomes_before:
            self._outcomes_before[key] = self._commit.first_outcomes(kind, campaign_id)
        return cast("F", self._outcomes_before[key])

    def _read(self, stream_ids: Collection[str]) -> None:
        missing = {stream_id for stream_id in stream_ids if stream_id not in self._streams}
        if not missing:
            return
        self._streams |= {stream_id: _Stream() for stream_id in missing}
        for stored in self._commit.streams(missing):
            event = self._mapper.to_sealed_event(stored)
            self._streams[event.originator_id].events.append(event)
        for event in self.appended:
            if event.originator_id in missing:
                self._streams[event.originator_id].events.append(event)

    def _appended_to(self, stream_id: str) -> list[Event]:
        return [event for event in self.appended if event.originator_id == stream_id]

    def _look_up(self, dedupes: Collection[str]) -> None:
        recorded = self._commit.recorded_dedupes(dedupes)
        self._dedupes |= {key: key in recorded for key in dedupes}

    def _check_is_new(self, dedupe: str) -> None:
        if dedupe not in self._dedupes:
            self._look_up([dedupe])
        if self._dedupes[dedupe]:
            raise AlreadyRecorded(dedupe)
        self._dedupes[dedupe] = True

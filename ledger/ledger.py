"""The ledger: append what was decided, read what was recorded."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from ledger.clock import Clock, to_microseconds
from ledger.domain.events import Event
from ledger.errors import LedgerError, NotFound, StreamMoved
from ledger.identity import Identity
from ledger.recorded_event import Entry
from ledger.store import encryption as privacy
from ledger.store.commit import Commit
from ledger.store.creation import open_info
from ledger.store.engine import scrub
from ledger.store.event_mapper import LedgerMapper
from ledger.store.group_commit import GroupCommit
from ledger.store.key_rotation import rotate
from ledger.store.recorder import LedgerRecorder
from ledger.store.rows import Batch, Row
from ledger.store.schema import events
from ledger.store.search import Search
from ledger.store.store import Store, Waker
from ledger.unit_of_work import Sight, Streams

_MOST_TRIES = 20

T = TypeVar("T")


@dataclass(frozen=True)
class Decision:
    """What a verb wants recorded, and the other streams' versions that it leaned on."""

    events: Sequence[Event]
    leaned_on: Mapping[str, int] = field(default_factory=dict)
    forgotten: Collection[str] = ()
    """Contacts whose key is destroyed with it."""
    key_epoch: int | None = None
    """The key epoch it was taken in, where that was before it is appended."""


@dataclass(frozen=True)
class _Wish:
    """A decision that is taken together with others, and the stream it will look at first."""

    stream_id: str
    verb: Callable[[Sight], Decision]


@dataclass(frozen=True)
class Deciding(Generic[T]):
    """A decision on its way into the ledger."""

    _future: "Future[list[int]]"
    _told: list[T]

    def result(self) -> T:
        """Wait until it is durable, and give what the verb told; raises like `record_together`."""
        self._future.result()
        return self._told[0]


class Ledger:
    """One ledger, open for appending and reading."""

    def __init__(self, store: Store, clock: Clock, master: bytes) -> None:
        """Open the ledger, or give birth to it in an empty database.

        Raises `WrongKey` for another ledger's master key, `LedgerError` for an unknown schema, and
        `StoreUnavailable`.
        """
        info = open_info(store, lambda: privacy.new_identity_key(master))
        self.ledger_id = info["ledger_id"].decode()
        self.identity = Identity(privacy.identity_key(info, master))
        self.clock = clock
        self._store, self._master = store, master
        self._mapper = LedgerMapper(privacy.Keyring(store.engine, master))
        self.recorder = LedgerRecorder(store, lambda: to_microseconds(clock.now()))
        self._group: GroupCommit[Batch | _Wish] = GroupCommit(self._write)

    # Appending.

    def append(self, decision: Decision) -> list[int]:
        """Record the decision, whole, and give its seqs once it is durable.

        Raises `StreamMoved` where what it leaned on has moved, `AlreadyRecorded` for a repeat and
        `StoreUnavailable` with nothing written.
        """
        if not decision.events:
            return []
        seqs = self._group.submit(self._to_batch(decision)).result()
        if decision.forgotten:
            self._mapper.look_again()
        return seqs

    def decide(self, verb: Callable[[], tuple[Decision, T]]) -> T:
        """Record what the verb decides, taking the decision anew while streams move under it."""
        for _ in range(_MOST_TRIES):
            key_epoch = self._mapper.key_epoch
            decision, result = verb()
            try:
                self.append(replace(decision, key_epoch=key_epoch))
            except StreamMoved:
                continue
            return result
        raise StreamMoved("Others kept changing the same thing; try again.")

    def record(self, verb: Callable[[], Decision]) -> None:
        """The same for a verb that has nothing else to tell."""
        self.decide(lambda: (verb(), None))

    def record_together(
        self, stream_id: str, verb: Callable[[Sight], Decision]
    ) -> "Future[list[int]]":
        """Record what the verb decides about a stream, together with all that comes meanwhile.

        The verb is called by the thread that writes, under the writer's lock, with what was read
        for all of them at once; anew where another of them was in its way. The future gives the
        seqs once they are durable, and raises what `append` raises and what the verb refuses.
        """
        return self._group.submit(_Wish(stream_id, verb), tries=_MOST_TRIES)

    def decide_together(
        self, stream_id: str, verb: Callable[[Sight], tuple[Decision, T]]
    ) -> "Deciding[T]":
        """The same for a verb that has something to tell."""
        told: list[T] = []

        def decide(sight: Sight) -> Decision:
            decision, result = verb(sight)
            told[:] = [result]
            return decision

        return Deciding(self.record_together(stream_id, decide), told)

    def _write(self, wanted: Sequence[Batch | _Wish]) -> list[list[int] | LedgerError]:
        with self.recorder.commit() as commit:
            if commit.key_epoch != self._mapper.key_epoch:
                self._mapper.look_again()
            taken = self._decided(wanted, commit)
            written = iter(commit.append([one for one in taken if isinstance(one, Batch)]))
        results = [next(written) if isinstance(one, Batch) else one for one in taken]
        if any(isinstance(result, StreamMoved) for result in results):
            self._mapper.look_again()
        return results

    def _decided(
        self, wanted: Sequence[Batch | _Wish], commit: Commit
    ) -> list[Batch | LedgerError]:
        """Whatever was wished for decided as well, on streams read in this commit."""
        sight = Sight(partial(self._open_fields_of, commit), self.deliveries_of)
        sight.look_ahead({one.stream_id for one in wanted if isinstance(one, _Wish)})
        decided = [_decided(one, sight, commit.key_epoch) for one in wanted]
        events = [e for one in decided if isinstance(one, Decision) for e in one.events]
        self._mapper.read_keys(events, commit.connection)
        return [self._to_batch(one) if isinstance(one, Decision) else one for one in decided]

    def _to_batch(self, decision: Decision) -> Batch:
        epoch = decision.key_epoch
        return self._mapper.to_batch(
            decision.events,
            leaned_on=decision.leaned_on,
            dropped_keys=decision.forgotten,
            key_epoch=self._mapper.key_epoch if epoch is None else epoch,
        )

    # Keys.

    def key_epoch(self) -> int:
        """A number that moves with every key that is destroyed, by whichever process."""
        return self._mapper.key_epoch

    def with_key(self, contact_ids: Collection[str]) -> set[str]:
        """Those of the contacts of whom something personal can still be read."""
        return self._mapper.with_key(contact_ids)

    def scrub(self) -> bool:
        """Clear the places where destroyed keys linger; False while readers hold them."""
        return scrub(self._store.engine)

    def change_master_key(self, master: bytes) -> int:
        """Wrap every key by another master key, and give how many; open the ledger anew then.

        Raises `BadSetting` where it is the same, `WrongKey` and `StoreUnavailable`.
        """
        count = rotate(self._store, self._master, master)
        self.scrub()
        return count

    # Reading.

    def waker(self) -> Waker:
        """What tells one reading thread that something was appended, by any process."""
        return self._store.waker()

    def head(self) -> int:
        """The greatest seq; 0 while nothing is recorded."""
        return self.recorder.max_notification_id() or 0

    def entries(
        self,
        after: int = 0,
        limit: int = 1000,
        until: int | None = None,
        topics: Sequence[str] = (),
    ) -> list[Entry]:
        """The entries behind that seq, in order; of these topics alone, where some are named."""
        return self._entries(
            self.recorder.select_notifications(
                after, limit, until, topics, inclusive_of_start=False
            )
        )

    def seq_at(self, moment: datetime) -> int:
        """The last seq recorded not after that moment; 0 where there is none.

        The time of recording never decreases, so that halving finds it without an index.
        """
        wanted, low, high = to_microseconds(moment), 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            if self.recorder.recorded_at(middle) <= wanted:
                low = middle
            else:
                high = middle - 1
        return low

    def entry(self, seq: int) -> Entry:
        """The entry at that seq; raises `NotFound`."""
        found = self.entries(seq - 1, 1)
        if not found or found[0].seq != seq:
            raise NotFound(f"There is no event #{seq}; the ledger ends at #{self.head()}.")
        return found[0]

    def first_entries(self, stream_ids: Collection[str]) -> list[Entry]:
        """The entry that begins each of the streams, of those that have one."""
        return self._entries(self.recorder.select_first(stream_ids))

    def stream(self, stream_id: str) -> list[Entry]:
        """All entries of one stream, in order."""
        return self.streams([stream_id])[stream_id]

    def streams(self, stream_ids: Collection[str]) -> dict[str, list[Entry]]:
        """Stream → its entries in order, an empty list for one without any."""
        found: dict[str, list[Entry]] = {stream_id: [] for stream_id in stream_ids}
        for entry in self._entries(self.recorder.select_streams(found)):
            found[str(entry.row.originator_id)].append(entry)
        return found

    def events_of(self, stream_ids: Collection[str]) -> Streams:
        """The same as events."""
        return {
            stream_id: [entry.event for entry in entries]
            for stream_id, entries in self.streams(stream_ids).items()
        }

    def deliveries_of(self, contact_id: str) -> list[str]:
        """The ids of every delivery to this contact, in any campaign."""
        rows = self.recorder.select_rows(
            events.c.contact_id == contact_id, events.c.topic == "ContactEnrolled"
        )
        return [str(row.originator_id) for row in rows]

    def is_held(self, sid: str) -> bool:
        """Whether a delivery of ours bears this SID already; a stray that does proves nothing."""
        of_delivery = events.c.delivery_id.is_not(None)
        return bool(self.recorder.select_rows(events.c.sid == sid, of_delivery, limit=1))

    def search(self, query: Search, limit: int | None = None) -> list[Entry]:
        """The entries that meet the search, in the order of seq, newest first where so asked."""
        return self._entries(
            self.recorder.select_rows(
                *query.conditions(), limit=limit, newest_first=query.newest_first
            )
        )

    def _entries(self, rows: Sequence[Row]) -> list[Entry]:
        open_event = self._mapper.opener(rows)
        return [Entry(row, open_event) for row in rows]

    def _open_fields_of(self, commit: Commit, stream_ids: Collection[str]) -> Streams:
        found: Streams = {stream_id: [] for stream_id in stream_ids}
        for stored in commit.streams(stream_ids):
            found[str(stored.originator_id)].append(self._mapper.to_open_event(stored))
        return found


def _decided(wanted: Batch | _Wish, sight: Sight, key_epoch: int) -> Batch | Decision | LedgerError:
    if isinstance(wanted, Batch):
        return wanted
    try:
        decision = wanted.verb(sight)
    except LedgerError as refusal:
        return refusal
    sight.add(decision.events)
    return replace(decision, key_epoch=key_epoch)

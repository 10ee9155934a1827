"""The views' database: catches up with the ledger, rebuilds itself, and checks itself.

It can be deleted at any time. How an event changes the tables is up to each projection.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress

import sqlalchemy as sa

from ledger.errors import StoreUnavailable
from ledger.lazy_property import lazy_property
from ledger.store.engine import reading, writing, writing_alone
from projections.engine import position
from projections.engine.applier import EventSource, Progress
from projections.engine.batches import BATCH_EVENTS, apply_next
from projections.engine.compare import Difference
from projections.engine.filling import Filling
from projections.engine.following import follow_next, is_behind
from projections.engine.isolation import IsolatingApplier
from projections.engine.parking import ParkedEvent, parked_events
from projections.engine.position import Position, position_of
from projections.engine.projection import Projection
from projections.engine.row_errors import cause_of, is_about_rows
from projections.engine.snapshots import SnapshotProof, Snapshots
from projections.engine.view_store import ViewStore
from projections.engine.view_tables import make_tables, tables_of

_REST_SECONDS = 60.0
_RESTS = 20
"""After a rebuild because of a row, no other such begins for twenty times the time that it took."""
_NO_LIMIT_SECONDS = 24 * 3600.0


class Views:
    """All projections of one ledger, in one view store.

    Attributes:
        refills: How often catching up found damaged views, or failed because of a row, so that all
            rows were computed again. It counts from the start of the process.
    """

    def __init__(
        self,
        view_store: ViewStore,
        source: EventSource,
        projections: Callable[[], Sequence[Projection]],
        snapshot_proof: Callable[[], SnapshotProof] | None = None,
        *,
        around_batch: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """Open the views; without `snapshot_proof`, no snapshot of them is made or used.

        `projections` is called when there is something to fill.

        `around_batch` returns a block in which a batch of new events is applied.

        Damaged views, and views of another ledger or of another generation, are emptied; catching
        up fills them again. Where they cannot be read now, catching up looks at them again, so that
        a program that also records callbacks starts without them.
        """
        self.engine = view_store.engine
        self._around_batch = around_batch
        self._view_store = view_store
        self._source = source
        self._projections = projections
        self._snapshot_proof = snapshot_proof
        self.refills = 0
        self._rebuilds_from = 0.0  # of time.monotonic, in seconds
        self._writer_lock = threading.Lock()  # a thread stops waiting when its budget is spent
        self._is_checked = False
        with suppress(StoreUnavailable):
            self._check()

    @lazy_property
    def _filling(self) -> Filling:
        """What fills the views."""
        projections = self._projections()
        return Filling(self._view_store, self._source, projections, self._snapshot_proof)

    def prepare(self) -> None:
        """Make what fills the views now, so that the first request of a server does not wait."""
        _ = self._filling

    @property
    def snapshots(self) -> Snapshots | None:
        """The snapshot of the views; None where none is made or used."""
        return self._filling.snapshots

    def _check(self) -> None:
        if not self._is_valid():
            self._reset()
        self._is_checked = True

    # Catching up.

    def catch_up(
        self, budget_seconds: float | None = None, progress: Progress | None = None
    ) -> int:
        """Apply all new events, or as many as the budget allows; return how many are left.

        Events that cannot be read are parked. Views that are damaged, or whose position is not
        theirs, are emptied and filled again. Where an event or a row makes it fail, all rows are
        computed again beside the live ones, whatever the budget; soon after that, such events are
        parked. Raises `StoreUnavailable`.
        """
        if not self._is_checked:
            self._check()
        try:
            return self._catch_up(budget_seconds, progress)
        except Exception as error:
            store, cause = self._view_store, cause_of(error)
            if store.is_damaged(cause) or not (store.is_refusal(cause) or self._is_valid()):
                self._refill()
                return self._catch_up(budget_seconds, progress)
            if not is_about_rows(error):
                raise
            self._mend(progress)
            return max(self._source.head() - self.position().seq, 0)

    def _mend(self, progress: Progress | None) -> None:
        """Do away with the row or the event that makes catching up fail.

        A rebuild does away with both. For a while after one, all events of the batch that cannot
        be applied are parked instead, so that forged events do not keep this process rebuilding. A
        comparison with a rebuild finds those that were parked because of a row.
        """
        if time.monotonic() < self._rebuilds_from and self._is_isolated():
            return
        self.refills += 1
        self._rebuild_and_rest(progress)

    def _rebuild_and_rest(self, progress: Progress | None = None) -> None:
        """Rebuild the views, and note until when a fault does not lead to another rebuild."""
        began = time.monotonic()
        self._filling.rebuilder.rebuild(self._filling.applier, progress)
        seconds = time.monotonic() - began
        self._rebuilds_from = time.monotonic() + max(_REST_SECONDS, _RESTS * seconds)

    def _catch_up(self, budget_seconds: float | None, progress: Progress | None) -> int:
        seconds = _NO_LIMIT_SECONDS if budget_seconds is None else budget_seconds
        deadline = time.monotonic() + seconds
        head = self._source.head()
        seq = self._seq_within(head)
        if budget_seconds is None and head and seq == 0:
            self._fill_all(head, progress)
            seq = self.position().seq
        while seq < head:
            if progress:
                progress(seq, head)
            if not self._apply_batch(head, deadline):
                break
            seq = self.position().seq
        return max(head - seq, 0)

    def _seq_within(self, head: int) -> int:
        """Return the seq of the position; views that are ahead of the ledger are emptied first."""
        seq = self.position().seq
        if seq > head and self.position().seq > self._source.head():
            self._refill()
            return self.position().seq
        return seq

    def _fill_all(self, head: int, progress: Progress | None) -> None:
        """Fill empty views from the snapshot, or whole; a few events are left to batches."""
        if not self.restore() and head > BATCH_EVENTS:
            self._filling.rebuilder.rebuild(self._filling.applier, progress)

    def _apply_batch(self, until: int, deadline: float) -> bool:
        """Apply one batch; False where the deadline passes before other threads have finished."""
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0 or not self._writer_lock.acquire(timeout=seconds_left):
            return False
        try:
            with self._around_batch(), writing(self.engine) as connection:
                apply_next(connection, self._filling.applier, until, is_batch=True)
        finally:
            self._writer_lock.release()
        return True

    def follow(self, budget_seconds: float | None = None) -> bool:
        """Let the followers read what the views have read; return whether they have read it all.

        With a budget they stop when it is spent. Where a row makes a follower fail, all rows are
        computed again, whatever the budget; not twice within a while. Raises `StoreUnavailable`.
        """
        try:
            return self._follow(budget_seconds)
        except Exception as error:
            if not is_about_rows(error):
                raise
            if not self.tolerate(error):
                if time.monotonic() < self._rebuilds_from:
                    raise
                self._rebuild_and_rest()
            return self._follow(budget_seconds)

    def _follow(self, budget_seconds: float | None) -> bool:
        seconds = _NO_LIMIT_SECONDS if budget_seconds is None else budget_seconds
        deadline = time.monotonic() + seconds
        while self._is_follower_behind():
            if time.monotonic() >= deadline or not self._follow_batch(deadline):
                return False
        return True

    def _is_follower_behind(self) -> bool:
        with reading(self.engine) as connection:
            return is_behind(connection, self._filling.followers)

    def _follow_batch(self, deadline: float) -> bool:
        """Let each follower read one batch; False where the deadline passes before that."""
        if not self._writer_lock.acquire(timeout=max(deadline - time.monotonic(), 0)):
            return False
        try:
            with writing(self.engine) as connection:
                follow_next(connection, self._filling.followers)
        finally:
            self._writer_lock.release()
        return True

    def _is_isolated(self) -> bool:
        """Apply one batch without the events that cannot be applied; False where that fails too."""
        try:
            with self._writer_lock, writing(self.engine) as connection:
                isolating = IsolatingApplier(self._filling.applier)
                apply_next(connection, isolating, self._source.head(), is_batch=True)
        except Exception as error:
            if not is_about_rows(error):
                raise
            return False
        return True

    @property
    def table_names(self) -> list[str]:
        """The names of all tables."""
        return [table.name for table in tables_of([position.metadata, *self._filling.metadata])]

    def position(self) -> Position:
        """Return the position: the last event applied."""
        with reading(self.engine) as connection:
            return position_of(connection)

    def parked(self) -> list[ParkedEvent]:
        """Return the events that could not be read, in the order of their seq."""
        with reading(self.engine) as connection:
            return parked_events(connection)

    def tolerate(self, error: Exception) -> bool:
        """Read what raised this error without raising it, from now on; False where that cannot be.

        For a text of an event that is not in the database's encoding: no rebuild mends it.
        """
        return self._view_store.tolerate(cause_of(error))

    # The snapshot.

    def discard_old_snapshot(self) -> None:
        """Delete the snapshot if personal data was forgotten since; raises `StoreUnavailable`."""
        if self.snapshots:
            self.snapshots.discard_old()

    def restore(self) -> bool:
        """Fill the views from the snapshot and the events after it, if they are behind it.

        Returns whether that was done. Raises `StoreUnavailable`.
        """
        if not (self.snapshots and self.snapshots.exists()):
            return False
        seq = self.position().seq
        if seq and seq >= self.snapshots.size():
            return False
        with self._view_store.rebuilding() as rebuilt:
            if not self.snapshots.load(rebuilt):
                return False
            self._filling.rebuilder.replace_by(rebuilt, self._filling.applier)
        return True

    # Rebuilding.

    def rebuild(self, progress: Progress | None = None) -> None:
        """Compute all rows again from the first event, and replace the live ones by them.

        Readers see the old rows, which are kept up to date, until the new ones are complete.
        Raises `LedgerDamaged`, with nothing changed, where an event cannot be read.
        """
        self._filling.rebuilder.rebuild(self._filling.strict_applier, progress)

    def differences(self, progress: Progress | None = None) -> Iterator[Difference]:
        """Yield every row in which a rebuild up to the same seq differs from the live views.

        The rows of the snapshot are compared too; their table is named `snapshot.standings`, for
        example. Raises `LedgerDamaged` where an event cannot be read.
        """
        self.follow()
        yield from self._filling.comparison.differences(
            self._filling.strict_applier, progress, is_snapshot_kept=False
        )

    def repair(self, progress: Progress | None = None) -> Mapping[str, int]:
        """Compare the live rows with a rebuild, and replace all of them where any row differs.

        The rebuild is also made the snapshot, where that is older than the newest checkpoint.
        Returns table → how many of its rows differed. Events that cannot be read are parked. Raises
        `StoreUnavailable`. The events must be right: a rebuild believes all of them.
        """
        self.follow()
        try:
            counts = self._differing(progress)
        except Exception as error:
            if not self.tolerate(error):
                raise
            counts = self._differing(progress)
        if counts:
            self._filling.rebuilder.rebuild(self._filling.applier, progress)
        return counts

    def _differing(self, progress: Progress | None) -> Mapping[str, int]:
        differences = self._filling.comparison.differences(
            self._filling.applier, progress, is_snapshot_kept=True
        )
        return Counter(row.table for row in differences)

    # Validity.

    def _is_valid(self) -> bool:
        try:
            with self.engine.connect() as connection:
                return self._view_store.is_intact(connection) and position.is_valid(
                    connection, self._source.ledger_id
                )
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            if self._view_store.is_damaged(error) or is_about_rows(error):
                return False
            raise StoreUnavailable(
                "The views cannot be read now: their database is locked, full or gone. "
                "Try again, and look at its disk and its permissions if this lasts."
            ) from error

    def _refill(self) -> None:
        self.refills += 1
        self._reset()

    def _reset(self) -> None:
        try:
            self._empty()
        except StoreUnavailable as error:
            if not self._view_store.is_damaged(error.__cause__):
                raise
            self._view_store.discard()
            self._empty()

    def _empty(self) -> None:
        with writing_alone(self.engine, is_long=True) as connection:
            make_tables(connection, [position.metadata, *self._filling.metadata])
            position.begin(connection, self._source.ledger_id)

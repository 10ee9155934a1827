"""Compares the live views, and their snapshot, with a rebuild up to the same seq."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ledger.store.engine import reading, writing
from projections.engine.applier import EventApplier, EventSource, Progress
from projections.engine.batches import apply_batches
from projections.engine.compare import Difference, compare
from projections.engine.following import FollowingProjection, follow_all, seq_of
from projections.engine.following import metadata as follower_metadata
from projections.engine.isolation import IsolatingApplier
from projections.engine.position import position_of
from projections.engine.rebuilding import Rebuilder
from projections.engine.snapshots import Snapshots
from projections.engine.view_store import ViewStore
from projections.engine.view_tables import tables_of


class Comparison:
    """Finds every row that is not what the events say."""

    def __init__(
        self,
        view_store: ViewStore,
        source: EventSource,
        rebuilder: Rebuilder,
        snapshots: Snapshots | None,
        views: Sequence[sa.MetaData],
        *,
        followers: Sequence[FollowingProjection],
    ) -> None:
        """`views` are all tables of the views but that of the position."""
        self._view_store, self._source, self._followers = view_store, source, followers
        self._rebuilder, self._snapshots, self._views = rebuilder, snapshots, views

    def differences(
        self, applier: EventApplier, progress: Progress | None, *, is_snapshot_kept: bool
    ) -> Iterator[Difference]:
        """Yield every row of the live views and of the snapshot that a rebuild does not have.

        Where `is_snapshot_kept`, the rebuild is made the snapshot; see `Snapshots.differences`.
        """
        with (
            self._view_store.rebuilding() as engine,
            reading(self._view_store.engine, is_long=True, is_consistent=True) as live,
        ):
            until = position_of(live).seq
            stop = self._snapshots.stop(until, is_kept=is_snapshot_kept) if self._snapshots else 0
            key_epoch = self._source.key_epoch()
            self._rebuilder.build(engine, applier, stop or until, progress)
            if self._snapshots and stop:
                with writing(engine, is_long=True) as connection:
                    self._rebuilder.follow(connection, stop)
                yield from self._snapshots.differences(engine, key_epoch, is_kept=is_snapshot_kept)
                with writing(engine, is_long=True) as connection:
                    apply_batches(connection, IsolatingApplier(applier), until)
            skipped = self._follow_as_far(live, engine, stop)
            with reading(engine, is_long=True) as rebuilt:
                for table in tables_of([m for m in self._views if m not in skipped]):
                    for difference in compare(table, live, rebuilt):
                        yield difference
                        if difference.is_unreadable:
                            return  # PostgreSQL answers nothing more in this transaction

    def _follow_as_far(
        self, live: sa.Connection, rebuilt: sa.Engine, stop: int
    ) -> Sequence[sa.MetaData]:
        """Let each follower of the rebuild read as many events as the live one has read.

        Returns the tables that cannot be compared: the live ones are behind the snapshot.
        """
        with writing(rebuilt, is_long=True) as connection:
            for follower in self._followers:
                follow_all(connection, follower, seq_of(live, follower))
        late = [each for each in self._followers if seq_of(live, each) < stop]
        return [each.metadata for each in late] + ([follower_metadata] if late else [])

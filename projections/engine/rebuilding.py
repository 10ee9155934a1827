"""Rebuilds the views beside the live ones, and replaces the live ones."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.store.engine import writing
from projections.engine import position
from projections.engine.applier import EventApplier, EventSource, Progress, RangeApplier
from projections.engine.batches import apply_batches, apply_next
from projections.engine.following import FollowingProjection, follow_all
from projections.engine.isolation import IsolatingApplier
from projections.engine.position import locked_position_of
from projections.engine.row_errors import is_about_rows
from projections.engine.view_store import ViewStore
from projections.engine.view_tables import tables_of


class Rebuilder:
    """Fills the empty database of a rebuild from the first event on."""

    def __init__(
        self,
        view_store: ViewStore,
        source: EventSource,
        views: Sequence[sa.MetaData],
        followers: Sequence[FollowingProjection],
    ) -> None:
        """`views` are all tables of the views but that of the position."""
        self._view_store, self._source, self._followers = view_store, source, followers
        self._metadata = [position.metadata, *views]

    def rebuild(self, applier: EventApplier, progress: Progress | None) -> None:
        """Compute all rows again, and replace the live ones by them."""
        with self._view_store.rebuilding() as rebuilt:
            self.build(rebuilt, applier, self._source.head(), progress)
            self.replace_by(rebuilt, applier)

    def replace_by(self, rebuilt: sa.Engine, applier: EventApplier) -> None:
        """Bring the rebuilt tables up to date, and replace the live ones by them."""
        with writing(rebuilt, is_long=True) as connection:
            apply_batches(connection, applier, self._source.head())
            self.follow(connection, locked_position_of(connection).seq)
        # The last step applies what was appended meanwhile: readers never see older rows.
        self._view_store.replace(
            self._metadata,
            lambda live: apply_next(live, applier, self._source.head()),
        )

    def follow(self, rebuilt: sa.Connection, until: int) -> None:
        """Let the followers read the events up to `until`, which the other rows are built from."""
        for follower in self._followers:
            follow_all(rebuilt, follower, until)

    def build(
        self, rebuilt: sa.Engine, applier: EventApplier, until: int, progress: Progress | None
    ) -> None:
        """Fill empty tables by one range from the first event.

        Where that fails because of a row, fill them again and park the events that make it fail.
        """
        try:
            self._fill(rebuilt, applier, until, progress)
        except Exception as error:
            if not is_about_rows(error):
                raise
            self._fill(rebuilt, IsolatingApplier(applier), until, progress)

    def _fill(
        self, rebuilt: sa.Engine, applier: RangeApplier, until: int, progress: Progress | None
    ) -> None:
        """Create, fill and index the tables in one transaction; indexes are created last."""
        with writing(rebuilt, is_long=True) as connection:
            tables = tables_of(self._metadata)
            for table in tables:
                connection.execute(CreateTable(table))
            position.begin(connection, self._source.ledger_id)
            apply_next(connection, applier, until, progress=progress)
            for index in (index for table in tables for index in table.indexes):
                connection.execute(CreateIndex(index))

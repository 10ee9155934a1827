"""Read models that follow behind the others, each with a position of its own.

What takes too long to be part of a launch, such as an index for search, is written afterwards. Its
rows depend only on the events up to its own position, so that they can be compared with a rebuild.
"""

from abc import abstractmethod
from collections.abc import Sequence

import sqlalchemy as sa

from ledger.store.upsert import insert_into
from projections.engine.batches import BATCH_EVENTS
from projections.engine.position import locked_position_of, position_of
from projections.engine.projection import EventRange, Projection

metadata = sa.MetaData()

follower_positions = sa.Table(
    "follower_positions",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)
"""The last event that each follower has read; no row: none yet."""


class FollowingProjection(Projection):
    """A read model that reads events after all other projections have applied them.

    `apply` and `derive` run with the other projections. A follower uses them only for what must
    happen at once: it removes what was forgotten.

    Attributes:
        name: Names its position; never changes.
        is_whole_in_sql: Whether SQL reads a range from the first event on, whatever its length, in
            less time than in batches. Then a rebuild has one range.
    """

    name: str
    is_whole_in_sql = False

    @abstractmethod
    def follow(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Change the tables by the events of the range, from the rows of the other projections.

        Those may be of later events. What depends on events after the range must be left out.
        """


def seq_of(connection: sa.Connection, follower: FollowingProjection) -> int:
    """Return the last event that the follower has read."""
    query = sa.select(follower_positions.c.seq).where(follower_positions.c.name == follower.name)
    return connection.scalar(query) or 0


def is_behind(connection: sa.Connection, followers: Sequence[FollowingProjection]) -> bool:
    """Return whether the views have read events that a follower has not."""
    head = position_of(connection).seq
    return any(seq_of(connection, follower) < head for follower in followers)


def follow_next(connection: sa.Connection, followers: Sequence[FollowingProjection]) -> None:
    """Let each follower read one batch of the events that the views have read.

    The position is locked: nobody is forgotten between reading a name and storing it.
    """
    head = locked_position_of(connection).seq
    for follower in followers:
        _read_batch(connection, follower, head)


def _read_batch(connection: sa.Connection, follower: FollowingProjection, until: int) -> bool:
    """Read one batch, not beyond `until`; return whether there was anything to read."""
    after = seq_of(connection, follower)
    if after >= until:
        return False
    _read(connection, follower, EventRange(after, min(until, after + BATCH_EVENTS)))
    return True


def _read(
    connection: sa.Connection, follower: FollowingProjection, event_range: EventRange
) -> None:
    follower.follow(connection, event_range)
    moved = insert_into(connection.dialect.name, follower_positions).values(
        name=follower.name, seq=event_range.until
    )
    connection.execute(
        moved.on_conflict_do_update(
            index_elements=[follower_positions.c.name], set_={"seq": event_range.until}
        )
    )


def follow_all(connection: sa.Connection, follower: FollowingProjection, until: int) -> None:
    """Let a follower read all events up to `until`, which the views have read."""
    if follower.is_whole_in_sql and until > 0 and seq_of(connection, follower) == 0:
        _read(connection, follower, EventRange(0, until))
    while _read_batch(connection, follower, until):
        pass

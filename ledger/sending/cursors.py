"""The cursors of reconciliation, which all processes share: how far each series of queries is.

They are stored in the senders' own database. A cursor that is lost only repeats its queries, and
an answer with nothing new appends no event.
"""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import EPOCH, Clock, from_microseconds, to_microseconds
from ledger.sending.worklist import TextCursor
from ledger.store.engine import reading, writing, writing_alone

_LEASE = timedelta(seconds=60)
"""After a crash, no other process can use the cursor for this long."""

metadata = sa.MetaData()

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", sa.BigInteger, nullable=False, comment="of the last text queried"),
    sa.Column("delivery_id", sa.Text, nullable=False, comment="of the last text queried"),
    sa.Column("holder", sa.Text, nullable=False, comment="the process that has the lease"),
    sa.Column("held_until", sa.BigInteger, nullable=False),
)


class Cursors:
    """Named cursors. Every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        """Create the table where it is missing."""
        self._engine, self._clock, self._holder = engine, clock, uuid.uuid4().hex
        with writing_alone(engine) as connection:
            metadata.create_all(connection)

    def time_of(self, name: str) -> datetime:
        """Return the time up to which a cursor has come; 1970 for one that nobody has used."""
        query = sa.select(cursors.c.since).where(cursors.c.name == name)
        with reading(self._engine) as connection:
            return from_microseconds(connection.scalar(query) or 0)

    def lease(self, name: str) -> TextCursor | None:
        """Lease the cursor for a minute and return it; None while another process has the lease."""
        now = to_microseconds(self._clock.now())
        with writing(self._engine) as connection:
            query = sa.select(cursors).where(cursors.c.name == name).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is not None and row.holder != self._holder and row.held_until > now:
                return None
            held_until = now + _LEASE // timedelta(microseconds=1)
            lease = {"holder": self._holder, "held_until": held_until}
            if row is None:
                values = {"name": name, "since": 0, "delivery_id": "", **lease}
                connection.execute(sa.insert(cursors).values(values))
                return TextCursor(EPOCH)
            connection.execute(sa.update(cursors).where(cursors.c.name == name).values(lease))
            return TextCursor(from_microseconds(row.since), row.delivery_id)

    def advance(self, name: str, cursor: TextCursor) -> None:
        """Record that everything up to this cursor was queried."""
        values = {"since": to_microseconds(cursor.since), "delivery_id": cursor.delivery_id}
        with writing(self._engine) as connection:
            connection.execute(sa.update(cursors).where(cursors.c.name == name).values(values))

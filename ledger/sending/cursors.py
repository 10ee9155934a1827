"""How far the rounds of asking have come, shared by all processes that make them.

It lies beside the pace, in the senders' own database: a round that is lost is made again, and an
answer with nothing new appends nothing.
"""

import uuid
from datetime import timedelta

import sqlalchemy as sa

from ledger.clock import EPOCH, Clock, from_microseconds, to_microseconds
from ledger.sending.worklist import TextCursor
from ledger.store.engine import writing, writing_alone

_LEASE = timedelta(seconds=60)
"""A process that dies keeps the others off its round for so long."""

metadata = sa.MetaData()

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", sa.BigInteger, nullable=False, comment="of the text asked about last"),
    sa.Column("delivery_id", sa.Text, nullable=False, comment="of the text asked about last"),
    sa.Column("holder", sa.Text, nullable=False, comment="the process that makes this round"),
    sa.Column("held_until", sa.BigInteger, nullable=False),
)


class Cursors:
    """Where each round stands; raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        """Make the table where it is missing."""
        self._engine, self._clock, self._holder = engine, clock, uuid.uuid4().hex
        with writing_alone(engine) as connection:
            metadata.create_all(connection)

    def lease(self, name: str) -> TextCursor | None:
        """Where the round goes on, ours for a minute; None while another process makes it."""
        now = to_microseconds(self._clock.now())
        with writing(self._engine) as connection:
            query = sa.select(rounds).where(rounds.c.name == name).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is not None and row.holder != self._holder and row.held_until > now:
                return None
            held = {"holder": self._holder, "held_until": now + _LEASE // timedelta(microseconds=1)}
            if row is None:
                begin = {"name": name, "since": 0, "delivery_id": "", **held}
                connection.execute(sa.insert(rounds).values(begin))
                return TextCursor(EPOCH)
            connection.execute(sa.update(rounds).where(rounds.c.name == name).values(held))
            return TextCursor(from_microseconds(row.since), row.delivery_id)

    def advance(self, name: str, cursor: TextCursor) -> None:
        """So far everything was asked about."""
        place = {"since": to_microseconds(cursor.since), "delivery_id": cursor.delivery_id}
        with writing(self._engine) as connection:
            connection.execute(sa.update(rounds).where(rounds.c.name == name).values(place))

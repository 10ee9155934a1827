"""Lets one process of a ledger at a time do what its rule asks for, on whatever machine.

It saves work and is no safeguard: the commands forget nobody twice. It is one row in the senders'
small database; the lease of a process that was killed ends by itself.
"""

import secrets
from datetime import timedelta

import sqlalchemy as sa

from ledger.clock import Clock, to_microseconds
from ledger.store.engine import writing_alone
from ledger.store.upsert import insert_into
from webapp.last_row import id_column

LEASE = timedelta(minutes=5)
"""Longer than any pause between two commits."""

retention_lease = sa.Table(
    "retention_lease",
    sa.MetaData(),
    id_column(),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
)


class Lease:
    """The lease as one holder sees it."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._holder = secrets.token_hex(8)

    def take(self) -> bool:
        """Take the lease or extend it; return whether it is held. Raises `StoreUnavailable`."""
        now, table = self._clock.now(), retention_lease
        values = {"holder": self._holder, "until": to_microseconds(now + LEASE)}
        is_free = (table.c.until < to_microseconds(now)) | (table.c.holder == self._holder)
        new = insert_into(self._engine.dialect.name, table).values(id=1, **values)
        with writing_alone(self._engine) as connection:
            table.create(connection, checkfirst=True)
            taking = new.on_conflict_do_update(index_elements=["id"], set_=values, where=is_free)
            return connection.scalar(taking.returning(table.c.id)) is not None

    def give_back(self) -> None:
        """Let another process take it at once. Raises `StoreUnavailable`."""
        is_own = retention_lease.c.holder == self._holder
        with writing_alone(self._engine) as connection:
            connection.execute(sa.delete(retention_lease).where(is_own))

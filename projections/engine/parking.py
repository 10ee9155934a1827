"""Parked events: those that this program cannot read, and that live views therefore skip."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from ledger.clock import to_microseconds

_LAST_TIME = to_microseconds(datetime.max.replace(tzinfo=UTC))

metadata = sa.MetaData()

parked = sa.Table(
    "parked",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text),
    sa.Column("delivery_id", sa.Text),
    sa.Column("contact_id", sa.Text),
    sa.Column("why", sa.Text, nullable=False, comment="no personal data"),
    sa.Column("has_valid_columns", sa.Boolean, nullable=False, comment="only decoding failed"),
    sa.Index("parked_delivery", "delivery_id"),
)


@dataclass(frozen=True, kw_only=True)
class ParkedEvent:
    """An event that could not be read, and the reason, which holds no personal data."""

    seq: int
    topic: str
    campaign_id: str | None
    delivery_id: str | None
    contact_id: str | None
    why: str
    has_valid_columns: bool
    """Whether only the decoding failed; projections still read the event's typed columns."""


def park(connection: sa.Connection, event: ParkedEvent) -> None:
    """Add the event to the parked ones."""
    connection.execute(sa.insert(parked).values(**vars(event)))


def parked_events(connection: sa.Connection) -> list[ParkedEvent]:
    """Return all parked events in the order of their seq."""
    rows = connection.execute(sa.select(parked).order_by(parked.c.seq)).mappings()
    return [ParkedEvent(**row) for row in rows]


def has_invalid_columns(seq: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether the event with this seq was parked because of its typed columns or its topic."""
    return seq.in_(sa.select(parked.c.seq).where(~parked.c.has_valid_columns))


def is_time(column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a column has a possible time; SQLite lets a forger write anything there."""
    return column.between(0, _LAST_TIME)

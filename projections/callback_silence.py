"""Whether Twilio's callbacks reach this program: counts accepted texts and callbacks received."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import AttemptAccepted, CallbackReceived
from ledger.store.engine import reading
from ledger.store.upsert import Insert, insert_into
from projections.engine.ledger_events import events
from projections.engine.projection import EventRange, Projection, is_in_range

SILENCE = timedelta(minutes=2)
"""Twilio's first callback arrives within seconds; two minutes without any is no coincidence."""

metadata = sa.MetaData()

silences = sa.Table(
    "silences",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("first_accepted_at", sa.BigInteger),
    sa.Column("callbacks", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class Silence:
    """A campaign with texts that Twilio accepted, and without any callback."""

    campaign_id: str
    accepted: int
    since: datetime


class SilenceProjection(Projection):
    """Counts the accepted texts and the callbacks of every campaign."""

    metadata = metadata

    def derive(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Add the accepted texts and the callbacks of the range."""
        connection.execute(_adding(connection.dialect.name), event_range.bounds)


@cache
def _adding(dialect: str) -> Insert:
    event = events.c
    is_accepted = event.topic == AttemptAccepted.topic
    counted = sa.select(
        event.campaign_id,
        sa.func.count().filter(is_accepted).label("accepted"),
        sa.func.min(event.recorded_at).filter(is_accepted).label("first_accepted_at"),
        sa.func.count().filter(~is_accepted).label("callbacks"),
    ).where(
        is_in_range(event.seq),
        event.topic.in_([AttemptAccepted.topic, CallbackReceived.topic]),
    )
    new = insert_into(dialect, silences).from_select(
        silences.columns.keys(), counted.group_by(event.campaign_id)
    )
    old, more = silences.c, new.excluded
    return new.on_conflict_do_update(
        index_elements=[old.campaign_id],
        set_={
            "accepted": old.accepted + more.accepted,
            "first_accepted_at": sa.func.coalesce(old.first_accepted_at, more.first_accepted_at),
            "callbacks": old.callbacks + more.callbacks,
        },
    )


class SilenceQueries:
    """Finds the campaigns that have been without callbacks for too long."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def silent(self, now: datetime) -> list[Silence]:
        """Return the campaigns with texts accepted two minutes ago or earlier and no callback."""
        query = sa.select(silences).where(
            silences.c.callbacks == 0,
            silences.c.first_accepted_at <= to_microseconds(now - SILENCE),
        )
        with reading(self._engine) as connection:
            return [
                Silence(row.campaign_id, row.accepted, from_microseconds(row.first_accepted_at))
                for row in connection.execute(query)
            ]

    def accepted(self) -> dict[str, int]:
        """Return campaign id → how many of its texts Twilio has accepted."""
        query = sa.select(silences.c.campaign_id, silences.c.accepted)
        with reading(self._engine) as connection:
            return {row.campaign_id: row.accepted for row in connection.execute(query)}

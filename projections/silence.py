"""Whether Twilio's callbacks reach us at all: texts accepted, against callbacks that came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.entry import Entry
from ledger.events import AttemptAccepted, CallbackReceived
from ledger.store.engine import reading
from projections.projection import Rows

SILENCE = timedelta(minutes=2)
"""Twilio's first callback comes within seconds; two minutes without any is no chance."""

metadata = sa.MetaData()

silences = sa.Table(
    "silences",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("first_accepted_at", sa.BigInteger, nullable=False),
    sa.Column("callbacks", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class Silence:
    """A campaign of which Twilio accepted texts, and no callback ever came."""

    campaign_id: str
    accepted: int
    since: datetime


class SilenceProjection:
    """Counts accepted texts and callbacks of every campaign."""

    metadata = metadata

    def apply(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Let these entries, the next in order, change the table."""
        wanted = {AttemptAccepted.topic: "accepted", CallbackReceived.topic: "callbacks"}
        telling = [entry for entry in entries if entry.topic in wanted]
        rows = Rows(connection, silences)
        rows.load(entry.campaign_id for entry in telling if entry.campaign_id)
        for entry in telling:
            row = rows.change(entry.campaign_id) or rows.put(
                {
                    "campaign_id": entry.campaign_id,
                    "accepted": 0,
                    "first_accepted_at": entry.row.recorded_at,
                    "callbacks": 0,
                }
            )
            row[wanted[entry.topic]] += 1
        rows.write()


class SilenceQueries:
    """Reads which campaigns have gone without callbacks for too long."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def silent(self, now: datetime) -> list[Silence]:
        """Campaigns with accepted texts, for two minutes and more, and not one callback."""
        query = sa.select(silences).where(
            silences.c.callbacks == 0,
            silences.c.first_accepted_at <= to_microseconds(now - SILENCE),
        )
        with reading(self._engine) as connection:
            return [
                Silence(row.campaign_id, row.accepted, from_microseconds(row.first_accepted_at))
                for row in connection.execute(query)
            ]
